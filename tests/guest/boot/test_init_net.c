// SPDX-License-Identifier: GPL-2.0
/* init_net after boot. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define SYSLOG_READ_ALL		3
#define SYSLOG_SIZE_BUFFER	10

/* enum init_ns_ino and enum init_ns_id of include/uapi/linux/nsfs.h */
#define INIT_NET_INO		0xEFFFFFF9U
#define INIT_MNT_INO		0xEFFFFFF8U
#define INIT_NET_ID		7
#define INIT_MNT_ID		8

static char *kernel_log(void)
{
	int size = klogctl(SYSLOG_SIZE_BUFFER, NULL, 0);
	char *log = calloc(1, size + 1);

	CHECK(size > 0 && log, "no memory for the kernel log");
	CHECK(klogctl(SYSLOG_READ_ALL, log, size) >= 0, "reading the kernel log: %m");
	return log;
}

/* N of the line "net_namespace: N bytes". */
static unsigned long printed_size(void)
{
	static const char key[] = "net_namespace: ";
	const char *at = kernel_log();
	unsigned long size;
	char last;

	while ((at = strstr(at, key))) {
		at += strlen(key);
		if (sscanf(at, "%lu byte%c", &size, &last) == 2 && last == 's')
			return size;
	}
	fail("the kernel log has no line 'net_namespace: N bytes'");
}

void size_is_slab_object_size(void)
{
	unsigned long printed, slab;

	need_netns();
	printed = printed_size();
	slab = read_number("/sys/kernel/slab/net_namespace/object_size");
	CHECK(printed == slab, "printed size %lu, slab object size %lu", printed, slab);
}

void init_net_is_inits_own(void)
{
	ino_t own, init, kthreadd;

	need_netns();
	own = netns_inode("/proc/self/ns/net");
	init = netns_inode("/proc/1/ns/net");
	kthreadd = netns_inode("/proc/2/ns/net");
	CHECK(own == init, "self has namespace %lu, init has %lu", own, init);
	CHECK(own == kthreadd, "self has namespace %lu, kthreadd has %lu", own, kthreadd);
}

static void has_numbers(const char *path, ino_t want_inode, uint64_t want_id)
{
	ino_t inode = netns_inode(path);
	uint64_t id;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %m", path);
	id = ns_id(fd);
	close(fd);
	CHECK(inode == want_inode, "%s has inode %lu, not %lu", path, inode, want_inode);
	CHECK(id == want_id, "%s has id %" PRIu64 ", not %" PRIu64, path, id, want_id);
}

/* Fixed by the UAPI, as are those of the initial mount namespace. */
void init_net_has_its_fixed_numbers(void)
{
	need_netns();
	has_numbers("/proc/1/ns/net", INIT_NET_INO, INIT_NET_ID);
	has_numbers("/proc/1/ns/mnt", INIT_MNT_INO, INIT_MNT_ID);
}

void init_net_lo_comes_up(void)
{
	lo_is_fresh();
	lo_up();
}

void init_net_lo_carries_ipv4(void)
{
	lo_up();
	lo_carries(AF_INET);
}

void init_net_lo_carries_ipv6(void)
{
	lo_up();
	lo_carries(AF_INET6);
}

/* Never skipped: distinguishes CONFIG_NET_NS=n from broken namespaces. */
void clone_newnet_follows_config(void)
{
	ino_t init, made;
	struct netns ns;

	if (access("/proc/self/ns/net", F_OK)) {
		CHECK(unshare(CLONE_NEWNET), "CLONE_NEWNET works without CONFIG_NET_NS");
		CHECK(errno == EINVAL, "CLONE_NEWNET fails with %m, not EINVAL");
		return;
	}

	init = netns_inode("/proc/self/ns/net");
	netns_clone(&ns);
	netns_enter(&ns);
	made = netns_inode("/proc/self/ns/net");
	CHECK(made != init, "the namespace of clone(CLONE_NEWNET) is init_net");
	netns_leave();
	CHECK(netns_inode("/proc/self/ns/net") == init, "setns does not lead back to init_net");
}
