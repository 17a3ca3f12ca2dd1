// SPDX-License-Identifier: GPL-2.0
/*
 * Profile of creating and dropping namespaces: the kernel's own samples, one per tick.
 * The kernel has to be booted with profile=SHIFT.
 */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

#define PROFILE	"/proc/profile"

/* Prints "bench: profile OFFSET HITS" for each sampled place in the kernel's text. */
static void print_hits(void)
{
	uint32_t hits[1024], step;
	uint64_t offset = 0;
	ssize_t len, i;
	int fd;

	fd = open(PROFILE, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %m", PROFILE);
	CHECK(read(fd, &step, sizeof(step)) == sizeof(step), "read %s: %m", PROFILE);
	while ((len = read(fd, hits, sizeof(hits))) > 0) {
		for (i = 0; i < len / (ssize_t)sizeof(*hits); i++, offset += step)
			if (hits[i])
				ktap("bench: profile %llu %u",
				     (unsigned long long)offset, hits[i]);
	}
	CHECK(!len, "read %s: %m", PROFILE);
	close(fd);
}

/* Samples of creators_churn() only. */
void measure_profile(unsigned int creators)
{
	write_file(PROFILE, "0");
	creators_churn(creators, 0);
	print_hits();
}
