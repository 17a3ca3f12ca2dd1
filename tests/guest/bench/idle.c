// SPDX-License-Identifier: GPL-2.0
/* Many idle namespaces: their memory, and how fast they get ids. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

unsigned long meminfo_kib(const char *field)
{
	char *text = read_file("/proc/meminfo"), name[32], *line;
	unsigned long kib;

	snprintf(name, sizeof(name), "\n%s:", field);
	line = strstr(text, name);
	CHECK(line, "no %s in /proc/meminfo", field);
	kib = strtoul(line + strlen(name), NULL, 10);
	free(text);
	return kib;
}

static unsigned long kernel_kib(void)
{
	/* Fold in the per-CPU counters. */
	write_file("/proc/sys/vm/stat_refresh", "1");
	return meminfo_kib("Slab") + meminfo_kib("Percpu") + meminfo_kib("VmallocUsed");
}

/* Runs first, while no slab has free objects of earlier namespaces. */
void measure_idle(void)
{
	unsigned long before = kernel_kib();

	pool_resize(params.idle);
	result("idle_memory", params.idle, "KiB",
	       (double)(kernel_kib() - before) / params.idle);
	result_where(params.idle, false);
	measure_assign();
	result_where(0, false);
	pool_resize(0);
}
