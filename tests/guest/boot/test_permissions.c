// SPDX-License-Identifier: GPL-2.0
/*
 * Requests without the required capability, by a user without capabilities, and by the
 * root of a sandbox. The latter has all capabilities in one user namespace only.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define FORWARD		"/proc/sys/net/ipv4/ip_forward"
#define INIT_NET_ID	1	/* in the sandbox's namespace */
#define OWN_ID		2
#define NO_ID		3

static struct sandbox box;
static struct netns init_net;

static void make_box(void)
{
	need_netns();
	if (access("/proc/self/ns/user", F_OK))
		skip("no CONFIG_USER_NS");
	netns_of_init(&init_net);
	sandbox_make(&box);
}

static void gives(int err, int want, const char *what)
{
	CHECK(err == want, "%s: %s, not %s", what, err ? strerrorname_np(err) : "no error",
	      want ? strerrorname_np(want) : "success");
}

static int setns_error(int fd)
{
	return setns(fd, CLONE_NEWNET) ? errno : 0;
}

/*
 * setns()
 */

static void user_enters(const void *data)
{
	(void)data;
	become_user();
	gives(setns_error(init_net.fd), EPERM, "setns to init_net by a user");
	/* The owner of a user namespace has all capabilities in it, and here none outside. */
	gives(setns_error(box.net_fd), EPERM, "setns by the owner of the namespace's owner");
}

static void box_root_enters(const void *data)
{
	(void)data;
	sandbox_become_root(&box);
	gives(setns_error(init_net.fd), EPERM, "setns to init_net by a sandbox's root");
	gives(setns_error(box.net_fd), 0, "setns to its own namespace by a sandbox's root");
	gives(setns_error(init_net.fd), EPERM, "setns back to init_net by a sandbox's root");
}

void setns_needs_cap_over_both(void)
{
	make_box();
	in_child(user_enters, NULL);
	in_child(box_root_enters, NULL);
}

/*
 * RTM_NEWNSID
 */

static int nsid_error(int sock, int type, const struct netns *ns, int id)
{
	struct rtnl msg, reply;

	nsid_message(&msg, type, ns->fd, id);
	return -rtnl_try(sock, &msg, type == RTM_GETNSID ? &reply : NULL);
}

static void user_sets_id(const void *data)
{
	const struct netns *peer = data;
	int sock = rtnl_open(0);

	become_user();
	gives(nsid_error(rtnl_open(0), RTM_NEWNSID, peer, OWN_ID), EPERM,
	      "RTM_NEWNSID by a user");
	gives(nsid_error(sock, RTM_NEWNSID, peer, OWN_ID), EPERM,
	      "RTM_NEWNSID by a user, on root's socket");
	gives(nsid_error(rtnl_open(0), RTM_GETNSID, peer, -1), 0, "RTM_GETNSID by a user");
}

static void box_root_sets_id(const void *data)
{
	const struct netns *peer = data;

	sandbox_become_root(&box);
	gives(nsid_error(rtnl_open(0), RTM_NEWNSID, peer, OWN_ID), EPERM,
	      "RTM_NEWNSID in init_net by a sandbox's root");
	CHECK(!setns(box.net_fd, CLONE_NEWNET), "setns: %m");
	gives(nsid_error(rtnl_open(0), RTM_NEWNSID, peer, OWN_ID), 0,
	      "RTM_NEWNSID in its own namespace by a sandbox's root");
}

void newnsid_needs_cap_net_admin(void)
{
	struct netns peer;

	make_box();
	netns_clone(&peer);
	in_child(user_sets_id, &peer);
	in_child(box_root_sets_id, &peer);
	CHECK(nsid_get(&peer) == NETNSA_NSID_NOT_ASSIGNED,
	      "RTM_NEWNSID was refused, but the namespace has id %d", nsid_get(&peer));
}

/*
 * RTM_GETNSID with NETNSA_TARGET_NSID
 */

