// SPDX-License-Identifier: GPL-2.0
/* Prints the gcov counts of the core since boot, for tests/stack/debug.sh. */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

#define GCOV		"/sys/kernel/debug/gcov"
#define COUNTS		"net_namespace.gcda"
#define LINE_BYTES	64

static FILE *counts;

/* The path has the directory in which the kernel was built, so search for the file. */
static int open_counts(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	if (type != FTW_F || strcmp(path + at->base, COUNTS))
		return 0;
	counts = fopen(path, "r");
	return 1;
}

/* In lines, because records of the kernel log have a maximum size. */
static void print_line(const unsigned char *bytes, size_t len)
{
	char hex[2 * LINE_BYTES + 1];
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	ktap("# gcda: %s", hex);
}

void coverage_is_printed(void)
{
	unsigned char bytes[LINE_BYTES];
	size_t len, total = 0;

	if (access(GCOV, F_OK))
		skip("no CONFIG_GCOV_KERNEL");
	nftw(GCOV, open_counts, 8, FTW_PHYS);
	if (!counts) {
		note("coverage: the core was not compiled for gcov");
		return;
	}
	while ((len = fread(bytes, 1, sizeof(bytes), counts))) {
		print_line(bytes, len);
		total += len;
	}
	CHECK(!ferror(counts), "read " COUNTS ": %m");
	ktap("# gcda: end, %zu bytes", total);
}
