// SPDX-License-Identifier: GPL-2.0
/* Making, entering, dropping and counting network namespaces. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define MAX_NAMESPACES	"/proc/sys/user/max_net_namespaces"

void need_netns(void)
{
	if (access("/proc/self/ns/net", F_OK))
		skip("no CONFIG_NET_NS");
}

ino_t netns_inode(const char *path)
{
	struct stat st;

	CHECK(!stat(path, &st), "stat %s: %m", path);
	return st.st_ino;
}

/* init_net */
void netns_of_init(struct netns *ns)
{
	*ns = (struct netns){ .fd = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC) };
	CHECK(ns->fd >= 0, "open /proc/1/ns/net: %m");
}

/* A namespace made by clone(), held by an open /proc/PID/ns/net. */
void netns_clone(struct netns *ns)
{
	char path[32];
	pid_t pid;

	pid = syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, NULL, NULL, NULL, 0);
	CHECK(pid >= 0, "clone(CLONE_NEWNET): %m");
	if (!pid)
		for (;;)
			pause();

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	*ns = (struct netns){ .fd = open(path, O_RDONLY | O_CLOEXEC) };
	CHECK(ns->fd >= 0, "open %s: %m", path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* A namespace made by unshare(), held by a bind mount, as ip-netns(8) does. */
int netns_unshare(struct netns *ns)
{
	static unsigned int nr;
	int fd;

	if (unshare(CLONE_NEWNET))
		return -errno;

	*ns = (struct netns){ .fd = -1 };
	snprintf(ns->mount, sizeof(ns->mount), "/netns-%d-%u", getpid(), nr++);
	fd = open(ns->mount, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	CHECK(fd >= 0, "create %s: %m", ns->mount);
	close(fd);
	CHECK(!mount("/proc/self/ns/net", ns->mount, NULL, MS_BIND, NULL),
	      "bind mount on %s: %m", ns->mount);
	netns_leave();
	return 0;
}

/*
 * A namespace made by unshare(), held by a descriptor. For many: a process less each
 * than netns_clone(), and a mount less than netns_unshare().
 */
void netns_make(struct netns *ns)
{
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	*ns = (struct netns){ .fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) };
	CHECK(ns->fd >= 0, "open /proc/self/ns/net: %m");
	netns_leave();
}

/* The caller's own descriptor, to be closed. */
int netns_open(const struct netns *ns)
{
	int fd = ns->mount[0] ? open(ns->mount, O_RDONLY | O_CLOEXEC) : dup(ns->fd);

	CHECK(fd >= 0, "open a namespace: %m");
	return fd;
}

void netns_enter(const struct netns *ns)
{
	int fd = netns_open(ns);

	CHECK(!setns(fd, CLONE_NEWNET), "setns: %m");
	close(fd);
}

/* Back to init_net. */
void netns_leave(void)
{
	struct netns init_net;

	netns_of_init(&init_net);
	CHECK(!setns(init_net.fd, CLONE_NEWNET), "setns to init_net: %m");
	close(init_net.fd);
}

/* Gives up the last reference: the kernel cleans up in its own time. */
void netns_drop(struct netns *ns)
{
	if (!ns->mount[0]) {
		close(ns->fd);
		return;
	}
	CHECK(!umount2(ns->mount, MNT_DETACH), "umount %s: %m", ns->mount);
	unlink(ns->mount);
}

/* How many namespaces may be counted. */
void netns_limit(unsigned int max)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", max);
	write_file(MAX_NAMESPACES, text);
}

/*
 * True, and makes @ns, if fewer than @max namespaces are counted. The count
 * is exact: one is charged before anything is set up, and given back at the
 * very end of cleanup.
 */
bool netns_fits(unsigned int max, struct netns *ns)
{
	int err;

	netns_limit(max);
	err = netns_unshare(ns);
	netns_limit(NO_LIMIT);
	CHECK(!err || err == -ENOSPC, "unshare(CLONE_NEWNET): error %d", -err);
	return !err;
}

/* Makes @ns as soon as no more than @count namespaces are left. */
void netns_make_when_left(unsigned int count, struct netns *ns)
{
	waiting_for("no more than %u namespaces to be left", count);
	while (!netns_fits(count + 1, ns))
		pause_briefly();
}
