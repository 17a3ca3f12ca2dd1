// SPDX-License-Identifier: GPL-2.0
/*
 * Calls about network namespaces, by callers with and without the right to make them.
 * Each table has a line for each call, with its result for each caller and target. The
 * build machine's headers may be older than the kernel: see nstree.c.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"

#ifndef PIDFD_GET_NET_NAMESPACE
#define PIDFD_GET_NET_NAMESPACE	_IO(0xFF, 4)
#endif

#define FORWARD		"/proc/sys/net/ipv4/ip_forward"
#define MOVED		"moved"		/* a device */
#define NEAR		"near"		/* a veth and its peer */
#define FAR		"far"

static struct sandbox box;

/*
 * Targets
 */

struct target {
	const char *name;
	struct netns ns;
	int nsid;		/* in the namespaces of callers */
	uint64_t id;
	pid_t pid;		/* a process in the namespace */
	int pidfd, sock, rtnl;	/* opened by root */
};

enum { OWN, SECOND, OUTSIDE, TARGETS };

/* Callers in the sandbox are in the first one. */
static struct target targets[TARGETS] = {
	[OWN]		= { .name = "the sandbox's namespace", .nsid = 1 },
	[SECOND]	= { .name = "the sandbox's second namespace", .nsid = 2 },
	[OUTSIDE]	= { .name = "init_net", .nsid = 3 },
};

/* Callers outside the sandbox are in this one. */
static struct netns home;

static void settle(const void *data)
{
	const struct target *t = data;

	if (t == &targets[OUTSIDE])
		return;
	sandbox_become_root(&box);
	if (t == &targets[OWN])
		CHECK(!setns(box.net_fd, CLONE_NEWNET), "setns: %m");
	else
		CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	/* Otherwise the sandbox's root would need a capability outside to look at it. */
	CHECK(!prctl(PR_SET_DUMPABLE, 1), "prctl(PR_SET_DUMPABLE): %m");
}

