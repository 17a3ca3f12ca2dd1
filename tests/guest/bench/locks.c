// SPDX-License-Identifier: GPL-2.0
/* Locks for which tasks wait. The kernel has to be built with CONFIG_LOCK_STAT. */
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define LOCK_STAT	"/proc/lock_stat"
#define BUSIEST		10

/*
 * Prints "bench: lock WHAT N CONTENTIONS WAIT ACQUISITIONS NAME" for the locks with the most
 * contentions since the last call, most first. WAIT is in us.
 */
static void print_locks(const char *what, unsigned int n)
{
	unsigned long contentions, acquisitions;
	char line[512], name[64];
	unsigned int printed = 0;
	double wait;
	FILE *file;

	file = fopen(LOCK_STAT, "re");
	CHECK(file, "open %s: %m", LOCK_STAT);
	while (printed < BUSIEST && fgets(line, sizeof(line), file)) {
		/* bounces contentions min max total average bounces acquisitions */
		if (sscanf(line, "%63[^:]: %*u %lu %*f %*f %lf %*f %*u %lu",
			   name, &contentions, &wait, &acquisitions) != 4 || !contentions)
			continue;
		ktap("bench: lock %s %u %lu %.0f %lu %s", what, n, contentions, wait,
		     acquisitions, name + strspn(name, " "));
		printed++;
	}
	CHECK(!ferror(file), "read %s: %m", LOCK_STAT);
	fclose(file);
}

void measure_locks(unsigned int creators)
{
	write_file(LOCK_STAT, "0");
	creators_churn(creators, 0);
	print_locks("churn", creators);
}

void measure_assign_locks(void)
{
	pool_resize(params.idle);
	write_file(LOCK_STAT, "0");
	measure_assign();
	print_locks("assign", cpus_online());
	pool_resize(0);
}
