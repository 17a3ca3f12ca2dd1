// SPDX-License-Identifier: GPL-2.0
/*
 * A random walk over what userspace can do with network namespaces. Workers take random
 * steps. The case stops, freezes and kills workers at random, and starts new ones.
 *
 * walk_seed=S repeats the steps of each worker. The time that a step takes and the steps of
 * the others in between may differ, and with them the results. With walk_fail=1, one
 * allocation of some steps fails.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define SECONDS		30
#define END_SECONDS	120	/* for the last processes and namespaces */
#define LONG_SECONDS	20	/* of a walk in which each kind of step has to succeed */
#define STEPS_APART	1024	/* signals to workers, at most */
#define STOPPED_MS	50	/* at most */
#define LINE_KINDS	12	/* in a line of the notes */

struct walk *walk;

static unsigned long start_ms, walk_ms;
static unsigned int kills, stops, freezes;

/* The control group may be frozen, if the worker before was killed in that state. */
static void start_worker(unsigned int nr)
{
	pid_t pid;

	walk_freeze(nr, false);
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		walk_enter_cgroup(nr);
		walk_work(nr);
	}
	walk->pids[nr] = pid;
}

static unsigned long steps_taken(void)
{
	unsigned long sum = 0;
	int i;

	for (i = 0; i < WALK_WORKERS; i++)
		sum += __atomic_load_n(&walk->next[i], __ATOMIC_RELAXED);
	return sum;
}

static void note_walk(void)
{
	note("walk_seed=%u, %lu steps by %d workers in %lu s, %u kills, %u stops, %u freezes",
	     walk->seed, steps_taken(), WALK_WORKERS, (now_ms() - start_ms) / 1000, kills,
	     stops, freezes);
	if (walk->fail)
		note("walk: %lu allocations failed", walk->failed);
}

/* A process that failed has reported why. Only SIGKILL of this process kills one. */
static void check_status(int status)
{
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return;
	note_walk();
	CHECK(WIFEXITED(status), "a process of the walk was killed by signal %d",
	      WTERMSIG(status));
	_exit(WEXITSTATUS(status));
}

/* Children of killed workers are reaped, too. */
static void reap_and_restart(void)
{
	unsigned int i;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		check_status(status);
		for (i = 0; i < WALK_WORKERS; i++)
			if (walk->pids[i] == pid)
				start_worker(i);
	}
}

static bool is_over(void)
{
	return now_ms() - start_ms >= walk_ms;
}

static void stop(unsigned int worker, bool cont, useconds_t us)
{
	stops++;
	kill(walk->pids[worker], SIGSTOP);
	usleep(us);
	if (cont)
		kill(walk->pids[worker], SIGCONT);
}

/* A worker that sleeps in the kernel is frozen when it returns. Only frozen ones are counted. */
static void freeze(unsigned int worker, bool thaw, useconds_t us)
{
	walk_freeze(worker, true);
	usleep(us);
	freezes += walk_is_frozen(worker);
	if (thaw)
		walk_freeze(worker, false);
}

/* Signal @nr of the walk. The time before is counted in steps, for slow machines. */
static void disturb(unsigned long nr)
{
	unsigned int x = walk_number(WALK_STREAM_DISTURB, nr);
	unsigned int y = walk_number(WALK_STREAM_DISTURB + 1, nr);
	unsigned long until = steps_taken() + y % STEPS_APART;
	unsigned int worker = x % WALK_WORKERS;
	useconds_t us = (y >> 16) % STOPPED_MS * 1000;

	while (steps_taken() < until && !is_over()) {
		reap_and_restart();
		pause_briefly();
	}
	if (x & 256 && x & 1024)
		freeze(worker, x & 512, us);
	else if (x & 256)
		stop(worker, x & 512, us);
	/* A worker that is still stopped or frozen is killed in that state. */
	if (!(x & 256) || !(x & 512)) {
		kills++;
		kill(walk->pids[worker], SIGKILL);
	}
}