static int target_error(int target)
{
	struct rtnl msg, reply;

	nsid_message(&msg, RTM_GETNSID, box.net_fd, -1);
	rtnl_put(&msg, NETNSA_TARGET_NSID, &target, sizeof(target));
	return -rtnl_try(rtnl_open(0), &msg, &reply);
}

/* An error of a dump is reported in NLMSG_DONE. */
static int target_dump_error(int target)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };
	int err, strict = 1, fd = rtnl_open(0);
	struct rtnl msg, reply;

	CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict)),
	      "NETLINK_GET_STRICT_CHK: %m");
	rtnl_start(&msg, RTM_GETNSID, &gen, sizeof(gen));
	rtnl_put(&msg, NETNSA_TARGET_NSID, &target, sizeof(target));
	msg.nlh.nlmsg_flags |= NLM_F_DUMP;
	err = rtnl_try(fd, &msg, &reply);
	if (reply.nlh.nlmsg_type == NLMSG_DONE)
		memcpy(&err, NLMSG_DATA(&reply.nlh), sizeof(err));
	close(fd);
	return -err;
}

/* Assigns ids of init_net and of a second namespace in the sandbox's namespace. */
static void box_root_asks(const void *data)
{
	struct netns second = { .fd = -1 };

	(void)data;
	sandbox_become_root(&box);
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	second.fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	CHECK(second.fd >= 0, "open /proc/self/ns/net: %m");
	CHECK(!setns(box.net_fd, CLONE_NEWNET), "setns: %m");
	nsid_set(&init_net, INIT_NET_ID);
	nsid_set(&second, OWN_ID);

	gives(target_error(INIT_NET_ID), EACCES, "an id of init_net by a sandbox's root");
	gives(target_dump_error(INIT_NET_ID), EACCES, "all ids of init_net by a sandbox's root");
	gives(target_error(OWN_ID), 0, "an id of its own namespace by a sandbox's root");
	gives(target_dump_error(OWN_ID), 0, "all ids of its own namespace by a sandbox's root");
	gives(target_error(NO_ID), EINVAL, "an id of a namespace without one");
	gives(target_dump_error(NO_ID), EINVAL, "all ids of a namespace without one");
}

static void root_asks(const void *data)
{
	(void)data;
	CHECK(!setns(box.net_fd, CLONE_NEWNET), "setns: %m");
	gives(target_error(INIT_NET_ID), 0, "an id of init_net by root");
	gives(target_dump_error(INIT_NET_ID), 0, "all ids of init_net by root");
}

void target_nsid_needs_cap_net_admin(void)
{
	make_box();
	in_child(box_root_asks, NULL);
	in_child(root_asks, NULL);
}

/*
 * Sysctls
 */

static int write_error(void)
{
	int fd = open(FORWARD, O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return errno;
	err = write(fd, "1", 1) == 1 ? 0 : errno;
	close(fd);
	return err;
}

static void user_writes(const void *data)
{
	(void)data;
	become_user();
	gives(write_error(), EACCES, "writing " FORWARD " by a user");
	CHECK(!read_number(FORWARD), "a user has written " FORWARD);
}

static void box_root_writes(const void *data)
{
	(void)data;
	sandbox_become_root(&box);
	gives(write_error(), EACCES, "writing init_net's " FORWARD " by a sandbox's root");
	CHECK(!setns(box.net_fd, CLONE_NEWNET), "setns: %m");
	gives(write_error(), 0, "writing its own " FORWARD " by a sandbox's root");
	CHECK(read_number(FORWARD) == 1, FORWARD " was written, but has not changed");
}

void sysctls_need_cap_net_admin(void)
{
	make_box();
	CHECK(!read_number(FORWARD), "init_net forwards from the start");
	in_child(user_writes, NULL);
	in_child(box_root_writes, NULL);
	CHECK(!read_number(FORWARD), "init_net's " FORWARD " has changed");
}
