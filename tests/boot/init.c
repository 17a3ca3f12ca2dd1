// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's /init: runs the cases, prints KTAP on the console and powers
 * the machine off. https://docs.kernel.org/dev-tools/ktap.html
 *
 * A case runs in a child with a time limit, so that one which hangs or
 * crashes costs its own line and no other.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define CASE_SECONDS	60

struct test_case {
	const char *name;
	void (*run)(void);
};

static const struct test_case cases[] = {
#define CASE(name) { #name, name },
#include "cases.h"
#undef CASE
};

static void mount_on(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		ktap("# mount %s on %s: %m", type, dir);
}

static void __noreturn case_child(const struct test_case *tc)
{
	setpgid(0, 0);
	CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
	tc->run();
	_exit(EXIT_SUCCESS);
}

/* True if @pid ended in time; only then is there a status to wait for. */
static bool ends_within(pid_t pid, int seconds)
{
	struct pollfd pfd = { .events = POLLIN };
	int n;

	pfd.fd = syscall(SYS_pidfd_open, pid, 0);
	if (pfd.fd < 0)
		return false;
	n = poll(&pfd, 1, seconds * 1000);
	close(pfd.fd);
	return n == 1;
}

static bool run_case(const struct test_case *tc, int *status)
{
	bool in_time;
	pid_t pid;

	waiting_for("its end");
	pid = fork();
	if (!pid)
		case_child(tc);
	if (pid < 0)
		return false;

	in_time = ends_within(pid, CASE_SECONDS);
	/* Also what the case has forked; it may be stuck in the kernel. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	if (ends_within(pid, 5))
		waitpid(pid, status, 0);
	return in_time;
}

static void report(int nr, const char *name, bool in_time, int status)
{
	if (!in_time)
		ktap("not ok %d %s # TIMEOUT after %d s waiting for %s",
		     nr, name, CASE_SECONDS, report_reason());
	else if (WIFSIGNALED(status))
		ktap("not ok %d %s # killed by signal %d", nr, name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == EXIT_SKIP)
		ktap("ok %d %s # SKIP %s", nr, name, report_reason());
	else if (WEXITSTATUS(status))
		ktap("not ok %d %s # %s", nr, name, report_reason());
	else
		ktap("ok %d %s", nr, name);
}

int main(void)
{
	unsigned int i;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	report_init();
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("tracefs", "/sys/kernel/tracing");

	ktap("KTAP version 1");
	ktap("1..%zu", ARRAY_SIZE(cases));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		int status = 0;
		bool in_time = run_case(&cases[i], &status);

		report(i + 1, cases[i].name, in_time, status);
	}

	reboot(RB_POWER_OFF);
	return EXIT_FAILURE;
}
