// SPDX-License-Identifier: GPL-2.0
/*
 * Failing allocations, by fail-nth: Documentation/fault-injection/fault-injection.rst. For a
 * kernel with CONFIG_FAILSLAB.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

#define FAIL_NTH	"/proc/self/fail-nth"
#define FAILSLAB	"/sys/kernel/debug/failslab/"
#define FAIL_PAGES	"/sys/kernel/debug/fail_page_alloc/"

/*
 * Also fail allocations that may sleep: of the slab, and of pages if @pages. Print no stack
 * traces.
 */
void let_allocations_fail(bool pages)
{
	if (access(FAILSLAB, F_OK))
		skip("no CONFIG_FAILSLAB");
	write_file(FAILSLAB "ignore-gfp-wait", "N");
	write_file(FAILSLAB "verbose", "0");
	if (access(FAIL_PAGES, F_OK))
		return;
	write_file(FAIL_PAGES "ignore-gfp-wait", pages ? "N" : "Y");
	write_file(FAIL_PAGES "ignore-gfp-highmem", pages ? "N" : "Y");
	write_file(FAIL_PAGES "min-order", pages ? "0" : "1");
	write_file(FAIL_PAGES "verbose", "0");
}

int open_fail_nth(void)
{
	int fd = open(FAIL_NTH, O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0, "open " FAIL_NTH ": %m");
	return fd;
}

/* Makes the next allocation number @nth of this process fail. */
void fail_nth(int fd, unsigned int nth)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", nth);
	CHECK(pwrite(fd, text, strlen(text), 0) > 0, "write " FAIL_NTH ": %m");
}

/* Stops fault injection. True if an allocation has failed. */
bool one_failed(int fd)
{
	char text[16];
	ssize_t len;

	len = pread(fd, text, sizeof(text) - 1, 0);
	CHECK(pwrite(fd, "0", 1, 0) == 1, "write " FAIL_NTH ": %m");
	CHECK(len > 0, "read " FAIL_NTH ": %m");
	text[len] = '\0';
	return !strtoul(text, NULL, 10);
}
