// SPDX-License-Identifier: GPL-2.0
/* Steps of the random walk: namespaces are created, entered, held and dropped. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

/* include/uapi/linux/pidfd.h, which the build machine may lack */
#define GET_NET_NAMESPACE	_IO(0xFF, 4)

#define LIFE_US		200000	/* of a child, at most */
#define LIMIT_US	20000	/* of a low limit, at most */
#define NESTED		4	/* user namespaces, at most */

int walk_open_own(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static int open_of(pid_t pid)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int enter(int fd)
{
	return walk_result(setns(fd, CLONE_NEWNET));
}

int walk_unshare(const struct walk_choice *c)
{
	int err;

	err = walk_result(unshare(CLONE_NEWNET | (c->arg & 1 ? CLONE_NEWNS : 0)));
	return err ?: walk_keep(WALK_NETS, c->slot, walk_open_own());
}

/* The caller is root in its new user namespace. */
static int map_root(void)
{
	int err;

	err = walk_write("/proc/self/setgroups", "deny");
	err = err ?: walk_write("/proc/self/uid_map", "0 0 1");
	return err ?: walk_write("/proc/self/gid_map", "0 0 1");
}

/* A network namespace in each user namespace, or in the last only */
static int nest(const struct walk_choice *c)
{
	unsigned int depth = c->arg % NESTED;
	int err;

	err = map_root();
	while (!err && depth--) {
		err = walk_result(unshare(CLONE_NEWUSER |
					  (c->arg & 8 || !depth ? CLONE_NEWNET : 0)));
		err = err ?: map_root();
	}
	return err;
}

/* Reports the result on @fd, and lives on for a while. */
static void __noreturn live(const struct walk_choice *c, unsigned long flags, int fd)
{
	int err = flags & CLONE_NEWUSER ? nest(c) : 0;

	if (!err && c->arg & 16)
		walk_dummy(c);
	if (!err && c->arg & 32)
		walk_read_sysctl(c);
	if (write(fd, &err, sizeof(err)) == sizeof(err))
		usleep(c->arg % LIFE_US);
	_exit(EXIT_SUCCESS);
}

/* A child in new namespaces. Its network namespace is kept. */
static int clone_with(const struct walk_choice *c, unsigned long flags)
{
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid = fork_with(flags);
	err = walk_result(pid);
	if (!pid)
		live(c, flags, ends[1]);
	close(ends[1]);
	if (!err && read(ends[0], &err, sizeof(err)) != sizeof(err))
		err = -ESRCH;
	close(ends[0]);
	return err ?: walk_keep(WALK_NETS, c->slot, open_of(pid));
}

int walk_clone(const struct walk_choice *c)
{
	return clone_with(c, CLONE_NEWNET | (c->arg & 1 ? CLONE_NEWNS : 0) |
			     (c->arg & 2 ? CLONE_NEWPID : 0));
}

int walk_clone_user(const struct walk_choice *c)
{
	return clone_with(c, CLONE_NEWUSER | CLONE_NEWNET | (c->arg & 4 ? CLONE_NEWPID : 0));
}

/* Root may enter each namespace that is open. */
int walk_enter(const struct walk_choice *c)
{
	int fd = walk_fd(WALK_NETS, c->slot);
	int err = enter(fd);

	CHECK(!err || fd < 0, "setns to an open namespace: %m");
	return err;
}

int walk_enter_init(const struct walk_choice *c)
{
	(void)c;
	netns_leave();
	return 0;
}

static pid_t some_worker(const struct walk_choice *c)
{
	return walk->pids[c->other % WALK_WORKERS];
}

int walk_enter_by_proc(const struct walk_choice *c)
{
	int fd = open_of(some_worker(c));
	int err = walk_result(fd) ?: enter(fd);

	close(fd);
	return err;
}

static int open_pid(const struct walk_choice *c)
{
	return syscall(SYS_pidfd_open, some_worker(c), 0);
}

int walk_enter_by_pidfd(const struct walk_choice *c)
{
	int fd = open_pid(c);
	int err = walk_result(fd) ?: enter(fd);

	close(fd);
	return err;
}

int walk_open_by_pidfd(const struct walk_choice *c)
{
	int fd = open_pid(c);
	int err = walk_result(fd) ?:
		  walk_keep(WALK_NETS, c->slot, ioctl(fd, GET_NET_NAMESPACE, 0));

	close(fd);
	return err;
}

/* Any namespace of those that listns shows, which may be gone by now. */
int walk_open_by_id(const struct walk_choice *c)
{
	static struct ns_list list;
	int fd;

	netns_list(&list);
	fd = ns_open_by_id(list.ids[c->arg % list.count]);
	CHECK(fd >= 0 || fd == -ESTALE, "opening a namespace by its id: %s", strerror(-fd));
	return fd < 0 ? fd : walk_keep(WALK_NETS, c->slot, fd);
}

int walk_drop(const struct walk_choice *c)
{
	return walk_drop_fd(WALK_NETS, c->slot);
}

/* Where this worker mounts */
static const char *mount_point(const struct walk_choice *c)
{
	static char path[32];

	snprintf(path, sizeof(path), "/walk-%u-%u", walk_worker(), c->other);
	return path;
}

int walk_bind(const struct walk_choice *c)
{
	char source[32];
	int fd;

	fd = open(mount_point(c), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (fd >= 0)
		close(fd);
	snprintf(source, sizeof(source), "/proc/self/fd/%d", walk_fd(WALK_NETS, c->slot));
	return walk_result(mount(source, mount_point(c), NULL, MS_BIND, NULL));
}

int walk_unbind(const struct walk_choice *c)
{
	return walk_result(umount2(mount_point(c), MNT_DETACH));
}

/* A low limit for a while. A worker that is killed meanwhile leaves it to the next one. */
int walk_limit(const struct walk_choice *c)
{
	netns_limit(c->slot);
	usleep(c->arg % LIMIT_US);
	netns_limit(WALK_ROOM);
	return 0;
}
