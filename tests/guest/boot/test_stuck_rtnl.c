// SPDX-License-Identifier: GPL-2.0
/*
 * A task that holds RTNL delays the first mount of sysfs in a namespace. In the meantime, the
 * mount answers signals, and then it goes on. The task that holds RTNL reads a page that does
 * not come.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <linux/userfaultfd.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define DIR		"/stuck-sysfs"
#define LONGEST		5000	/* ms, for what takes a few */
#define A_MOMENT	200000	/* us, for a task to run and to wait */

/* <linux/mount.h> has these, and clashes with <sys/mount.h>. */
#ifndef FSCONFIG_CMD_CREATE
#define FSCONFIG_CMD_CREATE	6
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH	4
#endif

static int fault_fd, handled[2];
static char *pages;
static size_t size;

static void *set_flags(void *data)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_data = pages + size - sizeof(uint32_t) };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	(void)data;
	ioctl(sock, SIOCETHTOOL, &ifr);
	close(sock);
	return NULL;
}

static void hold_rtnl(pthread_t *holder)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct pollfd fault = { .events = POLLIN };

	size = sysconf(_SC_PAGESIZE);
	pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED, "mmap: %m");
	*(uint32_t *)(pages + size - sizeof(uint32_t)) = ETHTOOL_SFLAGS;
	fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	CHECK(fault_fd >= 0, "userfaultfd: %m");
	CHECK(!ioctl(fault_fd, UFFDIO_API, &api), "UFFDIO_API: %m");
	range.range.start = (unsigned long)pages + size;
	range.range.len = size;
	CHECK(!ioctl(fault_fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER: %m");
	errno = pthread_create(holder, NULL, set_flags, NULL);
	CHECK(!errno, "pthread_create: %m");
	fault.fd = fault_fd;
	waiting_for("RTNL to be held");
	CHECK(poll(&fault, 1, -1) == 1, "poll: %m");
}

static void release_rtnl(pthread_t holder)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)pages + size, .len = size },
	};

	CHECK(!ioctl(fault_fd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE: %m");
	pthread_join(holder, NULL);
}

static void on_signal(int signal)
{
	(void)signal;
	if (write(handled[1], "", 1) != 1)
		abort();
}

static void mount_old(void)
{
	CHECK(!mount("sysfs", DIR, "sysfs", 0, NULL), "mount: %m");
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
}

/* Its handler has no SA_RESTART: the kernel restarts the call nevertheless. */
static void mounts(void (*do_mount)(void))
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd readable = { .events = POLLIN };
	int status, ready[2];
	unsigned long start;
	pthread_t holder;
	pid_t pid;
	char c;

	need_netns();
	mkdir(DIR, 0755);
	CHECK(!pipe(handled) && !pipe(ready), "pipe: %m");
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		CHECK(!unshare(CLONE_NEWNET | CLONE_NEWNS), "unshare: %m");
		sigaction(SIGUSR1, &action, NULL);
		on_signal(0);
		CHECK(read(ready[0], &c, 1) == 1, "read: %m");
		do_mount();
		CHECK(sysfs_has(DIR, "lo"), "no lo");
		_exit(EXIT_SUCCESS);
	}
	CHECK(read(handled[0], &c, 1) == 1, "the namespace was not created");
	hold_rtnl(&holder);
	CHECK(write(ready[1], "", 1) == 1, "write: %m");
	usleep(A_MOMENT);

	start = now_ms();
	waiting_for("SIGSTOP");
	kill(pid, SIGSTOP);
	while (!waitpid(pid, &status, WUNTRACED | WNOHANG)) {
		if (now_ms() - start > LONGEST) {
			release_rtnl(holder);
			fail("SIGSTOP took more than %d ms", LONGEST);
		}
		usleep(1000);
	}
	CHECK(WIFSTOPPED(status), "ended with %x", status);
	kill(pid, SIGCONT);
	usleep(A_MOMENT);
	kill(pid, SIGUSR1);
	readable.fd = handled[0];
	CHECK(poll(&readable, 1, LONGEST) == 1, "the handler did not run");
	usleep(A_MOMENT);
	release_rtnl(holder);
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
