// SPDX-License-Identifier: GPL-2.0
/*
 * A task that holds RTNL delays the first mount of sysfs in a namespace, and no other. In the
 * meantime, the mount answers signals, and then it goes on. Lookups of sysctls and ids are not
 * delayed. The task that holds RTNL reads a page that does not come.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define DIR		"/stuck-sysfs"
#define SECOND_DIR	"/stuck-sysfs-2"
#define PEER_ID		300
#define A_MOMENT	200000	/* us, for a task to run and to wait */

/* <linux/mount.h> has these, and clashes with <sys/mount.h>. */
#ifndef FSCONFIG_CMD_CREATE
#define FSCONFIG_CMD_CREATE	6
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH	4
#endif

static int handled[2];

static void on_signal(int signal)
{
	(void)signal;
	if (write(handled[1], "", 1) != 1)
		abort();
}

/* Its handler has no SA_RESTART: the kernel restarts the call nevertheless. */
static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGUSR1, &action, NULL);
}

static void mount_on(const char *dir)
{
	CHECK(!mount("sysfs", dir, "sysfs", 0, NULL), "mount: %m");
	CHECK(sysfs_has(dir, "lo"), "no lo");
}

static void mount_old(void)
{
	mount_on(DIR);
}

static void mount_second(void)
{
	mount_on(SECOND_DIR);
}

static void mount_new(void)
{
	int fs = syscall(SYS_fsopen, "sysfs", 0), mnt;

	CHECK(fs >= 0, "fsopen: %m");
	CHECK(!syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0), "fsconfig: %m");
	mnt = syscall(SYS_fsmount, fs, 0, 0);
	CHECK(mnt >= 0, "fsmount: %m");
	CHECK(!syscall(SYS_move_mount, mnt, "", AT_FDCWD, DIR,
		       MOVE_MOUNT_F_EMPTY_PATH), "move_mount: %m");
	CHECK(sysfs_has(DIR, "lo"), "no lo");
}

static struct netns peers[2];

static void make_peers(void)
{
	netns_make(&peers[0]);
	netns_make(&peers[1]);
	nsid_set(&peers[0], PEER_ID);
}

/* Nothing has looked up a sysctl of this namespace before. */
static void look_up(void)
{
	int fd = sysctl_open("ipv4/conf/lo/forwarding", O_RDONLY);

	CHECK(fd >= 0, "open a sysctl: error %d", -fd);
	close(fd);
	fd = sysctl_open("ipv6/neigh/lo", O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0, "open a directory of sysctls: error %d", -fd);
	close(fd);
	CHECK(nsid_get(&peers[0]) == PEER_ID, "RTM_GETNSID gave another id");
	nsid_set(&peers[1], PEER_ID + 1);
}

/* A child that runs @first in a new namespace, and @then when @holder holds RTNL */
static pid_t child_beside(struct stuck *holder, void (*first)(void), void (*then)(void))
{
	int ready[2];
	pid_t pid;
	char c;

	need_netns();
	mkdir(DIR, 0755);
	mkdir(SECOND_DIR, 0755);
	CHECK(!pipe(handled) && !pipe(ready), "pipe: %m");
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		CHECK(!unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare: %m");
		first();
		on_signal(0);
		CHECK(read(ready[0], &c, 1) == 1, "read: %m");
		then();
		_exit(EXIT_SUCCESS);
	}
	CHECK(read(handled[0], &c, 1) == 1, "the child failed");
	stuck_rtnl_begin(holder);
	CHECK(write(ready[1], "", 1) == 1, "write: %m");
	return pid;
}

static void mounts(void (*do_mount)(void))
{
	struct pollfd readable = { .events = POLLIN };
	struct stuck holder;
	unsigned long start;
	int status;
	pid_t pid;

	pid = child_beside(&holder, handle_signals, do_mount);
	usleep(A_MOMENT);

	/* Without a deferred lo, the mount takes no RTNL. */
	if (waitpid(pid, &status, WNOHANG) == pid) {
		stuck_end(&holder);
		CHECK(!status, "the mount ended with status %x", status);
		return;
	}

	start = now_ms();
	waiting_for("SIGSTOP");
	kill(pid, SIGSTOP);
	while (!waitpid(pid, &status, WUNTRACED | WNOHANG)) {
		if (now_ms() - start > STUCK_MS) {
			stuck_end(&holder);
			fail("SIGSTOP took more than %d ms", STUCK_MS);
		}
		usleep(1000);
	}
	CHECK(WIFSTOPPED(status), "ended with %x", status);
	kill(pid, SIGCONT);
	usleep(A_MOMENT);
	kill(pid, SIGUSR1);
	readable.fd = handled[0];
	CHECK(poll(&readable, 1, STUCK_MS) == 1, "the handler did not run");
	usleep(A_MOMENT);
	stuck_end(&holder);
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %m");
	CHECK(!status, "the mount ended with status %x", status);
}

void stuck_rtnl_lets_mount_answer_signals(void)
{
	mounts(mount_old);
}

void stuck_rtnl_lets_fsopen_answer_signals(void)
{
	mounts(mount_new);
}

/* While another task holds RTNL, @then does not wait for it. */
static void is_not_delayed(const char *what, void (*first)(void), void (*then)(void))
{
	struct stuck holder;
	unsigned long start;
	pid_t pid, ended;
	int status;

	pid = child_beside(&holder, first, then);
	start = now_ms();
	while (!(ended = waitpid(pid, &status, WNOHANG)) && now_ms() - start < STUCK_MS)
		usleep(1000);
	stuck_end(&holder);
	CHECK(ended == pid, "%s waits for RTNL", what);
	CHECK(!status, "%s ended with status %x", what, status);
}

void stuck_rtnl_does_not_delay_second_mount(void)
{
	is_not_delayed("a second mount of sysfs", mount_old, mount_second);
}

void stuck_rtnl_does_not_delay_lookups(void)
{
	is_not_delayed("a lookup", make_peers, look_up);
}
