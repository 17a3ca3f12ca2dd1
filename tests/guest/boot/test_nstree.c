// SPDX-License-Identifier: GPL-2.0
/* Lookup of namespaces by id: ioctls of nsfs, listns(2), file handles. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#ifndef NS_GET_MNTNS_ID
#define NS_GET_MNTNS_ID		_IOR(NSIO, 5, uint64_t)
#endif
#ifndef NS_GET_PID_FROM_PIDNS
#define NS_GET_PID_FROM_PIDNS	_IOR(NSIO, 6, int)
#endif
#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE		71
#endif
#define NS_NO_SUCH		_IO(NSIO, 99)

#define IN_A_ROW	20
#define CREATORS	2
#define CREATED		150	/* by each: all of them may be in teardown at once */

static void wait_until_unlisted(uint64_t id)
{
	waiting_for("namespace %" PRIu64 " to leave the list", id);
	while (netns_is_listed(id))
		pause_briefly();
}

/* First, the last reference is a descriptor. Then, a descriptor outlives a mount. */
void listns_shows_namespace_until_last_reference(void)
{
	struct netns ns;
	uint64_t id;
	int fd;

	need_netns();
	netns_clone(&ns);
	id = netns_id(&ns);
	CHECK(netns_is_listed(id), "clone() returned, but namespace %" PRIu64 " is not listed", id);
	netns_drop(&ns);
	wait_until_unlisted(id);

	CHECK(!netns_unshare(&ns), "unshare(CLONE_NEWNET): %m");
	id = netns_id(&ns);
	CHECK(netns_is_listed(id), "unshare() returned, but namespace %" PRIu64 " is not listed", id);
	fd = netns_open(&ns);
	netns_drop(&ns);
	CHECK(netns_is_listed(id), "namespace %" PRIu64 " is open, but not listed", id);
	close(fd);
	wait_until_unlisted(id);
	fd = ns_open_by_id(id);
	CHECK(fd == -ESTALE, "opening a namespace that is gone: %s",
	      fd < 0 ? strerror(-fd) : "no error");
}

/* A namespace that only a socket refers to is not listed. SIOCGSKNS opens it again. */
void listns_shows_namespace_opened_by_its_socket(void)
{
	struct netns ns;
	int sock, fd;
	uint64_t id;

	need_netns();
	netns_clone(&ns);
	id = netns_id(&ns);
	netns_enter(&ns);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(sock >= 0, "socket(AF_INET): %m");
	netns_leave();
	netns_drop(&ns);
	wait_until_unlisted(id);

	fd = ioctl(sock, SIOCGSKNS);
	CHECK(fd >= 0, "SIOCGSKNS: %m");
	CHECK(ns_id(fd) == id, "the socket of namespace %" PRIu64 " is in %" PRIu64, id, ns_id(fd));
	CHECK(netns_is_listed(id), "namespace %" PRIu64 " is open again, but not listed", id);
	close(sock);
	CHECK(netns_is_listed(id), "namespace %" PRIu64 " is still open, but not listed", id);
	close(fd);
	wait_until_unlisted(id);
}

/* Each unshare() drops the namespace that the one before created. */
static pid_t start_creator(void)
{
	pid_t pid = fork();
	int i;

	CHECK(pid >= 0, "fork: %m");
	if (pid)
		return pid;
	for (i = 0; i < CREATED; i++)
		CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	_exit(EXIT_SUCCESS);
}

/* True if @id can be opened, and is set up. False if it is gone. */
static bool is_whole_or_gone(uint64_t id)
{
	int fd = ns_open_by_id(id);

	if (fd == -ESTALE)
		return false;
	CHECK(fd >= 0, "opening namespace %" PRIu64 " by its id: %s", id, strerror(-fd));
	CHECK(ns_id(fd) == id, "namespace %" PRIu64 " was requested, %" PRIu64 " was opened", id, ns_id(fd));
	CHECK(!setns(fd, CLONE_NEWNET), "setns to namespace %" PRIu64 ": %m", id);
	CHECK(if_nametoindex("lo") == 1, "namespace %" PRIu64 " has no loopback device", id);
	close(fd);
	return true;
}

/* Reaps the creators that have ended. Returns how many are left. */
static unsigned int creators_left(unsigned int left)
{
	int status;

	while (left && waitpid(-1, &status, WNOHANG) > 0) {
		if (status)
			_exit(EXIT_FAILURE);
		left--;
	}
	return left;
}

void listns_shows_no_part_of_a_namespace(void)
{
	unsigned int i, lists = 0, opened = 0, gone = 0, left = CREATORS;
	static struct ns_list list;

	need_netns();
	for (i = 0; i < CREATORS; i++)
		start_creator();
	while ((left = creators_left(left))) {
		waiting_for("%u processes that create namespaces", left);
		netns_list(&list);
		lists++;
		for (i = 0; i < list.count; i++) {
			if (is_whole_or_gone(list.ids[i]))
				opened++;
			else
				gone++;
		}
		netns_leave();
	}
	note("listns: %u lists, %u namespaces opened, %u gone", lists, opened, gone);
	/* init_net is in each list. */
	CHECK(opened > lists, "none of the created namespaces was opened");
}

