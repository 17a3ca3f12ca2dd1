// SPDX-License-Identifier: GPL-2.0
/* Creating, entering, dropping and counting network namespaces. */
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
#define AT_ONCE		1000	/* ms, for an unshare() that fails */

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

/* fork() with CLONE_ @flags. The first two arguments of the system call depend on the machine. */
pid_t fork_with(int flags)
{
#ifdef __s390__
	return syscall(SYS_clone, NULL, flags | SIGCHLD, NULL, NULL, 0);
#else
	return syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0);
#endif
}

/* A namespace created by clone(), held by an open /proc/PID/ns/net. */
void netns_clone(struct netns *ns)
{
	char path[32];
	pid_t pid;

	pid = fork_with(CLONE_NEWNET);
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

/* A namespace created by unshare(), held by a bind mount as by ip-netns(8). */
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

/* The namespace of the caller */
void netns_hold(struct netns *ns)
{
	*ns = (struct netns){ .fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC) };
	CHECK(ns->fd >= 0, "open /proc/self/ns/net: %m");
}

/*
 * A namespace created by unshare(), held by a descriptor. For many namespaces: needs no
 * process, unlike netns_clone(), and no mount, unlike netns_unshare().
 */
void netns_make(struct netns *ns)
{
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	netns_hold(ns);
	netns_leave();
}

/* A new descriptor. The caller closes it. */
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

/* Return to init_net. */
void netns_leave(void)
{
	struct netns init_net;

	netns_of_init(&init_net);
	CHECK(!setns(init_net.fd, CLONE_NEWNET), "setns to init_net: %m");
	close(init_net.fd);
}

/* Drops the last reference. The kernel tears the namespace down asynchronously. */
void netns_drop(struct netns *ns)
{
	if (!ns->mount[0]) {
		close(ns->fd);
		return;
	}
	CHECK(!umount2(ns->mount, MNT_DETACH), "umount %s: %m", ns->mount);
	unlink(ns->mount);
}

/* The limit on the number of namespaces. */
void netns_limit(unsigned int max)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", max);
	write_file(MAX_NAMESPACES, text);
}

/*
 * Creates @ns and returns true if fewer than @max namespaces are counted. The
 * count is exact: it is charged before setup, and released at the end of
 * cleanup.
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

/* At least @max namespaces are counted: at a limit of @max, no other is created. */
void netns_refused(unsigned int max)
{
	unsigned long ms, start = now_ms();
	struct netns ns;

	CHECK(!netns_fits(max, &ns), "a namespace was created at the limit of %u", max);
	ms = now_ms() - start;
	CHECK(ms < AT_ONCE, "ENOSPC took %lu ms", ms);
}

/* Creates @ns as soon as at most @count namespaces are left. */
void netns_make_when_left(unsigned int count, struct netns *ns)
{
	waiting_for("no more than %u namespaces to be left", count);
	while (!netns_fits(count + 1, ns))
		pause_briefly();
}
