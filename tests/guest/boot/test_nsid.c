// SPDX-License-Identifier: GPL-2.0
/* Ids of peer namespaces: RTM_NEWNSID, RTM_GETNSID and RTM_DELNSID. */
#include <errno.h>
#include <limits.h>
#include <linux/net_namespace.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

/* One for each case: the namespaces of the case before may still be torn down. */
#define NSID		77
#define NOTIFIED_ID	79
#define REFUSED_ID	80
#define UNKNOWN_ID	81
#define SEQ		4711

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

static int try_to_set(const struct netns *ns, int id)
{
	int err, fd = netns_open(ns);
	struct rtnl msg;

	nsid_start(&msg, RTM_NEWNSID, NETNSA_FD, fd);
	rtnl_put(&msg, NETNSA_NSID, &id, sizeof(id));
	err = rtnl_ask(&msg, NULL);
	close(fd);
	return err;
}

/* An id is for one namespace, and a namespace has one id. -1 is for the first that is free. */
void taken_nsid_is_refused(void)
{
	static const int ids[] = { 0, 1, INT_MAX };
	struct netns own, other, ns[ARRAY_SIZE(ids)];
	unsigned int i;
	int err;

	need_netns();
	netns_make(&own);
	netns_make(&other);
	for (i = 0; i < ARRAY_SIZE(ids); i++)
		netns_make(&ns[i]);
	netns_enter(&own);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		err = try_to_set(&ns[i], ids[i]);
		CHECK(!err, "id %d: %s", ids[i], strerror(-err));
		err = try_to_set(&other, ids[i]);
		CHECK(err == -EEXIST, "id %d again: %s", ids[i], strerror(-err));
		err = try_to_set(&ns[i], NSID);
		CHECK(err == -EEXIST, "an id besides %d: %s", ids[i], strerror(-err));
	}
	CHECK(nsid_get(&other) == NETNSA_NSID_NOT_ASSIGNED, "a refused request has set id %d",
	      nsid_get(&other));
	err = try_to_set(&other, -1);
	CHECK(!err && nsid_get(&other) == 2, "id -1 has set id %d: %s", nsid_get(&other),
	      strerror(-err));
}

static void check_notification(const struct rtnl *msg, const struct sockaddr_nl *sender)
{
	CHECK(msg->nlh.nlmsg_type == RTM_NEWNSID && nsid_of(msg) == NOTIFIED_ID,
	      "message %d is not a notification", msg->nlh.nlmsg_type);
	CHECK(msg->nlh.nlmsg_seq == SEQ && msg->nlh.nlmsg_pid == sender->nl_pid,
	      "a notification is of request %u of %u, not %u of %u", msg->nlh.nlmsg_seq,
	      msg->nlh.nlmsg_pid, SEQ, sender->nl_pid);
}

/* In a new namespace, which has no other notifications. */
void nsid_notification_names_request(void)
{
	struct sockaddr_nl sender;
	socklen_t len = sizeof(sender);
	struct rtnl msg, reply;
	struct netns own, ns;
	int sock, listener;

	need_netns();
	netns_make(&own);
	netns_make(&ns);
	netns_enter(&own);
	sock = rtnl_open(0);
	listener = rtnl_open(RTNLGRP_NSID);
	CHECK(!getsockname(sock, (struct sockaddr *)&sender, &len), "getsockname: %m");
	nsid_message(&msg, RTM_NEWNSID, ns.fd, NOTIFIED_ID);
	msg.nlh.nlmsg_flags |= NLM_F_ECHO | NLM_F_ACK;
	msg.nlh.nlmsg_seq = SEQ;
	CHECK(!rtnl_try(sock, &msg, &reply), "RTM_NEWNSID with NLM_F_ECHO is refused");
	check_notification(&reply, &sender);
	rtnl_recv(listener, &reply);
	check_notification(&reply, &sender);
}

void refused_nsid_requests_keep_no_reference(void)
{
	int err, id = REFUSED_ID;
	struct netns ns;
	struct rtnl msg;

	need_netns();
	netns_make(&ns);
	nsid_set(&ns, REFUSED_ID);

	nsid_start(&msg, RTM_GETNSID, NETNSA_TARGET_NSID, REFUSED_ID);
	rtnl_put(&msg, NETNSA_CURRENT_NSID, &id, sizeof(id));
	err = rtnl_try_dump(&msg);
	CHECK(err == -EINVAL, "a dump with NETNSA_CURRENT_NSID: %s", strerror(-err));

	nsid_start(&msg, RTM_GETNSID, NETNSA_FD, ns.fd);
	rtnl_put(&msg, NETNSA_CURRENT_NSID, &id, sizeof(id));
	err = rtnl_ask_strictly(&msg);
	CHECK(err == -EINVAL, "RTM_GETNSID with NETNSA_CURRENT_NSID: %s", strerror(-err));

	id = UNKNOWN_ID;
	nsid_start(&msg, RTM_GETNSID, NETNSA_FD, ns.fd);
	rtnl_put(&msg, NETNSA_TARGET_NSID, &id, sizeof(id));
	err = rtnl_ask_strictly(&msg);
	CHECK(err == -EINVAL, "RTM_GETNSID in a target without id: %s", strerror(-err));

	err = try_to_set(&ns, REFUSED_ID);
	CHECK(err == -EEXIST, "the same id again: %s", strerror(-err));
	netns_drop(&ns);
	netns_make_when_left(0, &ns);
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
