// SPDX-License-Identifier: GPL-2.0
/* Ids of peer namespaces: RTM_NEWNSID, RTM_GETNSID and RTM_DELNSID. */
#include <linux/net_namespace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define NSID	77

/* About @ns, with an id unless that is negative. */
static void nsid_message(struct rtnl *msg, int type, const struct netns *ns, int id,
			 struct rtnl *reply)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };
	int fd = netns_open(ns);

	rtnl_start(msg, type, &gen, sizeof(gen));
	rtnl_put(msg, NETNSA_FD, &fd, sizeof(fd));
	if (id >= 0)
		rtnl_put(msg, NETNSA_NSID, &id, sizeof(id));
	rtnl_talk(msg, reply);
	close(fd);
}

static int nsid_of(const struct rtnl *msg)
{
	const int *id = rtnl_attr(msg, sizeof(struct rtgenmsg), NETNSA_NSID);

	CHECK(id, "message %d holds no NETNSA_NSID", msg->nlh.nlmsg_type);
	return *id;
}

void nsid_is_set_and_found(void)
{
	struct rtnl msg, reply;
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	nsid_message(&msg, RTM_GETNSID, &ns, -1, &reply);
	CHECK(nsid_of(&reply) == NETNSA_NSID_NOT_ASSIGNED,
	      "a new namespace has id %d", nsid_of(&reply));
	nsid_message(&msg, RTM_NEWNSID, &ns, NSID, NULL);
	nsid_message(&msg, RTM_GETNSID, &ns, -1, &reply);
	CHECK(nsid_of(&reply) == NSID, "id %d was set, %d is found", NSID, nsid_of(&reply));
}

void nsid_goes_with_namespace(void)
{
	struct netns ns;
	struct rtnl msg;
	int fd;

	need_netns();
	netns_clone(&ns);
	nsid_message(&msg, RTM_NEWNSID, &ns, NSID + 1, NULL);
	fd = rtnl_open(RTNLGRP_NSID);
	netns_drop(&ns);
	waiting_for("RTM_DELNSID with id %d", NSID + 1);
	do {
		rtnl_recv(fd, &msg);
	} while (msg.nlh.nlmsg_type != RTM_DELNSID || nsid_of(&msg) != NSID + 1);
}
