// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's /init: runs the cases, prints KTAP on the console and powers
 * the machine off. https://docs.kernel.org/dev-tools/ktap.html
 *
 * Each case runs in a child with a timeout, so that other cases run even if
 * one hangs or crashes.
 *
 * The kernel passes unknown parameters in the environment:
 *
 *   cases=SET[,SET]    cases to run in addition to cases.h: fixes, xarray,
 *                      fault, tracker, debug, coverage
 *   case_seconds=N     timeout of each case
 *   nsids=N            number of ids to dump
 *   stress=N           number of namespaces that the stress test creates
 *   sysctls=1          print each line that the sums over sysctls are made of
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

static unsigned int case_seconds = 60;

struct test_case {
	const char *name;
	void (*run)(void);
};

#define CASE(name) { #name, name },
static const struct test_case cases[] = {
#include "cases.h"
};

static const struct test_case fixes_cases[] = {
#include "fixes.h"
};

static const struct test_case xarray_cases[] = {
#include "xarray.h"
};

static const struct test_case fault_cases[] = {
#include "fault.h"
};

static const struct test_case tracker_cases[] = {
#include "tracker.h"
};

static const struct test_case debug_cases[] = {
#include "debug.h"
};

static const struct test_case coverage_cases[] = {
#include "coverage.h"
};
#undef CASE

/* In the order in which they run */
static const struct case_set {
	const char *name;
	const struct test_case *cases;
	unsigned int count;
} sets[] = {
	{ NULL, cases, ARRAY_SIZE(cases) },
	{ "fixes", fixes_cases, ARRAY_SIZE(fixes_cases) },
	{ "xarray", xarray_cases, ARRAY_SIZE(xarray_cases) },
	{ "fault", fault_cases, ARRAY_SIZE(fault_cases) },
	{ "tracker", tracker_cases, ARRAY_SIZE(tracker_cases) },
	{ "debug", debug_cases, ARRAY_SIZE(debug_cases) },
	{ "coverage", coverage_cases, ARRAY_SIZE(coverage_cases) },
};

#define FOR_EACH_SET(set)						\
	for (set = sets; set < sets + ARRAY_SIZE(sets); set++)		\
		if (is_wanted(set))

static bool is_wanted(const struct case_set *set)
{
	const char *wanted = getenv("cases");
	size_t len;

	if (!set->name)
		return true;
	len = strlen(set->name);
	while (wanted && *wanted) {
		size_t end = strcspn(wanted, ",");

		if (end == len && !strncmp(wanted, set->name, len))
			return true;
		wanted += end + (wanted[end] == ',');
	}
	return false;
}

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
	/* A case that failed may have left another limit. */
	if (!access("/proc/self/ns/net", F_OK))
		netns_limit(NO_LIMIT);
	tc->run();
	_exit(EXIT_SUCCESS);
}

/* True if @pid ended in time. Only then there is a status to wait for. */
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

	report_start();
	pid = fork();
	if (!pid)
		case_child(tc);
	if (pid < 0)
		return false;

	in_time = ends_within(pid, case_seconds);
	/* Also kill children of the case. They may be stuck in the kernel. */
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
	if (ends_within(pid, 5))
		waitpid(pid, status, 0);
	return in_time;
}

static void report(unsigned int nr, const char *name, bool in_time, int status)
{
	if (!in_time)
		ktap("not ok %u %s # TIMEOUT after %u s waiting for %s",
		     nr, name, case_seconds, report_reason());
	else if (WIFSIGNALED(status))
		ktap("not ok %u %s # killed by signal %d", nr, name, WTERMSIG(status));
	else if (WEXITSTATUS(status) == EXIT_SKIP)
		ktap("ok %u %s # SKIP %s", nr, name, report_reason());
	else if (WEXITSTATUS(status))
		ktap("not ok %u %s # %s", nr, name, report_reason());
	else
		ktap("ok %u %s", nr, name);
}

static void mount_all(void)
{
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("tracefs", "/sys/kernel/tracing");
	if (!access("/sys/kernel/debug", F_OK))
		mount_on("debugfs", "/sys/kernel/debug");
}

static unsigned int count_cases(void)
{
	const struct case_set *set;
	unsigned int count = 0;

	FOR_EACH_SET(set)
		count += set->count;
	return count;
}

static void run_set(const struct case_set *set, unsigned int *nr)
{
	unsigned int i;

	for (i = 0; i < set->count; i++) {
		int status = 0;
		bool in_time = run_case(&set->cases[i], &status);

		report(++*nr, set->cases[i].name, in_time, status);
	}
}

int main(void)
{
	const struct case_set *set;
	unsigned int nr = 0;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	report_init();
	mount_all();
	if (getenv("case_seconds"))
		case_seconds = atoi(getenv("case_seconds"));

	ktap("KTAP version 1");
	ktap("1..%u", count_cases());
	FOR_EACH_SET(set)
		run_set(set, &nr);

	reboot(RB_POWER_OFF);
	return EXIT_FAILURE;
}