void failed_creation_is_never_listed(void)
{
	static struct ns_list before, now;
	struct netns kept;
	int i, err;

	need_netns();
	netns_make_when_left(0, &kept);
	netns_list(&before);
	for (i = 0; i < IN_A_ROW; i++) {
		netns_limit(1);
		err = unshare(CLONE_NEWNET) ? errno : 0;
		netns_limit(NO_LIMIT);
		CHECK(err == ENOSPC, "unshare() at the limit of 1: %s", strerror(err));
		netns_list(&now);
		CHECK(now.count == before.count &&
		      !memcmp(now.ids, before.ids, now.count * sizeof(now.ids[0])),
		      "creation failed, but the list of listns has changed");
	}
}

/* Half of them by clone(), half by unshare(). */
void ns_ids_rise(void)
{
	struct netns ns[IN_A_ROW];
	uint64_t last = 0, id;
	int i;

	need_netns();
	for (i = 0; i < IN_A_ROW; i++) {
		if (i % 2)
			netns_clone(&ns[i]);
		else
			CHECK(!netns_unshare(&ns[i]), "unshare(CLONE_NEWNET): %m");
		id = netns_id(&ns[i]);
		CHECK(id > last, "namespace %d has id %" PRIu64 ", the one before has %" PRIu64, i, id, last);
		CHECK(id == netns_id(&ns[i]), "the id of namespace %" PRIu64 " has changed", id);
		last = id;
	}
}

static void cookie_is(uint64_t id)
{
	int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(uint64_t);
	uint64_t cookie;

	CHECK(sock >= 0, "socket(AF_INET): %m");
	CHECK(!getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len),
	      "SO_NETNS_COOKIE: %m");
	close(sock);
	CHECK(cookie == id, "a socket of namespace %" PRIu64 " has the cookie %" PRIu64, id, cookie);
}

void ns_id_is_cookie_of_sockets(void)
{
	struct netns init_net, ns;

	need_netns();
	netns_of_init(&init_net);
	cookie_is(netns_id(&init_net));
	netns_clone(&ns);
	netns_enter(&ns);
	cookie_is(netns_id(&ns));
}

/* The type and the inode of the namespace that owns the one of @fd */
static void owner_is(int fd, ino_t want)
{
	struct stat st;
	int owner;

	owner = ioctl(fd, NS_GET_USERNS);
	CHECK(owner >= 0, "NS_GET_USERNS: %m");
	CHECK(ioctl(owner, NS_GET_NSTYPE) == CLONE_NEWUSER, "the owner is no user namespace");
	CHECK(!fstat(owner, &st), "fstat of the owner: %m");
	CHECK(st.st_ino == want, "the owner has inode %lu, not %lu", st.st_ino, want);
	close(owner);
}

static void is_refused(int fd, unsigned long request, int want, const char *name)
{
	uint64_t arg = 0;
	int err;

	err = ioctl(fd, request, &arg) < 0 ? errno : 0;
	CHECK(err == want, "%s on a network namespace: %s", name, strerror(err));
}

static void owner_outside_is_refused(const void *data)
{
	sandbox_become_root(data);
	is_refused(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), NS_GET_USERNS, EPERM,
		   "NS_GET_USERNS from below the owner");
}

void nsfs_ioctls_know_network_namespaces(void)
{
	struct sandbox box;
	struct netns ns;
	struct stat st;

	need_netns();
	netns_clone(&ns);
	CHECK(ioctl(ns.fd, NS_GET_NSTYPE) == CLONE_NEWNET, "NS_GET_NSTYPE is not CLONE_NEWNET");
	owner_is(ns.fd, netns_inode("/proc/1/ns/user"));
	is_refused(ns.fd, NS_GET_PARENT, EINVAL, "NS_GET_PARENT");
	is_refused(ns.fd, NS_GET_OWNER_UID, EINVAL, "NS_GET_OWNER_UID");
	is_refused(ns.fd, NS_GET_MNTNS_ID, EINVAL, "NS_GET_MNTNS_ID");
	is_refused(ns.fd, NS_GET_PID_FROM_PIDNS, EINVAL, "NS_GET_PID_FROM_PIDNS");
	is_refused(ns.fd, NS_NO_SUCH, ENOTTY, "an unknown ioctl");

	sandbox_make(&box);
	CHECK(!fstat(box.user_fd, &st), "fstat of a user namespace: %m");
	owner_is(box.net_fd, st.st_ino);
	CHECK(ns_id(box.net_fd) > ns_id(ns.fd), "the id of a sandbox's namespace does not rise");
	in_child(owner_outside_is_refused, &box);
}