static int open_ns(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static void make_target(struct target *t)
{
	t->pid = start_child(settle, t);
	t->ns = (struct netns){ .fd = open_ns(t->pid) };
	CHECK(t->ns.fd >= 0, "open the namespace of a process: %m");
	t->id = netns_id(&t->ns);
	t->pidfd = syscall(SYS_pidfd_open, t->pid, 0);
	CHECK(t->pidfd >= 0, "pidfd_open: %m");
	netns_enter(&t->ns);
	t->sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(t->sock >= 0, "socket(AF_INET): %m");
	t->rtnl = rtnl_open(0);
	netns_leave();
}

static void assign_ids(const struct netns *ns)
{
	unsigned int i;

	netns_enter(ns);
	for (i = 0; i < TARGETS; i++)
		nsid_set(&targets[i].ns, targets[i].nsid);
	netns_leave();
}

static void make_targets(void)
{
	unsigned int i;

	need_netns();
	if (access("/proc/self/ns/user", F_OK))
		skip("no CONFIG_USER_NS");
	sandbox_make(&box);
	for (i = 0; i < TARGETS; i++)
		make_target(&targets[i]);
	netns_make(&home);
}

/*
 * Callers
 */

struct caller {
	const char *name;
	void (*become)(void);
	bool in_box;
};

static void stay_root(void)
{
}

static void become_box_root(void)
{
	sandbox_become_root(&box);
}

static void become_box_root_without_sys_admin(void)
{
	sandbox_become_root(&box);
	drop_cap(CAP_SYS_ADMIN);
}

static void become_box_root_without_net_admin(void)
{
	sandbox_become_root(&box);
	drop_cap(CAP_NET_ADMIN);
}

static const struct caller callers[] = {
	{ "root", stay_root, false },
	{ "a user", become_other_user, false },
	/* Has all capabilities in the sandbox, but none in its own user namespace. */
	{ "the sandbox's owner", become_user, false },
	{ "the sandbox's root", become_box_root, true },
	{ "the sandbox's root without CAP_SYS_ADMIN", become_box_root_without_sys_admin, true },
	{ "the sandbox's root without CAP_NET_ADMIN", become_box_root_without_net_admin, true },
};

/*
 * The loop
 */

/* Needs of a call */
enum {
	IN_TARGET	= 1,	/* a caller in the target, not in its own namespace */
	NEW_PEER	= 2,	/* a namespace without an id */
	A_DEVICE	= 4,	/* MOVED in the caller's namespace */
};

struct call {
	const char *name;
	int (*make)(const struct target *t);	/* returns 0 or an errno */
	unsigned int needs;
	/* A letter for each caller, see error_of() */
	const char *gives[TARGETS];
};

struct trial {
	const struct call *call;
	const struct target *target;
	const struct caller *caller;
	const struct netns *home;
	int error;
};

static struct {
	struct netns ns;
	pid_t pid;
} peer;

static int error_of(char letter)
{
	switch (letter) {
	case '.':
		return 0;
	case 'P':
		return EPERM;
	case 'A':
		return EACCES;
	case 'I':
		return EINVAL;
	case 'O':
		return EOPNOTSUPP;
	case 'S':
		return ESTALE;
	}
	fail("no errno has the letter %c", letter);
}

static const char *name_of(int error)
{
	return error ? strerrorname_np(error) : "success";
}

static void enter_new(const void *data)
{
	(void)data;
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
}

static void prepare(const struct trial *t)
{
	if (t->call->needs & NEW_PEER) {
		peer.pid = start_child(enter_new, NULL);
		peer.ns = (struct netns){ .fd = open_ns(peer.pid) };
		CHECK(peer.ns.fd >= 0, "open the namespace of a process: %m");
	}
	if (t->call->needs & A_DEVICE) {
		netns_enter(t->home);
		link_make(MOVED, "dummy");
		netns_leave();
	}
}

static void make(const void *data)
{
	const struct trial *t = data;
	int error;

	netns_enter(t->call->needs & IN_TARGET ? &t->target->ns : t->home);
	t->caller->become();
	error = t->call->make(t->target);
	CHECK(error == t->error, "%s, by %s, on %s: %s, not %s", t->call->name, t->caller->name,
	      t->target->name, name_of(error), name_of(t->error));
}

/* A call that was refused has changed nothing. */
static void clean_up(const struct trial *t)
{
	if (t->call->needs & NEW_PEER) {
		netns_enter(&t->target->ns);
		CHECK((nsid_get(&peer.ns) >= 0) == !t->error, "%s, by %s, on %s: the id is %d",
		      t->call->name, t->caller->name, t->target->name, nsid_get(&peer.ns));
		netns_leave();
		netns_drop(&peer.ns);
		kill_child(peer.pid);
	}
	if (t->call->needs & A_DEVICE) {
		netns_enter(t->error ? t->home : &t->target->ns);
		link_delete(MOVED);
		netns_leave();
	}
}

static void make_calls(const struct call *calls, unsigned int nr)
{
	unsigned int i, target, caller;

	for (i = 0; i < nr; i++)
		for (target = 0; target < TARGETS; target++)
			for (caller = 0; caller < ARRAY_SIZE(callers); caller++) {
				struct trial t = {
					.call = &calls[i],
					.target = &targets[target],
					.caller = &callers[caller],
					.home = callers[caller].in_box ? &targets[OWN].ns : &home,
					.error = error_of(calls[i].gives[target][caller]),
				};

				prepare(&t);
				in_child(make, &t);
				clean_up(&t);
			}
}

/*
 * Entering and opening a namespace
 */

static int error_in(int result)
{
	return result < 0 ? errno : 0;
}

static int enter_fd(const struct target *t)
{
	return error_in(setns(t->ns.fd, CLONE_NEWNET));
}

static int enter_pidfd(const struct target *t)
{
	return error_in(setns(t->pidfd, CLONE_NEWNET));
}

/* Nobody enters the user namespace that it is in. */
static int enter_pidfd_with_user(const struct target *t)
{
	return error_in(setns(t->pidfd, CLONE_NEWUSER | CLONE_NEWNET));
}

static int open_of_process(const struct target *t)
{
	return error_in(open_ns(t->pid));
}

static int open_of_pidfd(const struct target *t)
{
	return error_in(ioctl(t->pidfd, PIDFD_GET_NET_NAMESPACE, 0));
}

static int open_of_socket(const struct target *t)
{
	return error_in(ioctl(t->sock, SIOCGSKNS));
}

static int open_owner(const struct target *t)
{
	return error_in(ioctl(t->ns.fd, NS_GET_USERNS));
}

static int open_id(const struct target *t)
{
	int fd = ns_open_by_id(t->id);

	return fd < 0 ? -fd : 0;
}

/* The callers: root, a user, the owner, the sandbox's root, without SYS_, without NET_ADMIN */
static const struct call entering[] = {
	{ "setns() by a descriptor", enter_fd, 0, { ".PP.P.", ".PP.P.", ".PPPPP" } },
	{ "setns() by a pidfd", enter_pidfd, 0, { ".PP.P.", ".PP.P.", ".PPPPP" } },
	{ "setns() by a pidfd, also to the user namespace", enter_pidfd_with_user, 0,
	  { ".P.III", ".P.III", "IPPPPP" } },
	{ "opening /proc/PID/ns/net", open_of_process, 0, { ".A....", ".A....", ".AAAAA" } },
	{ "PIDFD_GET_NET_NAMESPACE", open_of_pidfd, 0, { ".A....", ".A....", ".AAAAA" } },
	{ "SIOCGSKNS", open_of_socket, 0, { ".P...P", ".P...P", ".PPPPP" } },
	{ "NS_GET_USERNS", open_owner, 0, { "......", "......", "...PPP" } },
	{ "open_by_handle_at()", open_id, 0, { ".SS...", ".SSSSS", ".SSSSS" } },
};

void entering_needs_capabilities(void)
{
	make_targets();
	make_calls(entering, ARRAY_SIZE(entering));
}

/*
 * Ids
 */

static int set_id(int sock, int attr, int value)
{
	int any = -1;
	struct rtnl msg;

	nsid_start(&msg, RTM_NEWNSID, attr, value);
	rtnl_put(&msg, NETNSA_NSID, &any, sizeof(any));
	return -rtnl_try(sock, &msg, NULL);
}

static int set_id_of_fd(const struct target *t)
{
	(void)t;
	return set_id(rtnl_open(0), NETNSA_FD, peer.ns.fd);
}

static int set_id_of_pid(const struct target *t)
{
	(void)t;
	return set_id(rtnl_open(0), NETNSA_PID, peer.pid);
}

static int set_id_on_socket_of_root(const struct target *t)
{
	return set_id(t->rtnl, NETNSA_FD, peer.ns.fd);
}

static int get_id(const struct target *t, int attr, int value)
{
	struct rtnl msg, reply;
	int err;

	nsid_start(&msg, RTM_GETNSID, attr, value);
	err = rtnl_ask(&msg, &reply);
	CHECK(err || nsid_of(&reply) == t->nsid, "%s has id %d, not %d", t->name,
	      nsid_of(&reply), t->nsid);
	return -err;
}

static int get_id_of_fd(const struct target *t)
{
	return get_id(t, NETNSA_FD, t->ns.fd);
}

static int get_id_of_pid(const struct target *t)
{
	return get_id(t, NETNSA_PID, t->pid);
}

static int get_id_in_target(const struct target *t)
{
	struct rtnl msg, reply;

	nsid_start(&msg, RTM_GETNSID, NETNSA_FD, t->ns.fd);
	rtnl_put(&msg, NETNSA_TARGET_NSID, &t->nsid, sizeof(t->nsid));
	return -rtnl_ask(&msg, &reply);
}

static int dump_ids_in_target(const struct target *t)
{
	struct rtnl msg;

	nsid_start(&msg, RTM_GETNSID, NETNSA_TARGET_NSID, t->nsid);
	return -rtnl_try_dump(&msg);
}

static const struct call ids[] = {
	{ "RTM_NEWNSID by a descriptor", set_id_of_fd, IN_TARGET | NEW_PEER,
	  { ".P...P", ".P...P", ".PPPPP" } },
	{ "RTM_NEWNSID by a pid", set_id_of_pid, IN_TARGET | NEW_PEER,
	  { ".P...P", ".P...P", ".PPPPP" } },
	{ "RTM_NEWNSID on a socket of root", set_id_on_socket_of_root, IN_TARGET | NEW_PEER,
	  { ".P...P", ".P...P", ".PPPPP" } },
	{ "RTM_GETNSID by a descriptor", get_id_of_fd, 0, { "......", "......", "......" } },
	{ "RTM_GETNSID by a pid", get_id_of_pid, 0, { "......", "......", "......" } },
	{ "RTM_GETNSID with NETNSA_TARGET_NSID", get_id_in_target, 0,
	  { ".A...A", ".A...A", ".AAAAA" } },
	{ "a dump of RTM_GETNSID with NETNSA_TARGET_NSID", dump_ids_in_target, 0,
	  { ".A...A", ".A...A", ".AAAAA" } },
};

void ids_need_capabilities(void)
{
	make_targets();
	assign_ids(&home);
	assign_ids(&targets[OWN].ns);
	make_calls(ids, ARRAY_SIZE(ids));
}

/*
 * Devices, addresses and sysctls
 */

static int move(int type, int attr, int value)
{
	struct ifinfomsg ifi = { .ifi_index = if_nametoindex(MOVED) };
	struct rtnl msg;

	CHECK(ifi.ifi_index, "no device " MOVED);
	rtnl_start(&msg, type, &ifi, sizeof(ifi));
	rtnl_put(&msg, attr, &value, sizeof(value));
	return -rtnl_ask(&msg, NULL);
}

static int move_to_fd(const struct target *t)
{
	return move(RTM_NEWLINK, IFLA_NET_NS_FD, t->ns.fd);
}

static int set_to_fd(const struct target *t)
{
	return move(RTM_SETLINK, IFLA_NET_NS_FD, t->ns.fd);
}

static int move_to_process(const struct target *t)
{
	return move(RTM_NEWLINK, IFLA_NET_NS_PID, t->pid);
}

static int move_to_id(const struct target *t)
{
	return move(RTM_NEWLINK, IFLA_TARGET_NETNSID, t->nsid);
}

static int make_peer(const struct target *t)
{
	int err = pair_try("veth", NEAR, t->ns.fd, FAR);

	if (!err)
		link_delete(NEAR);
	return -err;
}

/* A device in the target, or in the caller's namespace with a link to the target. */
static int make_device(const struct target *t, int attr)
{
	struct rtattr *info;
	struct rtnl msg;

	info = link_start(&msg, NEAR, "dummy");
	rtnl_nest_end(&msg, info);
	rtnl_put(&msg, attr, &t->nsid, sizeof(t->nsid));
	return -rtnl_ask(&msg, NULL);
}

static int make_device_with_link(const struct target *t)
{
	int err = make_device(t, IFLA_LINK_NETNSID);

	if (!err)
		link_delete(NEAR);
	return err;
}

/* A message about a device in the target */
static void start_there(struct rtnl *msg, int type, const struct target *t, const char *name)
{
	struct ifinfomsg ifi = { 0 };

	rtnl_start(msg, type, &ifi, sizeof(ifi));
	link_put_name(msg, name);
	rtnl_put(msg, IFLA_TARGET_NETNSID, &t->nsid, sizeof(t->nsid));
}

static int make_device_there(const struct target *t)
{
	int err = make_device(t, IFLA_TARGET_NETNSID);
	struct rtnl msg;

	if (!err) {
		start_there(&msg, RTM_DELLINK, t, NEAR);
		rtnl_talk(&msg, NULL);
	}
	return err;
}

/* Nobody deletes lo. */
static int delete_device(const struct target *t)
{
	struct rtnl msg;

	start_there(&msg, RTM_DELLINK, t, "lo");
	return -rtnl_ask(&msg, NULL);
}

static int show_device(const struct target *t)
{
	struct rtnl msg, reply;

	start_there(&msg, RTM_GETLINK, t, "lo");
	return -rtnl_ask(&msg, &reply);
}

static int dump_addresses(const struct target *t, int family)
{
	struct ifaddrmsg ifa = { .ifa_family = family };
	struct rtnl msg;

	rtnl_start(&msg, RTM_GETADDR, &ifa, sizeof(ifa));
	rtnl_put(&msg, IFA_TARGET_NETNSID, &t->nsid, sizeof(t->nsid));
	return -rtnl_try_dump(&msg);
}

static int dump_ipv4_addresses(const struct target *t)
{
	return dump_addresses(t, AF_INET);
}

static int dump_ipv6_addresses(const struct target *t)
{
	return dump_addresses(t, AF_INET6);
}

static int write_sysctl(const struct target *t)
{
	int fd = open(FORWARD, O_WRONLY | O_CLOEXEC);

	(void)t;
	if (fd < 0 || write(fd, "1", 1) != 1)
		return errno;
	CHECK(read_number(FORWARD) == 1, FORWARD " was written, but has not changed");
	CHECK(pwrite(fd, "0", 1, 0) == 1, "write to " FORWARD ": %m");
	close(fd);
	return 0;
}

static const struct call changes[] = {
	{ "RTM_NEWLINK with IFLA_NET_NS_FD", move_to_fd, A_DEVICE,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_SETLINK with IFLA_NET_NS_FD", set_to_fd, A_DEVICE,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_NEWLINK with IFLA_NET_NS_PID", move_to_process, A_DEVICE,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_NEWLINK with IFLA_TARGET_NETNSID", move_to_id, A_DEVICE,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_NEWLINK with IFLA_NET_NS_FD of a veth's peer", make_peer, 0,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_NEWLINK with IFLA_LINK_NETNSID", make_device_with_link, 0,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_NEWLINK with IFLA_TARGET_NETNSID of a new device", make_device_there, 0,
	  { ".PP..P", ".PP..P", ".PPPPP" } },
	{ "RTM_DELLINK with IFLA_TARGET_NETNSID", delete_device, 0,
	  { "OPPOOP", "OPPOOP", "OPPAAP" } },
	{ "a dump of RTM_GETADDR with IFA_TARGET_NETNSID, IPv4", dump_ipv4_addresses, 0,
	  { ".A...A", ".A...A", ".AAAAA" } },
	{ "a dump of RTM_GETADDR with IFA_TARGET_NETNSID, IPv6", dump_ipv6_addresses, 0,
	  { ".A...A", ".A...A", ".AAAAA" } },
	{ "RTM_GETLINK with IFLA_TARGET_NETNSID", show_device, 0,
	  { ".A...A", ".A...A", ".AAAAA" } },
	{ "writing " FORWARD, write_sysctl, IN_TARGET, { ".A...A", ".A...A", ".AAAAA" } },
};

void devices_and_sysctls_need_capabilities(void)
{
	make_targets();
	assign_ids(&home);
	assign_ids(&targets[OWN].ns);
	make_calls(changes, ARRAY_SIZE(changes));
	CHECK(!read_number(FORWARD), "init_net's " FORWARD " has changed");
}

/*
 * The view from a sandbox
 */

#define GONE_ID		100	/* and the next one, in init_net */
#define EVENT_ID	200	/* and the next one, in the sandbox's second namespace */

static unsigned int count_ids(void)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };

	return rtnl_dump(RTM_GETNSID, &gen, sizeof(gen));
}

