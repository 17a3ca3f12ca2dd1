// SPDX-License-Identifier: GPL-2.0
/* Steps of the random walk: ids of peer namespaces, and messages about other namespaces. */
#define _GNU_SOURCE
#include <linux/net_namespace.h>
#include <sched.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define IDS	8	/* few, so that they collide */

/* Assigns an id in the caller's namespace. The kernel chooses one for -1. */
static int set(int fd, int id)
{
	struct rtnl msg;

	nsid_message(&msg, RTM_NEWNSID, fd, -1);
	rtnl_put(&msg, NETNSA_NSID, &id, sizeof(id));
	return rtnl_ask(&msg, NULL);
}

static int chosen_id(const struct walk_choice *c)
{
	return (int)(c->arg % (IDS + 1)) - 1;
}

int walk_set_id(const struct walk_choice *c)
{
	return set(walk_fd(WALK_NETS, c->slot), chosen_id(c));
}

/* In both directions. The caller stays in the other namespace. */
int walk_set_ids(const struct walk_choice *c)
{
	int own = walk_open_own(), err, err2;

	err = set(walk_fd(WALK_NETS, c->slot), chosen_id(c));
	err2 = walk_enter(c) ?: set(own, chosen_id(c));
	close(own);
	return err ?: err2;
}

/* The id, "not assigned" included */
int walk_get_id(const struct walk_choice *c)
{
	struct rtnl msg, reply;
	int err;

	nsid_message(&msg, RTM_GETNSID, walk_fd(WALK_NETS, c->slot), -1);
	err = rtnl_ask(&msg, &reply);
	if (!err)
		CHECK(nsid_of(&reply) >= NETNSA_NSID_NOT_ASSIGNED, "a namespace has id %d",
		      nsid_of(&reply));
	return err;
}

/* The id in another namespace, which an id names, too */
int walk_get_id_of_target(const struct walk_choice *c)
{
	int target = c->arg % IDS;
	struct rtnl msg, reply;

	nsid_message(&msg, RTM_GETNSID, walk_fd(WALK_NETS, c->slot), -1);
	rtnl_put(&msg, NETNSA_TARGET_NSID, &target, sizeof(target));
	return rtnl_ask(&msg, &reply);
}

int walk_dump_ids(const struct walk_choice *c)
{
	struct rtgenmsg gen = { 0 };

	(void)c;
	rtnl_dump(RTM_GETNSID, &gen, sizeof(gen));
	return 0;
}

int walk_dump_links(const struct walk_choice *c)
{
	struct ifinfomsg ifi = { 0 };

	(void)c;
	CHECK(rtnl_dump(RTM_GETLINK, &ifi, sizeof(ifi)), "a namespace has no device");
	return 0;
}
