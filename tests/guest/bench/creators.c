// SPDX-License-Identifier: GPL-2.0
/* Several processes that create namespaces at the same time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_CREATORS	32
#define MAX_SAMPLES	(1 << 18)
#define LOOK_US		50000
#define INNOCENT_US	100000
#define FLOODED_US	50000	/* the same, beside creators */
#define FLOODED_SECONDS	12	/* at least: enough creations for a 99th percentile */
#define DYING		2000	/* at once */
#define DYING_US	10000	/* from one creation beside them to the next */
#define SLOW		400	/* at once, each with a slow exit method */

struct creators;
typedef void (*creator_fn)(struct creators *cr, unsigned int nr);

struct creators {
	unsigned int count;
	pid_t pids[MAX_CREATORS];
	struct samples *took[MAX_CREATORS];
	/* Never written to: closing the write end signals all readers. */
	int go[2], done[2], leave[2];
	volatile bool *stop;	/* shared */
	unsigned int devices;	/* that churn() gives each namespace */
	unsigned int pause_us;	/* of now_and_then() */
};

/* Returns the time to create one. Drops the reference to the caller's old namespace. */
uint64_t create_one(void)
{
	uint64_t start = now_ns();

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	return now_ns() - start;
}

static void wait_for_end_of(const int *ends)
{
	char c;

	CHECK(!read(ends[0], &c, 1), "read from a pipe without data: %m");
}

static void __noreturn child(struct creators *cr, unsigned int nr, creator_fn run)
{
	close(cr->go[1]);
	close(cr->leave[1]);
	wait_for_end_of(cr->go);
	run(cr, nr);
	_exit(EXIT_SUCCESS);
}

