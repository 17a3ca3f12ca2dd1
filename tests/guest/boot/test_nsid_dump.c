// SPDX-License-Identifier: GPL-2.0
/*
 * Dumps of ids, RTM_GETNSID with NLM_F_DUMP, that take several messages while other
 * ids come and go. The kernel's command line may say nsids=N.
 */
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define KEPT		300	/* more than the messages of two pages hold */
#define OTHERS		8
#define FIRST_ID	1000
#define TARGET_ID	5
#define OWN_ID		9	/* of one of them, in the namespace that asks */

/* One process requests changes, another one makes them. */
static struct {
	unsigned int wanted, made;
} *changes;

/* The namespaces whose ids stay, and how often a dump showed each id */
static unsigned int nr_kept, *shown;
static struct netns *kept;
/* The dump is of another namespace. */
static bool has_target;

/* Even ids stay. Odd ids, spread among them, come and go. */
static int kept_id(unsigned int i)
{
	return FIRST_ID + 2 * i;
}

static int other_id(unsigned int i)
{
	return FIRST_ID + 1 + 2 * (i * nr_kept / OTHERS);
}

static bool is_other(int id)
{
	return id >= FIRST_ID && id % 2;
}

static void wait_for_changes(unsigned int count)
{
	while (__atomic_load_n(&changes->made, __ATOMIC_ACQUIRE) < count)
		usleep(1000);
}

static void wait_for_request(unsigned int count)
{
	while (__atomic_load_n(&changes->wanted, __ATOMIC_ACQUIRE) < count)
		usleep(1000);
}

/* Returns when another process has changed the ids. */
static void let_ids_change(void)
{
	unsigned int count = changes->wanted + 1;

	waiting_for("change %u of the ids", count);
	__atomic_store_n(&changes->wanted, count, __ATOMIC_RELEASE);
	wait_for_changes(count);
}

static void made_a_change(unsigned int *count)
{
	__atomic_store_n(&changes->made, ++*count, __ATOMIC_RELEASE);
}

static void make_others(struct netns *others)
{
	unsigned int i;

	for (i = 0; i < OTHERS; i++) {
		netns_make(&others[i]);
		nsid_set(&others[i], other_id(i));
	}
}

static void drop_others(struct netns *others)
{
	int fd = rtnl_open(RTNLGRP_NSID);
	unsigned int i, left = OTHERS;
	struct rtnl msg;

	for (i = 0; i < OTHERS; i++)
		netns_drop(&others[i]);
	while (left) {
		rtnl_recv(fd, &msg);
		if (msg.nlh.nlmsg_type == RTM_DELNSID && is_other(nsid_of(&msg)))
			left--;
	}
	close(fd);
}

/* Runs until the end of the case, which kills it. */
static void change_ids(void)
{
	struct netns others[OTHERS];
	unsigned int count = 0;

	for (;;) {
		wait_for_request(count + 1);
		make_others(others);
		made_a_change(&count);
		wait_for_request(count + 1);
		drop_others(others);
		made_a_change(&count);
	}
}

static void start_changes(void)
{
	pid_t pid;

	changes = mmap(NULL, sizeof(*changes), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(changes != MAP_FAILED, "no memory to share");
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid)
		change_ids();
	let_ids_change();
}

/* In the namespace that the caller is in. */
static void make_kept(void)
{
	struct rlimit files;
	struct netns ns;
	unsigned int i;

	/* Namespaces of an earlier case may still hold these ids. */
	netns_make_when_left(0, &ns);
	netns_drop(&ns);

	nr_kept = number_asked_for("nsids", KEPT);
	files.rlim_cur = files.rlim_max = nr_kept + 100;
	CHECK(!setrlimit(RLIMIT_NOFILE, &files), "setrlimit(RLIMIT_NOFILE): %m");
	kept = calloc(nr_kept, sizeof(*kept));
	shown = calloc(nr_kept, sizeof(*shown));
	CHECK(kept && shown, "no memory for %u ids", nr_kept);
	for (i = 0; i < nr_kept; i++) {
		waiting_for("namespace %u and its id", i);
		netns_make(&kept[i]);
		nsid_set(&kept[i], kept_id(i));
	}
}

