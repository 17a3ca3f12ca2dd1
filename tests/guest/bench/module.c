// SPDX-License-Identifier: GPL-2.0
/* Measurements by the kernel module module/netns_bench.c. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"

#define FILE_NAME	"/netns_bench.ko"
#define PARAMETERS	"/sys/module/netns_bench/parameters/"

#define ROUNDS		5
#define PAIRS		1000000

static void load(const char *arguments)
{
	int fd = open(FILE_NAME, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0, "open %s: %m", FILE_NAME);
	waiting_for("the module to do %s", arguments);
	CHECK(!syscall(SYS_finit_module, fd, arguments, 0), "load %s %s: %m",
	      FILE_NAME, arguments);
	close(fd);
}

static void unload(void)
{
	CHECK(!syscall(SYS_delete_module, "netns_bench", 0), "unload %s: %m", FILE_NAME);
}

static void time_pairs(unsigned int cpus)
{
	char arguments[64];

	snprintf(arguments, sizeof(arguments), "cpus=%u pairs=%u", cpus, PAIRS);
	load(arguments);
	result(params.instructions ? "pair" : "pair_time", cpus,
	       params.instructions ? "insn" : "ns",
	       (double)read_number(PARAMETERS "pairs_ns") / PAIRS);
	unload();
}

void measure_pairs(void)
{
	unsigned int cpus = sysconf(_SC_NPROCESSORS_ONLN);

	time_pairs(1);
	if (cpus > 1)
		time_pairs(cpus);
}

/* "N,N,N" */
static void read_samples(const char *path, const char *metric)
{
	struct samples *took = samples_shared(ROUNDS);
	char *text = read_file(path), *next = text;

	while (took->count < ROUNDS) {
		samples_add(took, strtoul(next, &next, 10));
		next++;
	}
	result_samples(metric, 1, took);
	samples_free(took);
	free(text);
}

void measure_register(void)
{
	char arguments[64];

	snprintf(arguments, sizeof(arguments), "rounds=%u", ROUNDS);
	load(arguments);
	read_samples(PARAMETERS "register_ns", "register");
	/* Mostly waiting, which executes no instructions. */
	if (!params.instructions)
		read_samples(PARAMETERS "unregister_ns", "unregister");
	unload();
}

void busy_start(void)
{
	load("watch_idle=1");
}

void busy_end(void)
{
	unload();
}

/* Until slow_end(), an exit method takes @ms for each namespace. */
void slow_start(unsigned int ms)
{
	char arguments[32];

	snprintf(arguments, sizeof(arguments), "exit_ms=%u", ms);
	load(arguments);
}

void slow_end(void)
{
	unload();
}

/*
 * The time that the CPU was not idle, for any task or softirq. RCU runs in a softirq, which
 * is accounted to no task. For a single CPU, which is not idle while it reads this.
 */
uint64_t busy_ns(void)
{
	return now_ns() - read_number(PARAMETERS "idle_ns");
}