/* They wait for go(). */
static void fork_all(struct creators *cr, unsigned int count, creator_fn run)
{
	unsigned int i;

	CHECK(count <= MAX_CREATORS, "more than %d creators", MAX_CREATORS);
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

/* Lets the processes continue, and waits for them. Returns all their samples. */
static struct samples *join(struct creators *cr)
{
	struct samples *all = samples_shared(cr->count * MAX_SAMPLES);
	unsigned int i;
	int status;

	close(cr->leave[1]);
	for (i = 0; i < cr->count; i++) {
		CHECK(waitpid(cr->pids[i], &status, 0) > 0, "waitpid: %m");
		/* The child has reported the error. */
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

static void wait_for_others(struct creators *cr)
{
	close(cr->done[1]);
	wait_for_end_of(cr->leave);
}

static void hold(struct creators *cr, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < params.held / cr->count; i++) {
		samples_add(cr->took[nr], create_one());
		CHECK(open("/proc/self/ns/net", O_RDONLY) >= 0, "open a namespace: %m");
	}
	wait_for_others(cr);
	netns_leave();
}

/* How fast namespaces are created while none is torn down. */
void creators_hold(unsigned int creators)
{
	struct creators cr = { 0 };
	struct samples *took;
	uint64_t time;

	waiting_for("%u creators to create %u namespaces", creators, params.held);
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

/* The CPUs' time since boot, in ticks */
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
	      "/proc/stat has no line for all CPUs");
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

static void make_devices(unsigned int count)
{
	char name[16];

	while (count--) {
		snprintf(name, sizeof(name), "d%u", count);
		link_make(name, "dummy");
	}
}

/* Interrupts since boot by which CPUs call functions on each other, of all CPUs */
static unsigned long long call_interrupts(void)
{
	char *text = read_file("/proc/interrupts"), *line = strstr(text, "CAL:"), *end;
	unsigned long long all = 0, one;

	CHECK(line, "/proc/interrupts has no line CAL");
	for (line += strlen("CAL:");; line = end) {
		one = strtoull(line, &end, 10);
		if (end == line)
			break;
		all += one;
	}
	free(text);
	return all;
}

/* Creating a namespace drops the one before. */
static void make_many(struct creators *cr, unsigned int nr)
{
	while (!*cr->stop) {
		samples_add(cr->took[nr], create_one());
		make_devices(cr->devices);
	}
}

static void churn(struct creators *cr, unsigned int nr)
{
	make_many(cr, nr);
	/* Drop the last one now, not after the pool's descriptors are closed. */
	netns_leave();
}

/* Returns the least free memory while the creators run, for @seconds. */
static unsigned long watch(unsigned int seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000ull;
	unsigned long least = meminfo_kib("MemFree"), now;

	while (now_ns() < end) {
		usleep(LOOK_US);
		deaths_look();
		now = meminfo_kib("MemFree");
		if (now < least)
			least = now;
	}
	return least;
}

/* "churn_WHAT", or "churn20_WHAT" if each namespace has 20 devices. */
static const char *churn_metric(unsigned int devices, const char *what)
{
	static char metric[32];

	if (devices)
		snprintf(metric, sizeof(metric), "churn%u_%s", devices, what);
	else
		snprintf(metric, sizeof(metric), "churn_%s", what);
	return metric;
}

/*
 * Measures how fast namespaces are created and torn down, until the last one is freed. Also
 * measures how many are in teardown, how busy the CPUs are, and the time to create one.
 */
void creators_churn(unsigned int creators, unsigned int devices)
{
	unsigned long before = meminfo_kib("MemFree"), least;
	struct creators cr = { .devices = devices };
	unsigned long long calls;
	struct samples *took;
	struct ticks ticks;
	uint64_t start;
	double busy;

	last_reference_probe(true);
	deaths_start();
	fork_all(&cr, creators, churn);
	ticks = cpu_ticks();
	calls = call_interrupts();
	start = go(&cr);
	least = watch(params.seconds);
	busy = busy_percent(ticks);
	calls = call_interrupts() - calls;
	*cr.stop = true;
	took = join(&cr);
	deaths_wait(took->count);
	last_reference_probe(false);
	/* The probe misses a last reference that is dropped where __put_net() is inlined. */
	CHECK(deaths.dying <= took->count && took->count - deaths.dying <= took->count / 50,
	      "%u namespaces were dropped, the probe saw %lu",
	      took->count, deaths.dying);

	result(churn_metric(devices, "rate"), creators, "1/s",
	       took->count * 1e9 / (deaths.last_freed - start));
	result(churn_metric(devices, "dying_max"), creators, "1", deaths.most);
	result(churn_metric(devices, "busy"), creators, "%", busy);
	result(churn_metric(devices, "calls"), creators, "1", (double)calls / took->count);
	result(churn_metric(devices, "memory_max"), creators, "MiB",
	       before > least ? (before - least) / 1024. : 0);
	result_samples(churn_metric(devices, "create"), creators, took);
	samples_free(took);
}

/* Two user namespaces */
static struct sandbox tenants[2];

static void flood(struct creators *cr, unsigned int nr)
{
	sandbox_become_root(&tenants[0]);
	make_many(cr, nr);
}

static void now_and_then(struct creators *cr, unsigned int nr)
{
	sandbox_become_root(&tenants[1]);
	while (!*cr->stop) {
		usleep(cr->pause_us);
		samples_add(cr->took[nr], create_one());
	}
}

static void make_tenants(void)
{
	unsigned int i;

	deaths_start();
	for (i = 0; i < ARRAY_SIZE(tenants); i++) {
		sandbox_make(&tenants[i]);
		close(tenants[i].net_fd);
	}
	deaths_wait(ARRAY_SIZE(tenants));
}

static void end_tenants(void)
{
	close(tenants[0].user_fd);
	close(tenants[1].user_fd);
}

/* Those of the tenant that creates one now and then */
static void result_innocent(const char *metric, unsigned int n, struct samples *took)
{
	result_samples(metric, n, took);
	result_max(metric, n, took);
	samples_free(took);
}

/* How long a tenant waits for a namespace while another creates as many as it can. */
static void measure_flooded(unsigned int creators)
{
	struct creators flooders = { 0 }, innocent = { .pause_us = FLOODED_US };
	struct samples *flooded, *took;

	make_tenants();
	deaths_start();
	fork_all(&flooders, creators, flood);
	go(&flooders);
	fork_all(&innocent, 1, now_and_then);
	go(&innocent);
	watch(params.seconds > FLOODED_SECONDS ? params.seconds : FLOODED_SECONDS);
	*flooders.stop = true;
	*innocent.stop = true;
	flooded = join(&flooders);
	took = join(&innocent);
	deaths_wait(flooded->count + took->count);
	end_tenants();
	samples_free(flooded);
	result_innocent("innocent_create", creators, took);
}

void measure_fairness(void)
{
	measure_flooded(8);
	measure_flooded(12);
}

/*
 * How long a tenant waits for a namespace while @count others are torn down, which have lost
 * their last references at once.
 */
static void measure_beside(const char *metric, unsigned int n, unsigned int count,
			   unsigned int pause_us)
{
	struct creators innocent = { .pause_us = pause_us };
	struct samples *took;
	int fds[count];

	make_tenants();
	deaths_start();
	/* Before the namespaces, so that it does not hold them. */
	fork_all(&innocent, 1, now_and_then);
	batch_make(fds, count);
	go(&innocent);
	batch_drop(fds, count);
	waiting_for("%u namespaces to be freed beside a creator", count);
	while (deaths.freed < count) {
		usleep(LOOK_US);
		deaths_look();
	}
	*innocent.stop = true;
	took = join(&innocent);
	deaths_wait(count + took->count);
	end_tenants();
	result_innocent(metric, n, took);
}

void measure_dying(void)
{
	static const unsigned int exit_ms[] = { 10, 40 };
	unsigned int i;

	measure_beside("dying_create", DYING, DYING, DYING_US);
	for (i = 0; i < ARRAY_SIZE(exit_ms); i++) {
		slow_start(exit_ms[i]);
		measure_beside("slow_create", exit_ms[i], SLOW, INNOCENT_US);
		slow_end();
	}
}

/* In a namespace without ids: assign an id, chosen by the kernel, to each one alive. */
static void assign(struct creators *cr, unsigned int nr)
{
	struct rtgenmsg gen = { 0 };
	int fd, id = NETNSA_NSID_NOT_ASSIGNED, sock;
	struct rtnl msg;
	unsigned int i;
	uint64_t start;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(nr, &cpus);
	CHECK(!sched_setaffinity(0, sizeof(cpus), &cpus), "sched_setaffinity: %m");
	create_one();
	sock = rtnl_open(0);
	wait_for_others(cr);
	for (i = 0; i < params.idle; i++) {
		fd = pool_fd(i);
		rtnl_start(&msg, RTM_NEWNSID, &gen, sizeof(gen));
		rtnl_put(&msg, NETNSA_FD, &fd, sizeof(fd));
		rtnl_put(&msg, NETNSA_NSID, &id, sizeof(id));
		start = now_ns();
		CHECK(!rtnl_try(sock, &msg, NULL), "RTM_NEWNSID for namespace %u fails", i);
		samples_add(cr->took[nr], now_ns() - start);
	}
	netns_leave();
}

unsigned int cpus_online(void)
{
	return sysconf(_SC_NPROCESSORS_ONLN);
}

/* How long an id takes while each CPU assigns some, in a separate namespace. */
void measure_assign(void)
{
	unsigned int cpus = cpus_online();
	struct creators cr = { 0 };
	struct samples *took;

	waiting_for("%u processes to assign ids", cpus);
	deaths_start();
	fork_all(&cr, cpus, assign);
	go(&cr);
	wait_for_end_of(cr.done);
	took = join(&cr);
	deaths_wait(cpus);
	result_samples("nsid_assign", cpus, took);
	samples_free(took);
}
