// SPDX-License-Identifier: GPL-2.0
/* Prints the gcov counts since boot, for tests/stack/debug.sh. */
#define _GNU_SOURCE
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

#define GCOV		"/sys/kernel/debug/gcov"
#define LINE_BYTES	64

static unsigned int files;

/* In lines, because records of the kernel log have a maximum size. */
static void print_line(const char *name, const unsigned char *bytes, size_t len)
{
	char hex[2 * LINE_BYTES + 1];
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", bytes[i]);
	ktap("# %s: %s", name, hex);
}

/* The directory is the one in which the kernel was built. */
static int print_counts(const char *path, const struct stat *st, int type, struct FTW *at)
{
	const char *name = path + at->base, *end = strrchr(name, '.');
	unsigned char bytes[LINE_BYTES];
	size_t len, total = 0;
	FILE *counts;

	(void)st;
	if (type != FTW_F || !end || strcmp(end, ".gcda"))
		return 0;
	counts = fopen(path, "r");
	CHECK(counts, "open %s: %m", path);
	while ((len = fread(bytes, 1, sizeof(bytes), counts))) {
		print_line(name, bytes, len);
		total += len;
	}
	CHECK(!ferror(counts), "read %s: %m", path);
	fclose(counts);
	ktap("# %s: end, %zu bytes", name, total);
	files++;
	return 0;
}

void coverage_is_printed(void)
{
	if (access(GCOV, F_OK))
		skip("no CONFIG_GCOV_KERNEL");
	CHECK(!nftw(GCOV, print_counts, 8, FTW_PHYS), "walk " GCOV ": %m");
	if (!files)
		note("coverage: no file was compiled for gcov");
}
