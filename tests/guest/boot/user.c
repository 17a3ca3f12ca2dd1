// SPDX-License-Identifier: GPL-2.0
/* Processes without capabilities, and with those of a user namespace only. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define UID		1000
#define OTHER_UID	1001

/* In a child: a process cannot regain privileges that it dropped. */
void in_child(void (*run)(const void *data), const void *data)
{
	pid_t pid = fork();
	int status;

	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		run(data);
		_exit(EXIT_SUCCESS);
	}
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %m");
	CHECK(WIFEXITED(status), "a process was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status))
		_exit(WEXITSTATUS(status));
}

/* A child that has called @run, and waits to be killed. */
pid_t start_child(void (*run)(const void *data), const void *data)
{
	int ready[2];
	pid_t pid;
	char c;

	CHECK(!pipe(ready), "pipe: %m");
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		run(data);
		CHECK(write(ready[1], "", 1) == 1, "write to a pipe: %m");
		for (;;)
			pause();
	}
	close(ready[1]);
	/* A child that failed has reported why, and writes nothing. */
	if (read(ready[0], &c, 1) != 1)
		_exit(EXIT_FAILURE);
	close(ready[0]);
	return pid;
}

void kill_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void become(uid_t uid)
{
	CHECK(!setgroups(0, NULL), "setgroups: %m");
	CHECK(!setresgid(uid, uid, uid), "setresgid: %m");
	CHECK(!setresuid(uid, uid, uid), "setresuid: %m");
}

/* The owner of sandboxes: a user without capabilities, except in a sandbox. */
void become_user(void)
{
	become(UID);
}

/* A user without capabilities, and without a sandbox. */
void become_other_user(void)
{
	become(OTHER_UID);
}

/* Lose one of the capabilities, below 32. */
void drop_cap(int cap)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	CHECK(!syscall(SYS_capget, &head, caps), "capget: %m");
	caps[0].effective &= ~CAP_TO_MASK(cap);
	caps[0].permitted &= ~CAP_TO_MASK(cap);
	CHECK(!syscall(SYS_capset, &head, caps), "capset: %m");
}

static int open_of(pid_t pid, const char *type)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/%s", pid, type);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %m", path);
	return fd;
}

static void enter_new_sandbox(const void *data)
{
	(void)data;
	become_user();
	CHECK(!unshare(CLONE_NEWUSER | CLONE_NEWNET),
	      "unshare(CLONE_NEWUSER | CLONE_NEWNET): %m");
}

/* A user namespace owned by the user, which owns a network namespace. */
void sandbox_make(struct sandbox *box)
{
	pid_t pid = start_child(enter_new_sandbox, NULL);

	box->user_fd = open_of(pid, "user");
	box->net_fd = open_of(pid, "net");
	kill_child(pid);
}

/* All capabilities in the user namespace, none outside; still in init_net. */
void sandbox_become_root(const struct sandbox *box)
{
	become_user();
	CHECK(!setns(box->user_fd, CLONE_NEWUSER), "setns to a user namespace: %m");
}

/*
 * The user is root in the user namespace that the caller is in. Files belong to that
 * root if they are looked at for the first time from here on.
 */
void sandbox_map_root(void)
{
	char map[32];

	/* Otherwise root outside owns the files below /proc/self. */
	CHECK(!prctl(PR_SET_DUMPABLE, 1), "prctl(PR_SET_DUMPABLE): %m");
	snprintf(map, sizeof(map), "0 %d 1", UID);
	write_file("/proc/self/setgroups", "deny");
	write_file("/proc/self/uid_map", map);
	write_file("/proc/self/gid_map", map);
}
