// SPDX-License-Identifier: GPL-2.0
/*
 * References to a namespace in debugfs: a symlink for counted references and one for uncounted
 * ones. See lib/ref_tracker.c.
 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

static const char strong[] = "refcnt", uncounted[] = "notrefcnt";

static void need_tracker(void)
{
	need_netns();
	if (access(TRACKER, F_OK))
		skip("no CONFIG_NET_NS_REFCNT_TRACKER");
}

/* The link's name has the id and the inode. */
static const char *link_of(int fd, const char *kind)
{
	static char path[PATH_MAX];
	char self[32];

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	snprintf(path, sizeof(path), TRACKER "netns-%" PRIx64 "-%lu-%s", ns_id(fd),
		 (unsigned long)netns_inode(self), kind);
	return path;
}

static bool names(int fd, const char *kind, const char *function)
{
	char *text = read_file(link_of(fd, kind));
	bool found = strstr(text, function);

	free(text);
	return found;
}

static void is_shown(const struct netns *ns)
{
	CHECK(!access(link_of(ns->fd, strong), R_OK), "%s: %m", link_of(ns->fd, strong));
	CHECK(!access(link_of(ns->fd, uncounted), R_OK), "%s: %m", link_of(ns->fd, uncounted));
	free(read_file(link_of(ns->fd, strong)));
	free(read_file(link_of(ns->fd, uncounted)));
}

void tracker_shows_each_namespace(void)
{
	struct netns init_net, ns[3];
	unsigned int i;

	need_tracker();
	netns_of_init(&init_net);
	is_shown(&init_net);
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		netns_clone(&ns[i]);
	for (i = 0; i < ARRAY_SIZE(ns); i++)
		is_shown(&ns[i]);
}

/* The stack trace of the reference names @function, which creates such a socket. */
static void socket_is_named(const struct netns *ns, int family, int type, const char *function)
{
	int sock;

	CHECK(!names(ns->fd, strong, function), "%s is named before the socket exists", function);
	netns_enter(ns);
	sock = socket(family, type | SOCK_CLOEXEC, 0);
	CHECK(sock >= 0, "socket(%d, %d): %m", family, type);
	netns_leave();
	CHECK(names(ns->fd, strong, "sk_alloc+") && names(ns->fd, strong, function),
	      "a socket holds the namespace, but %s is not named", function);
	CHECK(!names(ns->fd, uncounted, "sys_socket+"), "a socket has an uncounted reference");
	close(sock);
	waiting_for("%s to be named no longer", function);
	while (names(ns->fd, strong, function))
		pause_briefly();
}

void tracker_names_strong_holders(void)
{
	struct netns ns;

	need_tracker();
	netns_clone(&ns);
	socket_is_named(&ns, AF_NETLINK, SOCK_RAW, "netlink_create+");
	socket_is_named(&ns, AF_INET, SOCK_STREAM, "inet_create+");
	socket_is_named(&ns, AF_INET6, SOCK_DGRAM, "inet6_create+");
}

/* The kernel's own sockets must not keep the namespace alive. */
void tracker_names_uncounted_holders(void)
{
	struct netns ns;

	need_tracker();
	netns_clone(&ns);
	CHECK(names(ns.fd, uncounted, "sk_alloc+") && names(ns.fd, uncounted, "__netlink_kernel_create+"),
	      "the kernel's netlink sockets have no uncounted references");
	CHECK(!names(ns.fd, strong, "__netlink_kernel_create+"),
	      "the kernel's netlink sockets have counted references");
}

/* The target of the link, to be freed. */
static char *file_of(const char *link)
{
	char path[PATH_MAX] = TRACKER;
	ssize_t len;

	len = readlink(link, path + strlen(TRACKER), PATH_MAX - strlen(TRACKER) - 1);
	CHECK(len > 0, "readlink %s: %m", link);
	return strdup(path);
}

static void wait_until_gone(const char *path)
{
	waiting_for("%s to be removed", path);
	while (!access(path, F_OK))
		pause_briefly();
}

void tracker_entries_go_with_namespace(void)
{
	char *links[2], *files[2], c;
	struct netns ns;
	unsigned int i;

	need_tracker();
	netns_clone(&ns);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		links[i] = strdup(link_of(ns.fd, i ? uncounted : strong));
		files[i] = file_of(links[i]);
		CHECK(!access(files[i], F_OK), "%s is a dangling link", links[i]);
	}
	netns_drop(&ns);
	for (i = 0; i < ARRAY_SIZE(links); i++) {
		wait_until_gone(files[i]);
		/* access() follows the link, and would fail without the file. */
		waiting_for("%s to be removed", links[i]);
		while (readlink(links[i], &c, 1) >= 0)
			pause_briefly();
	}
}
