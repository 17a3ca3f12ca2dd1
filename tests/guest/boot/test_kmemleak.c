// SPDX-License-Identifier: GPL-2.0
/* kmemleak, the kernel's search for unreferenced memory. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

#define KMEMLEAK	"/sys/kernel/debug/kmemleak"
#define SECONDS		7	/* kmemleak ignores objects younger than 5 s */

/* Twice: pointers may move during a scan, which gives false positives. */
static char *scan(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		sleep(SECONDS);
		write_file(KMEMLEAK, "scan");
	}
	return read_file(KMEMLEAK);
}

void kmemleak_finds_nothing(void)
{
	char *found, *line;
	int leaks = 0;

	if (access(KMEMLEAK, F_OK))
		skip("no CONFIG_DEBUG_KMEMLEAK");
	found = scan();
	while ((line = strsep(&found, "\n"))) {
		leaks += !strncmp(line, "unreferenced object", strlen("unreferenced object"));
		if (*line)
			note("%s", line);
	}
	CHECK(!leaks, "%d unreferenced objects", leaks);
}
