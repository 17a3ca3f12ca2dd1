// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's /init: runs the cases by the kernel's kselftest_harness.h, which prints TAP
 * on the console, and powers the machine off.
 *
 * The harness runs each case in a child with a timeout, so that other cases run even if
 * one hangs or crashes.
 *
 * The kernel passes unknown parameters in the environment:
 *
 *   cases=SET[,SET]    cases to run in addition to cases.h: fixes, xarray,
 *                      stuck, fault, tracker, lockdep, wireguard, walk, each,
 *                      debug, coverage
 *   case_seconds=N     timeout of each case
 *   stress=N           number of namespaces that the stress test creates
 *   sysctls=1          print each line that the sums over sysctls are made of
 *   walk_seconds=N     duration of the random walk
 *   walk_seed=N        the seed of the walk to replay, which the walk printed
 *   walk_trace=1       print each step of the walk
 *   walk_fail=1        let allocations of the walk fail, if the kernel has CONFIG_FAILSLAB
 *   walk_families=1    also use the families of sockets and the tunnels of
 *                      configs/families.config
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define TH_LOG_STREAM	stdout
#include <kselftest_harness.h>

#define CASE_SECONDS	180

static void set_up(struct __test_metadata *t)
{
	report_to(t->results->reason, &t->exit_code);
	CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
	/* A case that failed may have left another limit. */
	if (!access("/proc/self/ns/net", F_OK))
		netns_limit(NO_LIMIT);
}

/*
 * In the parent of the case's process, when that has ended. On a timeout, the harness has
 * killed both. Without a result so far, the case has passed or crashed, and what it waited
 * for is no reason.
 */
static void tear_down(struct __test_metadata *t)
{
	/* Kill children of the case, which are in the group of this process. */
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
	signal(SIGTERM, SIG_DFL);
	if (!t->exit_code)
		t->results->reason[0] = '\0';
}

#define DEFINE_SET(set)							\
	FIXTURE(set) {};						\
	FIXTURE_SETUP(set) { set_up(_metadata); }			\
	FIXTURE_TEARDOWN_PARENT(set) { tear_down(_metadata); }

#define CASE(name)	TEST_F(SET, name) { name(); }

/* In the order in which they run */
DEFINE_SET(cases)
#define SET	cases
#include "cases.h"
#undef SET

DEFINE_SET(fixes)
#define SET	fixes
#include "fixes.h"
#undef SET

DEFINE_SET(xarray)
#define SET	xarray
#include "xarray.h"
#undef SET

DEFINE_SET(stuck)
#define SET	stuck
#include "stuck.h"
#undef SET

DEFINE_SET(fault)
#define SET	fault
#include "fault.h"
#undef SET

DEFINE_SET(tracker)
#define SET	tracker
#include "tracker.h"
#undef SET

DEFINE_SET(lockdep)
#define SET	lockdep
#include "lockdep.h"
#undef SET

DEFINE_SET(wireguard)
#define SET	wireguard
#include "wireguard.h"
#undef SET

DEFINE_SET(walk)
#define SET	walk
#include "walk.h"
#undef SET

DEFINE_SET(each)
#define SET	each
#include "each.h"
#undef SET

DEFINE_SET(debug)
#define SET	debug
#include "debug.h"
#undef SET

DEFINE_SET(coverage)
#define SET	coverage
#include "coverage.h"
#undef SET

static void mount_on(const char *type, const char *dir)
{
	mkdir(dir, 0755);
	if (mount(type, dir, type, 0, NULL) && errno != EBUSY)
		ktap("# mount %s on %s: %m", type, dir);
}

static void mount_all(void)
{
	mount_on("proc", "/proc");
	mount_on("sysfs", "/sys");
	mount_on("tracefs", "/sys/kernel/tracing");
	if (!access("/sys/kernel/debug", F_OK))
		mount_on("debugfs", "/sys/kernel/debug");
}

/* Run only the cases that "only" names, or the first set and those that "cases" names. */
static int run_cases(void)
{
	char *argv[32] = { "init", "-f", "cases" };
	struct __fixture_metadata *f;
	struct __test_metadata *t;
	char *only = getenv("only"), *wanted = only ?: getenv("cases");
	unsigned int argc = only ? 1 : 3;

	while (wanted && argc + 2 < ARRAY_SIZE(argv)) {
		argv[argc++] = only ? "-t" : "-f";
		argv[argc++] = strsep(&wanted, ",");
	}
	for (f = __fixture_list; f; f = f->next)
		for (t = f->tests; t; t = t->next)
			t->timeout = number_asked_for("case_seconds", CASE_SECONDS) +
				     (strcmp(f->name, "walk") ? 0 : walk_seconds());
	return test_harness_run(argc, argv);
}

int main(void)
{
	pid_t harness;

	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
	report_init();
	mount_all();

	/* The harness exits, which init must not. */
	harness = fork();
	if (!harness)
		return run_cases();
	while (wait(NULL) != harness)
		;
	reboot(RB_POWER_OFF);
	return EXIT_FAILURE;
}