/* The id of the same namespace in the namespace that asks */
static void check_own_id(const struct rtnl *msg, unsigned int i)
{
	const int *id = rtnl_attr(msg, sizeof(struct rtgenmsg), NETNSA_CURRENT_NSID);
	int want = i ? NETNSA_NSID_NOT_ASSIGNED : OWN_ID;

	CHECK(!!id == has_target, "a dump %s a target shows %s own ids",
	      has_target ? "with" : "without", id ? "its" : "no");
	CHECK(!id || *id == want, "the own id of namespace %u is shown as %d, not %d", i, *id, want);
}

static void count_id(const struct rtnl *msg)
{
	int id = nsid_of(msg);
	unsigned int i = (id - FIRST_ID) / 2;

	CHECK(msg->nlh.nlmsg_type == RTM_NEWNSID, "a dump of ids holds message %d",
	      msg->nlh.nlmsg_type);
	if (id < FIRST_ID || is_other(id) || i >= nr_kept)
		return;
	check_own_id(msg, i);
	shown[i]++;
}

/* One datagram of a dump; false if it is the last one. */
static bool recv_ids(int fd)
{
	static struct rtnl reply;	/* a larger buffer would get more ids at once */
	const struct nlmsghdr *nlh = &reply.nlh;
	ssize_t left = recv(fd, &reply, sizeof(reply), MSG_TRUNC);
	int err;

	CHECK(left >= 0, "recv from rtnetlink: %m");
	CHECK(left <= (ssize_t)sizeof(reply), "rtnetlink sent %zd bytes at once", left);
	for (; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
		if (nlh->nlmsg_type == NLMSG_DONE) {
			memcpy(&err, NLMSG_DATA(nlh), sizeof(err));
			CHECK(!err, "the dump of ids ends with %s", strerror(-err));
			return false;
		}
		CHECK(nlh->nlmsg_type != NLMSG_ERROR, "rtnetlink refuses to dump ids");
		count_id((const struct rtnl *)nlh);
	}
	return true;
}

/* The kernel fills the next datagram after it has delivered the one before. */
static unsigned int dump_ids(int fd, struct rtnl *msg)
{
	unsigned int messages = 0;

	msg->nlh.nlmsg_flags |= NLM_F_DUMP;
	CHECK(send(fd, msg, msg->nlh.nlmsg_len, 0) >= 0, "send to rtnetlink: %m");
	do {
		let_ids_change();
		messages++;
	} while (recv_ids(fd));
	return messages;
}

static void check_shown(unsigned int messages)
{
	unsigned int i, missing = 0, repeated = 0;

	for (i = 0; i < nr_kept; i++) {
		missing += !shown[i];
		repeated += shown[i] > 1;
	}
	CHECK(!missing && !repeated,
	      "of %u ids the dump showed %u, %u of them more than once, in %u messages",
	      nr_kept, nr_kept - missing, repeated, messages);
	CHECK(messages > 2, "%u ids came in %u messages, too few for a change between them",
	      nr_kept, messages);
	note("nsid: %u ids dumped in %u messages", nr_kept, messages);
}

void nsid_dump_is_complete(void)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };
	struct rtnl msg;

	need_netns();
	make_kept();
	start_changes();
	rtnl_start(&msg, RTM_GETNSID, &gen, sizeof(gen));
	check_shown(dump_ids(rtnl_open(0), &msg));
}

/* Dump the ids of init_net from a namespace that has an id for init_net. */
void nsid_dump_of_target_is_complete(void)
{
	struct rtgenmsg gen = { .rtgen_family = AF_UNSPEC };
	int fd, strict = 1, target = TARGET_ID;
	struct netns from, init_net;
	struct rtnl msg;

	need_netns();
	make_kept();
	start_changes();
	netns_of_init(&init_net);
	netns_make(&from);
	netns_enter(&from);
	nsid_set(&init_net, target);
	nsid_set(&kept[0], OWN_ID);
	has_target = true;
	fd = rtnl_open(0);
	CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict)),
	      "NETLINK_GET_STRICT_CHK: %m");
	rtnl_start(&msg, RTM_GETNSID, &gen, sizeof(gen));
	rtnl_put(&msg, NETNSA_TARGET_NSID, &target, sizeof(target));
	check_shown(dump_ids(fd, &msg));
}
