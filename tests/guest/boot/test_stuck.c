// SPDX-License-Identifier: GPL-2.0
/*
 * A user can stop the cleanup of namespaces. A write to a sysctl uses it until the buffer has
 * been read, and the buffer can be a page that does not come. In the meantime, the cleanup
 * waits in the namespace of the sysctl. Other users must not notice.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define SYSCTL		"ipv4/ip_forward"
#define HELD_ID		300
#define CREATIONS	520
#define BEFORE		20

static int open_sysctl(void)
{
	int fd = sysctl_open(SYSCTL, O_WRONLY);

	CHECK(fd >= 0, "open " SYSCTL ": error %d", -fd);
	return fd;
}

/* A sysctl of @ns is in use until stuck_write_end(). */
static void use_sysctl(struct stuck *s, const struct netns *ns)
{
	int fd;

	netns_enter(ns);
	fd = open_sysctl();
	netns_leave();
	stuck_write_begin(s, fd);
}

static const struct kind {
	const char *name;
	int flag;
} kinds[] = {
	{ "mnt", CLONE_NEWNS },
	{ "uts", CLONE_NEWUTS },
	{ "pid", CLONE_NEWPID },
};

static void unshare_kind(const void *data)
{
	const struct kind *k = data;

	CHECK(!unshare(k->flag), "unshare() of a %s namespace: %m", k->name);
}

/*
 * Namespaces of the other kinds that the kernel has. Nothing here may wait for the cleanup,
 * which does not end before stuck_write_end(): the case would time out.
 */
static void create_other_kinds(void)
{
	const struct kind *k;
	char path[32];
	int status;
	pid_t pid;

	for (k = kinds; k < kinds + ARRAY_SIZE(kinds); k++) {
		snprintf(path, sizeof(path), "/proc/self/ns/%s", k->name);
		if (access(path, F_OK))
			continue;
		waiting_for("unshare() of a %s namespace, and exit", k->name);
		in_child(unshare_kind, k);
		waiting_for("clone() with a %s namespace, and exit", k->name);
		pid = fork_with(k->flag);
		CHECK(pid >= 0, "clone() with a %s namespace: %m", k->name);
		if (!pid)
			_exit(EXIT_SUCCESS);
		CHECK(waitpid(pid, &status, 0) == pid && !status, "waitpid: %m");
	}
}

void stuck_cleanup_stops_no_creation(void)
{
	struct netns kept, held, probe;
	unsigned long before;
	struct stuck s;

	need_netns();
	before = creations_us(BEFORE);
	netns_make_when_left(0, &kept);
	netns_make(&held);
	nsid_set(&held, HELD_ID);
	use_sysctl(&s, &held);
	nsid_drop(&held, rtnl_open(RTNLGRP_NSID), HELD_ID);
	create_other_kinds();
	creations_are_not_delayed(CREATIONS, before);

	/* None was torn down, since one before them is in use. */
	netns_refused(CREATIONS + 2);

	entering_is_not_delayed(&kept);
	stuck_write_end(&s);
	netns_make_when_left(1, &probe);
}

/*
 * In a child: a user without capabilities drops a namespace of a sandbox. A sysctl of it is in
 * use until the child is killed.
 */
static void user_stops_cleanup(const void *data)
{
	struct netns held;
	struct stuck s;
	int fd;

	(void)data;
	become_user();
	CHECK(!unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS), "unshare: %m");
	sandbox_map_root();
	fd = open_sysctl();
	netns_hold(&held);
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	stuck_write_begin(&s, fd);
	netns_drop(&held);
}

void stuck_cleanup_by_user_stops_no_creation(void)
{
	unsigned long before;
	struct netns probe;
	pid_t user;

	need_netns();
	before = creations_us(BEFORE);
	netns_make_when_left(0, &probe);
	netns_drop(&probe);
	CHECK(!chmod("/dev/fuse", 0666), "chmod: %m");
	user = start_child(user_stops_cleanup, NULL);
	creations_are_not_delayed(CREATIONS, before);
	netns_refused(CREATIONS);
	kill_child(user);
	netns_make_when_left(0, &probe);
}