static void next_is_new_id(int fd, int id)
{
	struct rtnl msg;

	waiting_for("RTM_NEWNSID with id %d", id);
	rtnl_recv(fd, &msg);
	CHECK(msg.nlh.nlmsg_type == RTM_NEWNSID && nsid_of(&msg) == id,
	      "message %d of id %d was received, not %d of id %d", msg.nlh.nlmsg_type,
	      nsid_of(&msg), RTM_NEWNSID, id);
}

/*
 * A listener can ask for the notifications of all namespaces that have an id in its own.
 * It needs CAP_NET_BROADCAST over them. Each event that it must not see is followed by
 * one that it sees.
 */
static void listen_inside(struct netns *gone, int outside)
{
	struct target *own = &targets[OWN], *second = &targets[SECOND], *out = &targets[OUTSIDE];
	int fd = rtnl_open(RTNLGRP_NSID), on = 1;

	CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)),
	      "NETLINK_LISTEN_ALL_NSID: %m");

	/* The second namespace has no id, and then has one. */
	netns_enter(&second->ns);
	nsid_set(&own->ns, EVENT_ID);
	netns_enter(&own->ns);
	nsid_set(&second->ns, second->nsid);
	next_is_new_id(fd, second->nsid);
	netns_enter(&second->ns);
	nsid_set(&out->ns, EVENT_ID + 1);
	netns_enter(&own->ns);
	next_is_new_id(fd, EVENT_ID + 1);

	/* init_net has no id, and then has one. */
	nsid_drop(&gone[0], outside, GONE_ID);
	nsid_set(&out->ns, out->nsid);
	next_is_new_id(fd, out->nsid);
	nsid_drop(&gone[1], outside, GONE_ID + 1);
	nsid_set(&own->ns, own->nsid);
	next_is_new_id(fd, own->nsid);
}

