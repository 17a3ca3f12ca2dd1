// SPDX-License-Identifier: GPL-2.0
/* Calls that walk the list of namespaces, or take the RTNL of one, for lockdep to look at */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <string.h>
#include <sys/syscall.h>
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

/* For init_net, the kernel looks for another namespace that has one. */
void flow_dissector_is_attached(void)
{
	union bpf_attr attr = { .attach_type = BPF_FLOW_DISSECTOR };
	struct netns ns;

	need_netns();
	attr.attach_bpf_fd = load_flow_dissector();
	netns_make(&ns);
	CHECK(!bpf(BPF_PROG_ATTACH, &attr), "BPF_PROG_ATTACH: %m");
	CHECK(!bpf(BPF_PROG_DETACH, &attr), "BPF_PROG_DETACH: %m");
	netns_drop(&ns);
}

/*
 * p1 is unregistered because its peer is, and u0, in a third namespace, because p1 is. With
 * CONFIG_DEBUG_NET_SMALL_RTNL, two works do that, and the first waits for the second.
 */
void ipvlan_goes_with_lower_device_elsewhere(void)
{
	struct netns lower, upper;
	struct rtattr *info;
	struct rtnl msg;
	int index, fd;

	need_netns();
	netns_make(&lower);
	netns_make(&upper);
	veth_make("p0", &lower, "p1");
	fd = netns_open(&upper);
	netns_enter(&lower);
	info = link_start(&msg, "u0", "ipvlan");
	rtnl_nest_end(&msg, info);
	index = if_nametoindex("p1");
	rtnl_put(&msg, IFLA_LINK, &index, sizeof(index));
	rtnl_put(&msg, IFLA_NET_NS_FD, &fd, sizeof(fd));
	rtnl_talk(&msg, NULL);
	close(fd);
	netns_leave();

	link_delete("p0");
	netns_enter(&upper);
	waiting_for("u0 to be unregistered");
	while (if_nametoindex("u0"))
		pause_briefly();
	netns_leave();
	netns_drop(&upper);
	netns_drop(&lower);
}
