// SPDX-License-Identifier: GPL-2.0
/* Many namespaces: made, entered, dropped, and all of it given back. */
#include <stdio.h>
#include <sys/socket.h>

#include "boot.h"

#define MANY	200

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
		/* Before lo goes up anywhere else: a shared one would show. */
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
 * One namespace stays throughout: without it, a count that is given back
 * twice could not be told from one that is right.
 */
void count_is_given_back(void)
{
	struct netns kept, probe;

	need_netns();
	netns_make_when_left(0, &kept);
	make_many();
	CHECK(!netns_fits(MANY + 1, &probe), "%d namespaces live, fewer are counted", MANY + 1);

	drop_many();
	netns_make_when_left(1, &probe);
	CHECK(!netns_fits(2, &probe), "2 namespaces live, fewer are counted");
}

void slab_is_given_back(void)
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
