// SPDX-License-Identifier: GPL-2.0
/* Ids of peers in the caller's namespace. */
#include <linux/net_namespace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

/* A message with the attribute @attr, or with none if that is NETNSA_NONE. */
void nsid_start(struct rtnl *msg, int type, int attr, int value)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };

	rtnl_start(msg, type, &gen, sizeof(gen));
	if (attr != NETNSA_NONE)
		rtnl_put(msg, attr, &value, sizeof(value));
}

/* A message about the namespace of @fd, with @id unless that is negative. */
void nsid_message(struct rtnl *msg, int type, int fd, int id)
{
	nsid_start(msg, type, NETNSA_FD, fd);
	if (id >= 0)
		rtnl_put(msg, NETNSA_NSID, &id, sizeof(id));
}

static void nsid_talk(int type, const struct netns *ns, int id, struct rtnl *reply)
{
	int fd = netns_open(ns);
	struct rtnl msg;

	nsid_message(&msg, type, fd, id);
	rtnl_talk(&msg, reply);
	close(fd);
}

int nsid_of(const struct rtnl *msg)
{
	const int *id = rtnl_attr(msg, sizeof(struct rtgenmsg), NETNSA_NSID);

	CHECK(id, "message %d has no NETNSA_NSID", msg->nlh.nlmsg_type);
	return *id;
}

void nsid_set(const struct netns *ns, int id)
{
	nsid_talk(RTM_NEWNSID, ns, id, NULL);
}

int nsid_get(const struct netns *ns)
{
	struct rtnl reply;

	nsid_talk(RTM_GETNSID, ns, -1, &reply);
	return nsid_of(&reply);
}

/*
 * Drops the last reference to @ns. Waits until cleanup_net() has removed it from the list,
 * and has dropped @id in the namespace that @fd listens to.
 */
void nsid_drop(struct netns *ns, int fd, int id)
{
	struct rtnl msg;

	netns_drop(ns);
	waiting_for("RTM_DELNSID with id %d", id);
	do {
		rtnl_recv(fd, &msg);
	} while (msg.nlh.nlmsg_type != RTM_DELNSID || nsid_of(&msg) != id);
}