static void end_workers(void)
{
	unsigned long start = now_ms();
	int i, status;
	pid_t pid;

	for (i = 0; i < WALK_WORKERS; i++) {
		kill(walk->pids[i], SIGKILL);
		walk_freeze(i, false);
	}
	while ((pid = waitpid(-1, &status, WNOHANG)) >= 0) {
		CHECK(now_ms() - start < END_SECONDS * 1000,
		      "processes of the walk are left %d s after its end", END_SECONDS);
		if (pid)
			check_status(status);
		else
			pause_briefly();
	}
}

static void take_walk(void)
{
	unsigned long nr = 0;
	int i;

	start_ms = now_ms();
	netns_limit(WALK_ROOM);
	walk_open_box();
	walk_make_cgroups();
	for (i = 0; i < WALK_WORKERS; i++)
		start_worker(i);
	waiting_for("the walk with walk_seed=%u to end", walk->seed);
	while (!is_over()) {
		disturb(nr++);
		reap_and_restart();
	}
	note_walk();
	end_workers();
	walk_remove_cgroups();
	walk_close_box();
	netns_limit(NO_LIMIT);
	walk_clear_init_net();
	walk_unload_module();
}

/* How often each kind of step succeeded, of how many */
static void note_kinds(void)
{
	char line[512] = "";
	size_t len = 0;
	int i;

	for (i = 0; i < WALK_KINDS; i++) {
		len += snprintf(line + len, sizeof(line) - len, " %s %lu/%lu", walk_kind_name(i),
				walk->counts[i].succeeded, walk->counts[i].taken);
		if (i % LINE_KINDS != LINE_KINDS - 1 && i != WALK_KINDS - 1)
			continue;
		note("walk:%s", line);
		len = 0;
	}
}

static void check_kinds(void)
{
	int i;

	for (i = 0; i < WALK_KINDS; i++)
		CHECK(walk->counts[i].succeeded || !walk_weight(i),
		      "%s succeeded in none of %lu steps: %s", walk_kind_name(i),
		      walk->counts[i].taken, strerror(-walk->counts[i].last_error));
	CHECK(kills && stops && freezes, "workers: %u were killed, %u stopped, %u frozen", kills,
	      stops, freezes);
	CHECK(!walk->fail || walk->failed, "no allocation failed");
}

void walk_init(void)
{
	unsigned int random;

	walk = mmap(NULL, sizeof(*walk), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(walk != MAP_FAILED, "no memory to share");
	CHECK(getrandom(&random, sizeof(random), 0) == sizeof(random), "getrandom: %m");
	walk->seed = number_asked_for("walk_seed", random);
	walk->trace = number_asked_for("walk_trace", 0);
	walk->fail = number_asked_for("walk_fail", 0);
	walk->families = number_asked_for("walk_families", 0);
	if (walk->fail)
		let_allocations_fail(false);
	CHECK(!prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl(PR_SET_CHILD_SUBREAPER): %m");
}

unsigned int walk_seconds(void)
{
	return number_asked_for("walk_seconds", SECONDS);
}

void random_walk_leaves_nothing(void)
{
	unsigned int seconds = walk_seconds();
	struct walk_init_net before, after;

	need_netns();
	walk_init();
	walk_clear_init_net();
	walk_count_objects();
	walk_look_at_init_net(&before);

	/* Already here: a kernel that crashes leaves no other note. */
	note("walk_seed=%u walk_seconds=%u", walk->seed, seconds);
	walk_ms = seconds * 1000UL;
	take_walk();
	note_kinds();
	walk_expect_no_namespaces("the walk", END_SECONDS);
	if (seconds > LONG_SECONDS)
		check_kinds();

	walk_expect_objects(END_SECONDS);
	walk_look_at_init_net(&after);
	CHECK(after.links == before.links, "init_net had %u devices before, %u after",
	      before.links, after.links);
	CHECK(after.ids == before.ids, "init_net had %u ids before, %u after", before.ids,
	      after.ids);
}
