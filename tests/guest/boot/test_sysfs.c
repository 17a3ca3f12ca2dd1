// SPDX-License-Identifier: GPL-2.0
/*
 * The loopback device of a namespace in sysfs, where it is added by the first mount. Mounts
 * show the same as on the base kernel.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define DIR	"/sysfs"
#define OTHER	"/sysfs2"
#define ROUNDS	20
#define MOUNTS	3	/* at once */

static void mount_here(const char *dir)
{
	int err = sysfs_mount(dir);

	CHECK(!err, "mounting sysfs: %s", strerror(err));
}

static void enter_new(void)
{
	need_netns();
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
}

/* tests/stack compares the line between kernels. */
static void tell(const struct sysfs_tree *tree)
{
	note("sysctl: lo in sysfs: %u entries, sum %08x", tree->entries, text_sum(tree->text));
}

void sysfs_shows_lo_as_in_init_net(void)
{
	static struct sysfs_tree theirs, own;

	sysfs_walk("/sys", "lo", &theirs);
	enter_new();
	mount_here(DIR);
	sysfs_walk(DIR, "lo", &own);
	CHECK(own.entries > 50, "lo has only %u entries", own.entries);
	CHECK(!strcmp(own.text, theirs.text), "lo has %u entries, %u in init_net, or others",
	      own.entries, theirs.entries);
	CHECK(read_number(DIR "/class/net/lo/ifindex") == 1, "the index of lo is not 1");
	CHECK(read_number(DIR "/class/net/lo/mtu") == 65536, "the mtu of lo is not 65536");
	tell(&own);
}

/*
 * Another mount is the same file system. One that is made later shows devices, too. Neither
 * keeps the namespace alive.
 */
void sysfs_shows_devices_by_name(void)
{
	struct netns ns;

	need_netns();
	netns_make(&ns);
	netns_enter(&ns);
	link_rename("lo", "first");
	link_make("before", "dummy");
	mount_here(DIR);
	CHECK(sysfs_has(DIR, "first") && !sysfs_has(DIR, "lo"), "lo was renamed before the mount");
	link_rename("first", "second");
	link_make("after", "dummy");
	mount_here(OTHER);
	CHECK(sysfs_has(DIR, "second") && !sysfs_has(DIR, "first"), "lo was renamed after it");
	CHECK(sysfs_has(OTHER, "second") && sysfs_has(OTHER, "before") && sysfs_has(OTHER, "after"),
	      "another mount shows less");
	CHECK(!sysfs_has("/sys", "second") && !sysfs_has("/sys", "after"),
	      "the mount of init_net shows devices of another namespace");
	netns_leave();
	CHECK(sysfs_has(DIR, "second") && !sysfs_has("/sys", "second"),
	      "a mount shows another namespace when its user has left");
	netns_drop(&ns);
	waiting_for("a mount to show no device of a namespace that nobody uses");
	while (sysfs_has(DIR, "second") || sysfs_has(OTHER, "after"))
		pause_briefly();
}

static int uevent_socket(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	CHECK(fd >= 0, "socket for uevents: %m");
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)), "bind: %m");
	return fd;
}

/* The next uevent, or "" if there is none. */
static const char *uevent(int fd)
{
	static char text[4096];
	ssize_t len = recv(fd, text, sizeof(text) - 1, 0);

	CHECK(len >= 0 || errno == EAGAIN, "receiving an uevent: %m");
	text[len < 0 ? 0 : len] = '\0';
	return text;
}

void sysfs_mount_sends_no_uevent(void)
{
	int fd;

	enter_new();
	fd = uevent_socket();
	mount_here(DIR);
	CHECK(!*uevent(fd), "the mount sent the uevent %s", uevent(fd));
	netns_leave();

	enter_new();
	fd = uevent_socket();
	link_rename("lo", "other");
	CHECK(!strcmp(uevent(fd), "move@/devices/virtual/net/other"),
	      "renaming lo sent the uevent \"%s\"", uevent(fd));
	CHECK(!*uevent(fd), "renaming lo sent another uevent");
}

/* The default for receive queues is for devices that are registered after it was set. */
void sysfs_mount_leaves_queues_alone(void)
{
	char *mask;

	enter_new();
	write_file("/proc/sys/net/core/rps_default_mask", "1");
	link_make("after", "dummy");
	mount_here(DIR);
	mask = read_file(DIR "/class/net/after/queues/rx-0/rps_cpus");
	CHECK(strtoul(mask, NULL, 16) == 1, "a new device has the mask %s", mask);
	mask = read_file(DIR "/class/net/lo/queues/rx-0/rps_cpus");
	CHECK(!strtoul(mask, NULL, 16), "lo has the mask %s", mask);
}

