// SPDX-License-Identifier: GPL-2.0
/* Namespaces that are alive while others are measured, each held by a descriptor. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

#define POOL_MAX	20000

static int fds[POOL_MAX];
static unsigned int size;
static bool ids;

/* Descriptors for the pool, and for others */
void pool_init(void)
{
	struct rlimit limit = { 2 * POOL_MAX, 2 * POOL_MAX };

	CHECK(!setrlimit(RLIMIT_NOFILE, &limit), "setrlimit: %m");
}

static void pool_shrink(unsigned int count)
{
	unsigned int gone = size - count;

	deaths_start();
	while (size > count)
		close(fds[--size]);
	deaths_wait(gone);
}

static void give_id(unsigned int nr)
{
	struct rtgenmsg gen = { 0 };
	struct rtnl msg;
	int id = nr;

	rtnl_start(&msg, RTM_NEWNSID, &gen, sizeof(gen));
	rtnl_put(&msg, NETNSA_FD, &fds[nr], sizeof(fds[nr]));
	rtnl_put(&msg, NETNSA_NSID, &id, sizeof(id));
	rtnl_talk(&msg, NULL);
}

static void make_one(void)
{
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET) with %u alive: %m", size);
	fds[size] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(fds[size] >= 0, "open namespace %u: %m", size);
	size++;
}

static void pool_grow(unsigned int count)
{
	unsigned int nr = size;

	CHECK(count <= POOL_MAX, "more than %u namespaces", POOL_MAX);
	while (size < count)
		make_one();
	netns_leave();
	while (ids && nr < size)
		give_id(nr++);
}

void pool_resize(unsigned int count)
{
	waiting_for("%u namespaces to be alive", count);
	if (count > size)
		pool_grow(count);
	else if (count < size)
		pool_shrink(count);
}

/* Assigns an id in init_net to each that is alive, and to later ones. */
void pool_give_ids(void)
{
	unsigned int nr;

	for (nr = 0; nr < size; nr++)
		give_id(nr);
	ids = true;
}

int pool_fd(unsigned int nr)
{
	return fds[nr];
}
