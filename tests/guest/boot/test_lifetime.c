// SPDX-License-Identifier: GPL-2.0
/* Many namespaces: created, entered, dropped and freed. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/securebits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define MANY	200
#define FREED	20000	/* ms, from the last put to the free of the memory */

static struct netns many[MANY];

/* Half of them by clone(), half by unshare(). */
static void make_many(void)
{
	int i;

	for (i = 0; i < MANY / 2; i++)
		netns_clone(&many[i]);
	for (; i < MANY; i++)
		CHECK(!netns_unshare(&many[i]), "unshare(CLONE_NEWNET): %m");
}

static void drop_many(void)
{
	int i;

	for (i = 0; i < MANY; i++)
		netns_drop(&many[i]);
}

void each_of_200_has_its_own_lo(void)
{
	ino_t seen[MANY + 1];
	int i, j;

	need_netns();
	make_many();
	seen[MANY] = netns_inode("/proc/1/ns/net");
	for (i = 0; i < MANY; i++) {
		netns_enter(&many[i]);
		seen[i] = netns_inode("/proc/self/ns/net");
		/* lo is still down in all others, so a shared one would be found. */
		lo_is_fresh();
		lo_up();
		lo_carries(AF_INET);
		lo_carries(AF_INET6);
	}
	netns_leave();

	for (i = 0; i < MANY; i++)
		for (j = i + 1; j <= MANY; j++)
			CHECK(seen[i] != seen[j], "namespaces %d and %d are the same", i, j);
}

/*
 * One namespace stays throughout: with a count of zero, a count that is
 * released twice would look right.
 */
void count_is_released(void)
{
	struct netns kept, probe;

	need_netns();
	netns_make_when_left(0, &kept);
	make_many();
	netns_refused(MANY + 1);

	drop_many();
	netns_make_when_left(1, &probe);
	netns_refused(2);
}

void slab_is_freed(void)
{
	unsigned long before, now;

	need_netns();
	before = slab_objects_at_rest();
	make_many();
	now = slab_objects();
	CHECK(now >= MANY, "%d namespaces live, the slab holds %lu objects", MANY, now);

	drop_many();
	now = slab_objects_at_rest();
	CHECK(now == before, "the slab held %lu objects before, %lu after", before, now);
}

/*
 * The case creates no other namespace while it waits: the teardown of that one could
 * free the structure of the last.
 */
void last_namespace_is_freed(void)
{
	unsigned long start, objects;
	struct netns last;

	need_netns();
	netns_make_when_left(0, &last);
	CHECK(slab_objects() >= 1, "a namespace lives, but the slab is empty");
	netns_drop(&last);
	start = now_ms();
	while ((objects = slab_objects())) {
		CHECK(now_ms() - start < FREED,
		      "no namespace is left, but the slab holds %lu objects after %d s",
		      objects, FREED / 1000);
		pause_briefly();
	}
}

/* A kernel that throttles creation must not throttle one that it will refuse. */
void limit_reached_is_enospc_at_once(void)
{
	struct netns kept;

	need_netns();
	netns_make_when_left(0, &kept);
	netns_refused(1);
}

struct creator {
	uid_t real, effective;
	int err;
};

/* A user's first namespace fits in a limit of 1, the second does not. */
static void create_one(const void *data)
{
	const struct creator *c = data;
	int err;

	CHECK(!prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP), "PR_SET_SECUREBITS: %m");
	CHECK(!setresuid(c->real, c->effective, c->effective), "setresuid: %m");
	netns_limit(1);
	err = unshare(CLONE_NEWNET) ? errno : 0;
	netns_limit(NO_LIMIT);
	CHECK(err == c->err, "unshare(CLONE_NEWNET) by %u, effective %u: %s", c->real,
	      c->effective, strerror(err));
}

void namespace_is_charged_to_effective_user(void)
{
	static const struct creator first = { 1, 2, 0 }, same_real = { 1, 3, 0 };
	static const struct creator same_effective = { 3, 2, ENOSPC };
	pid_t pid;

	need_netns();
	pid = start_child(create_one, &first);
	in_child(create_one, &same_real);
	in_child(create_one, &same_effective);
	kill_child(pid);
}
