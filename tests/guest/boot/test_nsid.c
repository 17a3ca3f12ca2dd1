// SPDX-License-Identifier: GPL-2.0
/* Ids of peer namespaces: RTM_NEWNSID, RTM_GETNSID and RTM_DELNSID. */
#include <errno.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <string.h>

#include "boot.h"

#define NSID	77

static int ask(int type, int attr, int value, struct rtnl *reply)
{
	struct rtnl msg;

	nsid_start(&msg, type, attr, value);
	return rtnl_ask(&msg, reply);
}

void nsid_is_set_and_found(void)
{
	int err, id = NSID;
	struct rtnl msg, reply;
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	CHECK(nsid_get(&ns) == NETNSA_NSID_NOT_ASSIGNED,
	      "a new namespace has id %d", nsid_get(&ns));
	nsid_set(&ns, NSID);
	CHECK(nsid_get(&ns) == NSID, "id %d was set, but %d is found", NSID, nsid_get(&ns));

	err = ask(RTM_GETNSID, NETNSA_NSID, NSID, &reply);
	CHECK(!err && nsid_of(&reply) == NSID, "id %d is not found by itself: %s", NSID,
	      strerror(-err));
	err = ask(RTM_GETNSID, NETNSA_NSID, NSID + 1, &reply);
	CHECK(err == -ENOENT, "an unknown id: %s", strerror(-err));
	err = ask(RTM_GETNSID, NETNSA_NONE, 0, &reply);
	CHECK(err == -EINVAL, "a request without a namespace: %s", strerror(-err));
	err = ask(RTM_NEWNSID, NETNSA_NSID, NSID + 1, NULL);
	CHECK(err == -EINVAL, "an id without a namespace: %s", strerror(-err));
	err = ask(RTM_NEWNSID, NETNSA_FD, netns_open(&ns), NULL);
	CHECK(err == -EINVAL, "a namespace without an id: %s", strerror(-err));

	nsid_start(&msg, RTM_GETNSID, NETNSA_NSID, NSID);
	CHECK(!rtnl_ask_strictly(&msg), "RTM_GETNSID is refused");
	rtnl_put(&msg, NETNSA_CURRENT_NSID, &id, sizeof(id));
	err = rtnl_ask_strictly(&msg);
	CHECK(err == -EINVAL, "an unsupported attribute: %s", strerror(-err));
	nsid_start(&msg, RTM_GETNSID, NETNSA_NONE, 0);
	CHECK(!rtnl_try_dump(&msg), "a dump of ids is refused");
	rtnl_put(&msg, NETNSA_NSID, &id, sizeof(id));
	err = rtnl_try_dump(&msg);
	CHECK(err == -EINVAL, "an unsupported attribute in a dump: %s", strerror(-err));
}

void nsid_goes_with_namespace(void)
{
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	nsid_set(&ns, NSID + 1);
	nsid_drop(&ns, rtnl_open(RTNLGRP_NSID), NSID + 1);
}

/* The teardown of a namespace walks the ids of all others, up to the largest. */
void largest_nsid_goes_with_namespace(void)
{
	unsigned long warnings = read_number("/sys/kernel/warn_count");
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	nsid_set(&ns, INT_MAX);
	CHECK(nsid_get(&ns) == INT_MAX, "id %d was set, but %d is found", INT_MAX, nsid_get(&ns));
	netns_drop(&ns);
	netns_make_when_left(0, &ns);
	CHECK(read_number("/sys/kernel/warn_count") == warnings,
	      "the kernel warns while it tears the namespace down");
}
