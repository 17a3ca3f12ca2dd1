// SPDX-License-Identifier: GPL-2.0
/* Several processes that make namespaces at the same time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_CREATORS	8
#define MAX_SAMPLES	(1 << 18)
#define LOOK_US		50000

struct creators {
	unsigned int count;
	pid_t pids[MAX_CREATORS];
	struct samples *took[MAX_CREATORS];
	/* Pipes that nobody writes to: the end of one is a signal to all readers. */
	int go[2], done[2], leave[2];
	volatile bool *stop;	/* shared */
};

/* The time of making one; the namespace that the caller was in is let go. */
uint64_t create_one(void)
{
	uint64_t start = now_ns();

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	return now_ns() - start;
}

static void wait_for_end_of(const int *ends)
{
	char c;

	CHECK(!read(ends[0], &c, 1), "read from a pipe that only ends: %m");
}

static void __noreturn child(struct creators *cr, unsigned int nr,
			     void (*run)(struct creators *cr, struct samples *took))
{
	close(cr->go[1]);
	close(cr->leave[1]);
	wait_for_end_of(cr->go);
	run(cr, cr->took[nr]);
	/* The last one is not to wait until the pool's descriptors are closed, too. */
	netns_leave();
	_exit(EXIT_SUCCESS);
}

/* They wait for go(). */
static void fork_all(struct creators *cr, unsigned int count,
		     void (*run)(struct creators *cr, struct samples *took))
{
	unsigned int i;

	CHECK(count <= MAX_CREATORS, "no more than %d creators, please", MAX_CREATORS);
	cr->count = count;
	cr->stop = mmap(NULL, sizeof(*cr->stop), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(cr->stop != MAP_FAILED, "no memory");
	CHECK(!pipe(cr->go) && !pipe(cr->done) && !pipe(cr->leave), "pipe: %m");
	for (i = 0; i < count; i++) {
		cr->took[i] = samples_shared(MAX_SAMPLES);
		cr->pids[i] = fork();
		CHECK(cr->pids[i] >= 0, "fork: %m");
		if (!cr->pids[i])
			child(cr, i, run);
	}
	close(cr->done[1]);
}

static uint64_t go(struct creators *cr)
{
	close(cr->go[1]);
	return now_ns();
}

/* Waits for the processes to end; all their samples. */
static struct samples *join(struct creators *cr)
{
	struct samples *all = samples_shared(cr->count * MAX_SAMPLES);
	unsigned int i;
	int status;

	close(cr->leave[1]);
	for (i = 0; i < cr->count; i++) {
		CHECK(waitpid(cr->pids[i], &status, 0) > 0, "waitpid: %m");
		/* It has said why. */
		if (status)
			_exit(EXIT_FAILURE);
		samples_join(all, cr->took[i]);
		samples_free(cr->took[i]);
	}
	close(cr->go[0]);
	close(cr->done[0]);
	close(cr->leave[0]);
	munmap((void *)cr->stop, sizeof(*cr->stop));
	return all;
}

static void hold(struct creators *cr, struct samples *took)
{
	unsigned int i;

	for (i = 0; i < params.held / cr->count; i++) {
		samples_add(took, create_one());
		CHECK(open("/proc/self/ns/net", O_RDONLY) >= 0, "open a namespace: %m");
	}
	close(cr->done[1]);
	wait_for_end_of(cr->leave);
}

/* How fast namespaces are made when none is destroyed meanwhile. */
void creators_hold(unsigned int creators)
{
	struct creators cr;
	struct samples *took;
	uint64_t time;

	waiting_for("%u creators to have made %u", creators, params.held);
	deaths_start();
	fork_all(&cr, creators, hold);
	time = go(&cr);
	wait_for_end_of(cr.done);
	time = now_ns() - time;
	took = join(&cr);
	deaths_wait(took->count);

	result("create_rate", creators, "1/s", took->count * 1e9 / time);
	result_samples("create", creators, took);
	samples_free(took);
}

static unsigned long free_kib(void)
{
	char *text = read_file("/proc/meminfo");
	const char *line = strstr(text, "MemFree:");
	unsigned long kib;

	CHECK(line, "no MemFree in /proc/meminfo");
	kib = strtoul(line + strlen("MemFree:"), NULL, 10);
	free(text);
	return kib;
}

/* What the CPUs did since boot, in ticks */
struct ticks {
	unsigned long long all, idle;
};

static struct ticks cpu_ticks(void)
{
	/* user, nice, system, idle, iowait, irq, softirq, steal */
	unsigned long long v[8];
	struct ticks ticks = { 0 };
	char *text = read_file("/proc/stat");
	unsigned int i;

	CHECK(sscanf(text, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &v[0], &v[1],
		     &v[2], &v[3], &v[4], &v[5], &v[6], &v[7]) == 8,
	      "no line of all CPUs in /proc/stat");
	free(text);
	for (i = 0; i < 8; i++)
		ticks.all += v[i];
	ticks.idle = v[3] + v[4];
	return ticks;
}

static double busy_percent(struct ticks since)
{
	struct ticks now = cpu_ticks();

	return 100 - 100. * (now.idle - since.idle) / (now.all - since.all);
}

/* Each that is made ends the one before, and the last goes with the process. */
static void churn(struct creators *cr, struct samples *took)
{
	while (!*cr->stop)
		samples_add(took, create_one());
}

/* The least memory that was free while the creators were at work. */
static unsigned long watch(void)
{
	uint64_t end = now_ns() + params.seconds * 1000000000ull;
	unsigned long least = free_kib(), now;

	while (now_ns() < end) {
		usleep(LOOK_US);
		deaths_look();
		now = free_kib();
		if (now < least)
			least = now;
	}
	return least;
}

/*
 * How fast namespaces are made and destroyed, up to the last one that is freed, how
 * many are dead meanwhile, how busy that keeps the CPUs, and how long a creator waits
 * for one.
 */
void creators_churn(unsigned int creators)
{
	unsigned long before = free_kib(), least;
	struct creators cr;
	struct samples *took;
	struct ticks ticks;
	uint64_t start;
	double busy;

	deaths_start();
	fork_all(&cr, creators, churn);
	ticks = cpu_ticks();
	start = go(&cr);
	least = watch();
	busy = busy_percent(ticks);
	*cr.stop = true;
	took = join(&cr);
	deaths_wait(took->count);
	CHECK(deaths.dead == took->count, "%u namespaces died, %lu were seen to",
	      took->count, deaths.dead);

	result("churn_rate", creators, "1/s",
	       took->count * 1e9 / (deaths.last_freed - start));
	result("churn_dead_max", creators, "1", deaths.most);
	result("churn_busy", creators, "%", busy);
	result("churn_memory_max", creators, "MiB",
	       before > least ? (before - least) / 1024. : 0);
	result_samples("churn_create", creators, took);
	samples_free(took);
}
