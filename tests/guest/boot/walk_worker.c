// SPDX-License-Identifier: GPL-2.0
/* A worker of the random walk. It may be stopped and killed at any time. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define STACK_BYTES	262144	/* more than a step needs */
#define PAGE_BYTES	4096
#define FIRST_OF_KERNEL	512	/* ERESTARTSYS, the first one not for userspace */

static int (* const steps[])(const struct walk_choice *c) = {
#define KIND(name, weight) walk_##name,
#include "walk_kinds.h"
#undef KIND
};

static unsigned int self;
static int pools[WALK_POOLS][WALK_SLOTS];
static int fail_fd;
static bool failing;	/* an allocation of the step is to fail */

unsigned int walk_worker(void)
{
	return self;
}

/* The descriptor in a slot. It is -1 if the slot is empty, so that its use fails. */
int walk_fd(enum walk_pool pool, unsigned int slot)
{
	return pools[pool][slot];
}

/* Replaces the descriptor in a slot by @fd, the result of a system call. */
int walk_keep(enum walk_pool pool, unsigned int slot, int fd)
{
	if (fd < 0)
		return -errno;
	walk_drop_fd(pool, slot);
	pools[pool][slot] = fd;
	return 0;
}

int walk_drop_fd(enum walk_pool pool, unsigned int slot)
{
	int fd = pools[pool][slot];

	pools[pool][slot] = -1;
	return walk_result(close(fd));
}

static void trace(const struct walk_choice *c)
{
	if (walk->trace)
		ktap("# walk: worker %u step %lu %s %u %u %#x %u", self, walk->next[self] - 1,
		     walk_kind_name(c->kind), c->slot, c->other, c->arg, c->nth);
}

static void count(enum walk_kind kind, int err)
{
	struct walk_count *count = &walk->counts[kind];

	__atomic_fetch_add(&count->taken, 1, __ATOMIC_RELAXED);
	if (!err)
		__atomic_fetch_add(&count->succeeded, 1, __ATOMIC_RELAXED);
	else
		count->last_error = err;
}

/* Errors that no state of namespaces explains */
static bool is_unexpected(int err)
{
	return err == -EFAULT || err == -ENOSYS || err > 0 || err <= -FIRST_OF_KERNEL;
}

static void start_failing(unsigned int nth)
{
	failing = nth;
	if (failing)
		fail_nth(fail_fd, nth);
}

/* True if an allocation of the step has failed. */
static bool end_failing(void)
{
	bool failed = failing && one_failed(fail_fd);

	failing = false;
	if (failed)
		__atomic_fetch_add(&walk->failed, 1, __ATOMIC_RELAXED);
	return failed;
}

void walk_take(const struct walk_choice *c)
{
	int err;

	trace(c);
	start_failing(c->nth);
	err = steps[c->kind](c);
	CHECK(!is_unexpected(err), "step %lu of worker %u, %s %u %u %#x %u: error %d, %s",
	      walk->next[self] - 1, self, walk_kind_name(c->kind), c->slot, c->other, c->arg,
	      c->nth, err, strerror(-err));
	end_failing();
	count(c->kind, err);
}

/* A child that failed has reported why. */
static void reap_children(void)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0)
		if (WIFEXITED(status) && WEXITSTATUS(status))
			_exit(WEXITSTATUS(status));
}

/*
 * Any check of a step may fail if an allocation has failed: the worker then ends, as if it was
 * killed. Its stack has its pages before, since a page fault without memory would kill it.
 */
void __attribute__((noinline)) walk_prepare_to_fail(void)
{
	volatile char stack[STACK_BYTES];
	unsigned int i;

	for (i = 0; i < sizeof(stack); i += PAGE_BYTES)
		stack[i] = 0;
	fail_fd = open_fail_nth();
	excuse_failures(end_failing);
}

void walk_begin(unsigned int worker)
{
	self = worker;
	memset(pools, -1, sizeof(pools));
	/* Mounts go with the worker. */
	CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
}

/* A restarted worker goes on with the step after the one in which it was killed. */
void walk_work(unsigned int worker)
{
	struct walk_choice c;

	walk_begin(worker);
	if (walk->fail)
		walk_prepare_to_fail();
	for (;;) {
		walk_choose(self, walk->next[self]++, &c);
		walk_take(&c);
		reap_children();
	}
}