/* In a pid namespace with its own /proc */
static void see_processes(const void *data)
{
	const struct target *own = &targets[OWN], *out = &targets[OUTSIDE];
	char path[32];

	(void)data;
	CHECK(!mount("proc", "/proc", "proc", 0, NULL), "mount /proc: %m");
	CHECK(open_ns(1) >= 0, "open /proc/1/ns/net: %m");
	CHECK(!get_id(own, NETNSA_PID, 1), "RTM_GETNSID does not find a process inside");

	snprintf(path, sizeof(path), "/proc/%d", out->pid);
	CHECK(access(path, F_OK), "%s of a process outside is there", path);
	CHECK(get_id(out, NETNSA_PID, out->pid) == ESRCH, "RTM_GETNSID finds a process outside");
	CHECK(set_id(rtnl_open(0), NETNSA_PID, out->pid) == ESRCH,
	      "RTM_NEWNSID finds a process outside");
}

static void look_around(const void *data)
{
	int outside = rtnl_open(RTNLGRP_NSID), i;
	static struct ns_list list;
	struct netns gone[2];

	(void)data;
	for (i = 0; i < 2; i++) {
		netns_make(&gone[i]);
		nsid_set(&gone[i], GONE_ID + i);
	}
	netns_enter(&targets[OWN].ns);
	sandbox_become_root(&box);

	netns_list(&list);
	CHECK(list.count == 1 && list.ids[0] == targets[OWN].id,
	      "listns shows %u namespaces", list.count);
	CHECK(!count_ids(), "a dump shows %u ids, which were assigned outside", count_ids());
	listen_inside(gone, outside);
	CHECK(count_ids() == TARGETS, "a dump shows %u ids, not %d", count_ids(), TARGETS);

	if (access("/proc/self/ns/pid", F_OK))
		return;
	CHECK(!unshare(CLONE_NEWPID | CLONE_NEWNS), "unshare(CLONE_NEWPID | CLONE_NEWNS): %m");
	in_child(see_processes, NULL);
}

void sandbox_sees_nothing_outside(void)
{
	make_targets();
	in_child(look_around, NULL);
}
