// SPDX-License-Identifier: GPL-2.0
/*
 * Subsystems are set up before devices, and cleaned up after them. Tested with
 * kprobes on one of each, and on the veth that is deleted with its namespace.
 *
 * Tables of sysctls are made by the first lookup. Tested with a kprobe on the
 * function that makes one.
 */
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"

#define TRACING		"/sys/kernel/tracing/"
#define VETH_HOME	"veth-home"	/* in init_net */
#define VETH_AWAY	"veth-away"	/* in the namespace */
#define ADAPT		"devinet_sysctl_adapt"

/* Called through pointers, so never inlined. */
static const char * const probed[] = {
	"devinet_init_net",		/* subsystem, setup */
	"loopback_net_init",		/* device, setup */
	"default_device_exit_batch",	/* device, cleanup */
	"veth_dellink",
	"devinet_exit_net",		/* subsystem, cleanup */
};

struct event {
	char name[32];		/* the function */
	int pid;
	unsigned long arg;	/* its first argument, mostly a struct net */
};

static void truncate_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	CHECK(fd >= 0, "open %s: %m", path);
	close(fd);
}

static void trace_stop(void)
{
	write_file(TRACING "events/netns/enable", "0");
	truncate_file(TRACING "kprobe_events");
	truncate_file(TRACING "trace");
}

static void trace_start(void)
{
	char probe[128];
	unsigned int i;

	/* An earlier case that failed may have left its probes. */
	if (!access(TRACING "events/netns", F_OK))
		trace_stop();
	for (i = 0; i < ARRAY_SIZE(probed); i++) {
		snprintf(probe, sizeof(probe), "p:netns/%s %s arg=$arg1",
			 probed[i], probed[i]);
		write_file(TRACING "kprobe_events", probe);
	}
	write_file(TRACING "events/netns/enable", "1");
}

/* "  comm-12  [000] .....  1.5: veth_dellink: (veth_dellink+0x0/0x80) arg=0xff" */
static bool parse_event(const char *line, struct event *ev)
{
	const char *cpu = strstr(line, " ["), *name = strstr(line, ": ");
	const char *arg = strstr(line, "arg=");

	if (line[0] == '#' || !cpu || !name || !arg)
		return false;
	/* The name of a task may have any character. The pid is last. */
	while (cpu > line && *cpu != '-')
		cpu--;
	ev->pid = atoi(cpu + 1);
	ev->arg = strtoul(arg + strlen("arg="), NULL, 0);
	return sscanf(name, ": %31[^:]", ev->name) == 1;
}

static int trace_read(struct event *events, int max)
{
	char *text = read_file(TRACING "trace"), *rest = text, *line;
	int n = 0;

	while (n < max && (line = strsep(&rest, "\n")))
		if (parse_event(line, &events[n]))
			n++;
	free(text);
	return n;
}

/* Index of the first event of that name and, unless 0, that pid and argument; or -1. */
static int find(const struct event *ev, int n, const char *name, int pid, unsigned long arg)
{
	int i;

	for (i = 0; i < n; i++)
		if (!strcmp(ev[i].name, name) && (!pid || ev[i].pid == pid) &&
		    (!arg || ev[i].arg == arg))
			return i;
	return -1;
}

/* Traces one namespace and its veth from setup to cleanup. */
static int trace_life(struct event *ev, int max, unsigned long *net)
{
	struct netns ns;
	int n, i;

	trace_start();
	CHECK(!netns_unshare(&ns), "unshare(CLONE_NEWNET): %m");
	n = trace_read(ev, max);
	i = find(ev, n, "devinet_init_net", getpid(), 0);
	CHECK(i >= 0, "devinet_init_net did not run");
	*net = ev[i].arg;

	veth_make(VETH_HOME, &ns, VETH_AWAY);
	netns_drop(&ns);
	waiting_for("devinet_exit_net and veth_dellink to run");
	do {
		pause_briefly();
		n = trace_read(ev, max);
	} while (find(ev, n, "devinet_exit_net", 0, *net) < 0 ||
		 find(ev, n, "veth_dellink", 0, 0) < 0);
	trace_stop();
	return n;
}

