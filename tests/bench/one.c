// SPDX-License-Identifier: GPL-2.0
/* Namespaces on a system that has nothing else to do. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

#define BATCHES		5

/* One at a time: how long it takes to make, and from last reference to freed. */
void measure_one(void)
{
	struct samples *made = samples_shared(params.samples);
	struct samples *freed = samples_shared(params.samples);
	unsigned int i;

	for (i = 0; i < params.samples; i++) {
		samples_add(made, create_one());
		deaths_start();
		netns_leave();
		deaths_wait(1);
		samples_add(freed, deaths.last_freed - deaths.start);
	}
	result_samples("one_create", 1, made);
	/* Most of it is waiting, during which no instructions are executed. */
	if (!params.instructions)
		result_samples("one_freed", 1, freed);
	samples_free(made);
	samples_free(freed);
}

static void make_batch(int *fds)
{
	unsigned int i;

	for (i = 0; i < params.batch; i++) {
		create_one();
		fds[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		CHECK(fds[i] >= 0, "open a namespace: %m");
	}
	netns_leave();
}

static void drop_batch(const int *fds)
{
	unsigned int i;

	deaths_start();
	for (i = 0; i < params.batch; i++)
		close(fds[i]);
	deaths_wait(params.batch);
}

/* Many at once: until the last is freed; and what the CPU had to do for each. */
void measure_batch(void)
{
	struct samples *freed = samples_shared(BATCHES);
	struct samples *busy = samples_shared(BATCHES);
	int fds[params.batch];
	uint64_t start = 0;
	unsigned int i;

	for (i = 0; i < BATCHES; i++) {
		make_batch(fds);
		start = busy_ns();
		drop_batch(fds);
		samples_add(busy, (busy_ns() - start) / params.batch);
		samples_add(freed, deaths.last_freed - deaths.start);
	}
	if (!params.instructions)
		result_samples("batch_freed", params.batch, freed);
	else if (start)
		result_samples("batch_each", params.batch, busy);
	samples_free(busy);
	samples_free(freed);
}
