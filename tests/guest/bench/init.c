// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's /init of tools/bench: measures, prints a line for each result on the
 * console and powers the machine off. The last line is "bench: end", or "bench: error
 * REASON".
 *
 * The kernel passes unknown parameters in the environment:
 *
 *   bench_what=LIST      which measurements: see measure_lone() and measure_with()
 *   bench_alive=LIST     numbers of other namespaces alive, in ascending order
 *   bench_ids=LIST       numbers of ids for the lookup
 *   bench_creators=LIST  numbers of creators
 *   bench_samples=N, bench_batch=N, bench_held=N, bench_idle=N, bench_seconds=N
 *                        see struct params
 *   bench_clock=insn     the clock counts instructions
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define LIST_MAX	8
#define DEVICES		20	/* per namespace in measurements with devices */

struct params params;

struct list {
	unsigned int count, values[LIST_MAX];
};

static const char *parameter(const char *name)
{
	const char *value = getenv(name);

	CHECK(value, "%s is missing from the kernel command line", name);
	return value;
}

static unsigned int number(const char *name)
{
	return strtoul(parameter(name), NULL, 10);
}

static struct list list(const char *name)
{
	const char *text = parameter(name);
	struct list l = { 0 };
	char *end;

	do {
		CHECK(l.count < LIST_MAX, "%s is too long", name);
		l.values[l.count++] = strtoul(text, &end, 10);
		text = end + 1;
	} while (*end == ',');
	return l;
}

static bool contains(const struct list *l, unsigned int value)
{
	unsigned int i;

	for (i = 0; i < l->count; i++)
		if (l->values[i] == value)
			return true;
	return false;
}

bool wanted(const char *measurement)
{
	const char *list = parameter("bench_what");
	size_t len = strlen(measurement), end;

	for (; *list; list += end + (list[end] == ',')) {
		end = strcspn(list, ",");
		if (end == len && !strncmp(list, measurement, len))
			return true;
	}
	return false;
}

static void mount_on(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	CHECK(!mount(type, dir, type, 0, NULL), "mount %s on %s: %m", type, dir);
}

/* Measurements with @alive others, with and without ids. */
static void measure_with(unsigned int alive, bool ids)
{
	struct list creators = list("bench_creators");
	unsigned int i;

	result_where(alive, ids);
	if (wanted("one"))
		measure_one();
	if (wanted("batch"))
		measure_batch(params.batch);
	if (wanted("alone"))
		measure_batch(1);
	for (i = 0; wanted("create") && i < creators.count; i++)
		creators_hold(creators.values[i]);
	for (i = 0; wanted("churn") && i < creators.count; i++)
		creators_churn(creators.values[i], 0);
	for (i = 0; wanted("profile") && i < creators.count; i++)
		measure_profile(creators.values[i]);
	for (i = 0; wanted("locks") && i < creators.count; i++)
		measure_locks(creators.values[i]);
}

static void measure_lone(void)
{
	struct list creators = list("bench_creators");
	unsigned int i;

	result_where(0, false);
	if (wanted("idle"))
		measure_idle();
	result("net_size", 1, "B", read_number("/sys/kernel/slab/net_namespace/object_size"));
	if (wanted("pairs"))
		measure_pairs();
	if (wanted("lo"))
		measure_lo();
	if (wanted("used"))
		measure_used();
	if (wanted("memory"))
		measure_memory();
	if (wanted("waits"))
		measure_waits();
	if (wanted("fairness"))
		measure_fairness();
	if (wanted("dying"))
		measure_dying();
	if (wanted("peer"))
		measure_peer();
	if (wanted("locks"))
		measure_assign_locks();
	for (i = 0; wanted("devices") && i < creators.count; i++)
		creators_churn(creators.values[i], DEVICES);
}

static void measure_without_ids(const struct list *alive)
{
	unsigned int i;

	for (i = 0; i < alive->count; i++) {
		pool_resize(alive->values[i]);
		measure_with(alive->values[i], false);
		if (wanted("register"))
			measure_register();
	}
}

/* The largest that is less than @below, or 0 */
static unsigned int next_smaller(const struct list *l, unsigned int below)
{
	unsigned int i, found = 0;

	for (i = 0; i < l->count; i++)
		if (l->values[i] < below && l->values[i] > found)
			found = l->values[i];
	return found;
}

/* From many to few, so that no namespace is created twice. */
static void measure_with_ids(const struct list *alive)
{
	struct list ids = list("bench_ids");
	unsigned int now = -1, a, i;

	pool_give_ids();
	for (;;) {
		a = next_smaller(alive, now);
		i = wanted("lookup") ? next_smaller(&ids, now) : 0;
		now = a > i ? a : i;
		if (!now)
			break;
		pool_resize(now);
		result_where(now, true);
		if (wanted("lookup") && contains(&ids, now))
			measure_lookup(now);
		if (contains(alive, now))
			measure_with(now, true);
	}
	pool_resize(0);
}

static void __noreturn measure_all(void)
{
	struct list alive = list("bench_alive");

	params.samples = number("bench_samples");
	params.batch = number("bench_batch");
	params.held = number("bench_held");
	params.idle = number("bench_idle");
	params.seconds = number("bench_seconds");
	params.instructions = !strcmp(parameter("bench_clock"), "insn");
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("tracefs", "/sys/kernel/tracing");
	deaths_init();
	pool_init();

	measure_lone();
	measure_without_ids(&alive);
	measure_with_ids(&alive);
	_exit(EXIT_SUCCESS);
}

int main(void)
{
	/* Outlives the process that measures */
	struct {
		int result;
		char reason[REASON_MAX];
	} *shared;
	int status = -1;
	pid_t pid;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	report_init();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	report_to(shared->reason, &shared->result);
	waiting_for("the first measurement");
	pid = fork();
	if (!pid)
		measure_all();
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		ktap("bench: error killed by signal %d, %s",
		     WTERMSIG(status), shared->reason);
	else if (status)
		ktap("bench: error %s", shared->reason);
	else
		ktap("bench: end");
	reboot(RB_POWER_OFF);
	return EXIT_FAILURE;
}