void subsys_set_up_before_device(void)
{
	struct event ev[1000];
	int n, subsys, device;
	unsigned long net;

	need_netns();
	n = trace_life(ev, ARRAY_SIZE(ev), &net);
	subsys = find(ev, n, "devinet_init_net", 0, net);
	device = find(ev, n, "loopback_net_init", 0, net);
	CHECK(device >= 0, "loopback_net_init did not run");
	CHECK(subsys < device, "loopback_net_init ran before devinet_init_net");
}

void device_cleaned_up_before_subsys(void)
{
	int n, device, dellink, subsys;
	struct event ev[1000];
	unsigned long net;

	need_netns();
	n = trace_life(ev, ARRAY_SIZE(ev), &net);
	dellink = find(ev, n, "veth_dellink", 0, 0);
	/* Other cleanups may be in the trace, but not between these. */
	for (device = dellink - 1; device >= 0; device--)
		if (ev[device].pid == ev[dellink].pid)
			break;
	CHECK(device >= 0 && !strcmp(ev[device].name, "default_device_exit_batch"),
	      "default_device_exit_batch did not run right before veth_dellink");
	subsys = find(ev, n, "devinet_exit_net", 0, net);
	CHECK(dellink < subsys, "devinet_exit_net ran before veth_dellink");
}

void veth_peer_goes_with_namespace(void)
{
	const struct ifinfomsg *ifi;
	unsigned int index;
	struct netns ns;
	struct rtnl msg;
	int fd;

	need_netns();
	netns_clone(&ns);
	veth_make(VETH_HOME, &ns, VETH_AWAY);
	index = if_nametoindex(VETH_HOME);
	CHECK(index, "veth was created, but not its end in init_net");
	netns_enter(&ns);
	CHECK(if_nametoindex(VETH_AWAY), "veth was created, but not its end in the namespace");
	netns_leave();

	fd = rtnl_open(RTNLGRP_LINK);
	netns_drop(&ns);
	waiting_for("RTM_DELLINK of the veth in init_net");
	do {
		rtnl_recv(fd, &msg);
		ifi = NLMSG_DATA(&msg.nlh);
	} while (msg.nlh.nlmsg_type != RTM_DELLINK || ifi->ifi_index != (int)index);
	CHECK(!if_nametoindex(VETH_HOME), "RTM_DELLINK was sent, but the veth still exists");
}

/* False if the kernel has no such function. */
static bool trace_adapt(void)
{
	static const char probe[] = "p:netns/" ADAPT " " ADAPT " arg=$arg1";
	char *symbols = read_file("/proc/kallsyms");
	bool known = strstr(symbols, " " ADAPT "\n");

	free(symbols);
	if (!known)
		return false;
	write_file(TRACING "kprobe_events", probe);
	write_file(TRACING "events/netns/" ADAPT "/enable", "1");
	return true;
}

/* Kernels that make the tables when the namespace is set up pass, too. */
void sysctl_tables_wait_for_first_lookup(void)
{
	struct event ev[1000];
	struct netns ns;
	int n, fd;

	need_netns();
	trace_start();
	if (trace_adapt()) {
		CHECK(!netns_unshare(&ns), "unshare(CLONE_NEWNET): %m");
		n = trace_read(ev, ARRAY_SIZE(ev));
		CHECK(find(ev, n, "devinet_init_net", getpid(), 0) >= 0,
		      "devinet_init_net did not run");
		CHECK(find(ev, n, ADAPT, 0, 0) < 0, "a table is made before any lookup");
		netns_enter(&ns);
		fd = sysctl_open("ipv4/conf/lo/forwarding", O_RDONLY);
		CHECK(fd >= 0, "opening ipv4/conf/lo/forwarding: %s", strerror(-fd));
		n = trace_read(ev, ARRAY_SIZE(ev));
		CHECK(find(ev, n, ADAPT, getpid(), 0) >= 0, "a lookup makes no table");
	}
	trace_stop();
}
