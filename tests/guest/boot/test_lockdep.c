// SPDX-License-Identifier: GPL-2.0
/* Calls that walk the list of namespaces, or take the RTNL of one, for lockdep to look at */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* A BPF program that returns BPF_OK */
static int load_flow_dissector(void)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = BPF_OK },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_FLOW_DISSECTOR,
		.insn_cnt = sizeof(insns) / sizeof(insns[0]),
		.insns = (uintptr_t)insns,
		.license = (uintptr_t)"GPL",
	};
	int fd = bpf(BPF_PROG_LOAD, &attr);

	if (fd < 0 && errno == ENOSYS)
		skip("no CONFIG_BPF_SYSCALL");
	CHECK(fd >= 0, "BPF_PROG_LOAD: %m");
	return fd;
}

static void attach_is_refused(union bpf_attr *attr, const char *where)
{
	int err = bpf(BPF_PROG_ATTACH, attr) ? errno : 0;

	CHECK(err == EEXIST, "BPF_PROG_ATTACH in %s: %s", where, strerror(err));
}

/* One in init_net excludes those of the other namespaces, and each of them the former. */
void flow_dissector_is_attached(void)
{
	union bpf_attr attr = { .attach_type = BPF_FLOW_DISSECTOR };
	struct netns ns, without;

	need_netns();
	attr.attach_bpf_fd = load_flow_dissector();
	netns_make(&ns);
	netns_make(&without);
	CHECK(!bpf(BPF_PROG_ATTACH, &attr), "BPF_PROG_ATTACH in init_net: %m");
	netns_enter(&ns);
	attach_is_refused(&attr, "another namespace");
	netns_leave();
	CHECK(!bpf(BPF_PROG_DETACH, &attr), "BPF_PROG_DETACH: %m");
	netns_enter(&ns);
	CHECK(!bpf(BPF_PROG_ATTACH, &attr), "BPF_PROG_ATTACH: %m");
	netns_leave();
	attach_is_refused(&attr, "init_net");
	netns_drop(&without);
	netns_drop(&ns);
}

/* Devices of the caller's namespace, with lo */
static unsigned int count_devices(void)
{
	struct if_nameindex *all = if_nameindex();
	unsigned int n = 0;

	CHECK(all, "if_nameindex(): %m");
	while (all[n].if_index)
		n++;
	if_freenameindex(all);
	return n;
}

/* An ipvlan in the namespace of @upper_fd, on the device @lower of the caller's. */
static int ipvlan_try(const char *name, unsigned int lower, int upper_fd)
{
	struct rtattr *info;
	struct rtnl msg;

	info = link_start(&msg, name, "ipvlan");
	rtnl_nest_end(&msg, info);
	rtnl_put(&msg, IFLA_LINK, &lower, sizeof(lower));
	rtnl_put(&msg, IFLA_NET_NS_FD, &upper_fd, sizeof(upper_fd));
	return rtnl_ask(&msg, NULL);
}

/*
 * A veth p0 here, its peer p1 in @lower, and an ipvlan u0 on p1 in @upper. Returns the number of
 * devices that @upper had before.
 */
static unsigned int stack_make(struct netns *lower, struct netns *upper)
{
	unsigned int devices;
	int err, fd;

	netns_make(lower);
	netns_make(upper);
	veth_make("p0", lower, "p1");
	fd = netns_open(upper);
	netns_enter(upper);
	devices = count_devices();
	netns_leave();
	netns_enter(lower);
	err = ipvlan_try("u0", if_nametoindex("p1"), fd);
	CHECK(!err, "creating u0: %s", strerror(-err));
	netns_leave();
	close(fd);
	return devices;
}

static void stack_drop(struct netns *lower, struct netns *upper, unsigned int devices)
{
	netns_enter(upper);
	waiting_for("the ipvlans to be unregistered");
	while (count_devices() > devices)
		pause_briefly();
	netns_leave();
	netns_drop(upper);
	netns_drop(lower);
}

/*
 * p1 is unregistered because its peer is, and u0, in a third namespace, because p1 is. With
 * CONFIG_DEBUG_NET_SMALL_RTNL, two work items do that, and the first waits for the second.
 */
void ipvlan_goes_with_lower_device_elsewhere(void)
{
	struct netns lower, upper;
	unsigned int devices;

	need_netns();
	devices = stack_make(&lower, &upper);
	link_delete("p0");
	stack_drop(&lower, &upper, devices);
}

/* Creates ipvlans on the device @lower until it is gone. @fd is the caller's namespace. */
static void stack_more(unsigned int lower, int fd)
{
	char name[IFNAMSIZ];
	unsigned int i;
	int err = 0;

	for (i = 0; !err; i++) {
		snprintf(name, sizeof(name), "u%d.%u", getpid(), i);
		err = ipvlan_try(name, lower, fd);
	}
	CHECK(err == -ENODEV, "creating %s: %s", name, strerror(-err));
}

/*
 * An ipvlan on u0 is one on p1. One that is created after p1 is unregistered, and before u0 is,
 * stays, and so does p1.
 */
void ipvlan_is_not_created_on_one_that_goes(void)
{
	unsigned int devices, u0;
	struct netns lower, upper;
	int fd, i, status;
	pid_t pid;

	need_netns();
	devices = stack_make(&lower, &upper);
	fd = netns_open(&upper);
	netns_enter(&upper);
	u0 = if_nametoindex("u0");
	for (i = 0; i < 2; i++) {
		pid = fork();
		CHECK(pid >= 0, "fork: %m");
		if (!pid) {
			stack_more(u0, fd);
			_exit(EXIT_SUCCESS);
		}
	}
	close(fd);
	waiting_for("ipvlans on u0");
	while (count_devices() < devices + 3)
		pause_briefly();
	netns_leave();
	link_delete("p0");
	waiting_for("the processes that create ipvlans");
	while (wait(&status) > 0)
		CHECK(WIFEXITED(status) && !WEXITSTATUS(status), "a process failed");
	stack_drop(&lower, &upper, devices);
}