static void add_queue(const char *name)
{
	tun_open(name, IFF_TUN | IFF_NO_PI | IFF_MULTI_QUEUE);
}

/* A queue that a device gets when it is in sysfs already is as the first one. */
void sysfs_shows_another_queue(void)
{
	char *mask;
	int fd;

	enter_new();
	write_file("/proc/sys/net/core/rps_default_mask", "1");
	mount_here(DIR);
	add_queue("more");
	fd = uevent_socket();
	add_queue("more");
	CHECK(!strcmp(uevent(fd), "add@/devices/virtual/net/more/queues/tx-1") &&
	      !strcmp(uevent(fd), "add@/devices/virtual/net/more/queues/rx-1"),
	      "another queue sent no uevent");
	mask = read_file(DIR "/class/net/more/queues/rx-1/rps_cpus");
	CHECK(strtoul(mask, NULL, 16) == 1, "another queue has the mask %s", mask);
}

/* vxlan is one of the few kinds that accept lo below them. */
static int vxlan_over_lo(void)
{
	const uint32_t id = 1, remote = htonl(INADDR_LOOPBACK), link = 1;
	struct rtattr *info, *data;
	struct rtnl msg;

	info = link_start(&msg, "above", "vxlan");
	data = rtnl_put(&msg, IFLA_INFO_DATA, NULL, 0);
	rtnl_put(&msg, IFLA_VXLAN_ID, &id, sizeof(id));
	rtnl_put(&msg, IFLA_VXLAN_GROUP, &remote, sizeof(remote));
	rtnl_put(&msg, IFLA_VXLAN_LINK, &link, sizeof(link));
	rtnl_nest_end(&msg, data);
	rtnl_nest_end(&msg, info);
	return rtnl_ask(&msg, NULL);
}

void sysfs_shows_device_above_lo(void)
{
	int err;

	enter_new();
	err = vxlan_over_lo();
	CHECK(!err, "vxlan over lo: %s", strerror(-err));
	mount_here(DIR);
	CHECK(!access(DIR "/class/net/lo/upper_above/ifindex", F_OK) &&
	      !access(DIR "/class/net/above/lower_lo/ifindex", F_OK),
	      "sysfs has no links between lo and the device above it");
	link_delete("above");
	CHECK(access(DIR "/class/net/lo/upper_above", F_OK), "a link to no device is left");
}

static void mount_as_its_root(const void *data)
{
	static struct sysfs_tree tree;
	const struct sandbox *box = data;
	const char *line;
	unsigned int uid;

	CHECK(!setns(box->net_fd, CLONE_NEWNET), "setns to a network namespace: %m");
	sandbox_become_root(box);
	sandbox_map_root();
	CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
	mount_here("/sys");
	link_make("after", "dummy");
	sysfs_walk("/sys", "after", &tree);
	line = strstr(tree.text, "\n/mtu ");
	CHECK(line && sscanf(line, " %*s %*o %u", &uid) == 1 && !uid,
	      "root does not own mtu of a new device");
	sysfs_walk("/sys", "lo", &tree);
	CHECK(tree.entries > 50, "lo has only %u entries", tree.entries);
}

void sysfs_is_mounted_in_user_namespace(void)
{
	struct sandbox box;

	need_netns();
	sandbox_make(&box);
	in_child(mount_as_its_root, &box);
}

/* Mounts at once, the first of which adds lo. Each shows all of lo. */
static void mount_at_once(unsigned int round)
{
	static struct sysfs_tree whole, tree;
	unsigned int i;
	int status;

	sysfs_walk("/sys", "lo", &whole);
	enter_new();
	for (i = 0; i < MOUNTS; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0, "fork: %m");
		if (pid)
			continue;
		CHECK(!unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS): %m");
		mount_here(DIR);
		sysfs_walk(DIR, "lo", &tree);
		CHECK(!strcmp(tree.text, whole.text), "one of some mounts shows %u entries, not %u",
		      tree.entries, whole.entries);
		/* Others leave while the namespace is torn down. */
		if ((i + round) % 2)
			netns_leave();
		_exit(EXIT_SUCCESS);
	}
	netns_leave();
	for (i = 0; i < MOUNTS; i++) {
		CHECK(wait(&status) > 0, "wait: %m");
		if (status)
			_exit(EXIT_FAILURE);
	}
}

void sysfs_is_mounted_by_many_at_once(void)
{
	unsigned int round;

	for (round = 0; round < ROUNDS; round++)
		mount_at_once(round);
}
