// SPDX-License-Identifier: GPL-2.0
/*
 * A user can stop the cleanup of namespaces by a device, too. A write to a tun device holds a
 * reference to it until the buffer has been read. The cleanup of the device's namespace waits
 * for that reference, and later namespaces wait for that cleanup. Tasks that create, enter or
 * limit namespaces must not notice.
 */
#include <linux/if_tun.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define DEVICE		"held0"
#define WARNING		"/proc/sys/net/core/netdev_unregister_timeout_secs"
#define BEHIND		520	/* namespaces that die behind the one of the device */
#define CREATIONS	20
#define STOPS		10
#define ALARMS		20
#define ALARM_US	50000

struct held {
	struct stuck write;
	struct netns kept;
	char *warning;		/* after how many seconds the kernel warns of a held device */
};

/* Drops a namespace with a device that is held until release_device(), and others behind it. */
static void hold_device(struct held *held)
{
	struct netns ns;
	unsigned int i;

	need_netns();
	held->warning = read_file(WARNING);
	write_file(WARNING, "3600");
	netns_make_when_left(0, &held->kept);
	stuck_write_begin(&held->write, tun_open(DEVICE, IFF_TUN | IFF_NO_PI));
	netns_make(&ns);
	link_move(DEVICE, &ns);
	netns_drop(&ns);
	waiting_for("a namespace to be created");
	for (i = 0; i < BEHIND; i++)
		create_and_drop();
	/* None was torn down. ENOSPC does not wait for the cleanup. */
	netns_refused(BEHIND + 2);
}

static void release_device(struct held *held)
{
	struct netns ns;

	stuck_write_end(&held->write);
	netns_make_when_left(1, &ns);
	write_file(WARNING, held->warning);
}

void stuck_device_stops_no_creation(void)
{
	unsigned long before;
	struct held held;

	need_netns();
	before = creations_us(CREATIONS);
	hold_device(&held);
	creations_are_not_delayed(CREATIONS, before);
	entering_is_not_delayed(&held.kept);
	release_device(&held);
}

/*
 * A child that creates namespaces
 */

static pid_t start_creator(bool in_cgroup)
{
	pid_t pid = fork();

	CHECK(pid >= 0, "fork: %m");
	if (!pid && in_cgroup)
		walk_enter_cgroup(0);
	while (!pid)
		create_and_drop();
	return pid;
}

/* Sends @signal, and waits until it has stopped or ended the creator. */
static int signal_creator(pid_t pid, int signal)
{
	unsigned long start = now_ms();
	int status;

	waiting_for("signal %d to reach a process that creates namespaces", signal);
	CHECK(!kill(pid, signal), "kill: %m");
	CHECK(waitpid(pid, &status, WUNTRACED) == pid, "waitpid: %m");
	CHECK(now_ms() - start < STUCK_MS, "signal %d took %lu ms", signal, now_ms() - start);
	return status;
}

void stuck_device_lets_creator_stop(void)
{
	struct held held;
	int i, status;
	pid_t pid;

	hold_device(&held);
	pid = start_creator(false);
	for (i = 0; i < STOPS; i++) {
		pause_briefly();
		status = signal_creator(pid, SIGSTOP);
		CHECK(WIFSTOPPED(status), "the creator ended with status %d", status);
		CHECK(!kill(pid, SIGCONT), "kill: %m");
	}
	pause_briefly();
	signal_creator(pid, SIGTERM);
	release_device(&held);
}

void stuck_device_lets_creator_freeze(void)
{
	char *filesystems = read_file("/proc/filesystems");
	unsigned long start;
	struct held held;
	pid_t pid;
	int i;

	if (!strstr(filesystems, "\tcgroup2\n"))
		skip("no CONFIG_CGROUPS");
	hold_device(&held);
	walk_make_cgroups();
	pid = start_creator(true);
	for (i = 0; i < STOPS; i++) {
		pause_briefly();
		start = now_ms();
		walk_freeze(0, true);
		while (!walk_is_frozen(0)) {
			CHECK(now_ms() - start < STUCK_MS, "cgroup.freeze took %lu ms",
			      now_ms() - start);
			usleep(1000);
		}
		walk_freeze(0, false);
	}
	signal_creator(pid, SIGTERM);
	walk_remove_cgroups();
	release_device(&held);
}

static unsigned long last_alarm, longest_gap;
static volatile sig_atomic_t alarms;

static void on_alarm(int signal)
{
	unsigned long now = now_ms();

	(void)signal;
	if (now - last_alarm > longest_gap)
		longest_gap = now - last_alarm;
	last_alarm = now;
	alarms++;
}

void stuck_device_lets_creator_handle_signals(void)
{
	struct itimerval timer = {
		.it_interval.tv_usec = ALARM_US, .it_value.tv_usec = ALARM_US,
	};
	struct held held;

	hold_device(&held);
	signal(SIGALRM, on_alarm);
	last_alarm = now_ms();
	setitimer(ITIMER_REAL, &timer, NULL);
	waiting_for("a signal handler to run in a process that creates namespaces");
	while (alarms < ALARMS) {
		create_and_drop();
		CHECK(longest_gap < STUCK_MS, "the handler of a signal each %d ms ran after %lu ms",
		      ALARM_US / 1000, longest_gap);
	}
	timer.it_value.tv_usec = 0;
	setitimer(ITIMER_REAL, &timer, NULL);
	release_device(&held);
}
