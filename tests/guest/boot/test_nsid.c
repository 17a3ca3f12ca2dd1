// SPDX-License-Identifier: GPL-2.0
/* Ids of peer namespaces: RTM_NEWNSID, RTM_GETNSID and RTM_DELNSID. */
#include <limits.h>
#include <linux/net_namespace.h>

#include "boot.h"

#define NSID	77

void nsid_is_set_and_found(void)
{
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	CHECK(nsid_get(&ns) == NETNSA_NSID_NOT_ASSIGNED,
	      "a new namespace has id %d", nsid_get(&ns));
	nsid_set(&ns, NSID);
	CHECK(nsid_get(&ns) == NSID, "id %d was set, but %d is found", NSID, nsid_get(&ns));
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
