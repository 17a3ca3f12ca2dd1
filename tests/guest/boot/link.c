// SPDX-License-Identifier: GPL-2.0
/* Devices of the caller's namespace. */
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/veth.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "boot.h"

void link_put_name(struct rtnl *msg, const char *name)
{
	rtnl_put(msg, IFLA_IFNAME, name, strlen(name) + 1);
}

/* A message that creates a device, including the start of its nest. */
struct rtattr *link_start(struct rtnl *msg, const char *name, const char *kind)
{
	struct ifinfomsg ifi = { 0 };
	struct rtattr *info;

	rtnl_start(msg, RTM_NEWLINK, &ifi, sizeof(ifi));
	msg->nlh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	link_put_name(msg, name);
	info = rtnl_put(msg, IFLA_LINKINFO, NULL, 0);
	rtnl_put(msg, IFLA_INFO_KIND, kind, strlen(kind));
	return info;
}

void link_make(const char *name, const char *kind)
{
	struct rtattr *info;
	struct rtnl msg;

	info = link_start(&msg, name, kind);
	rtnl_nest_end(&msg, info);
	rtnl_talk(&msg, NULL);
}

void link_up(const char *name)
{
	struct ifinfomsg ifi = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct rtnl msg;

	rtnl_start(&msg, RTM_NEWLINK, &ifi, sizeof(ifi));
	link_put_name(&msg, name);
	rtnl_talk(&msg, NULL);
}

int link_try_to_rename(const char *name, const char *new_name)
{
	struct ifinfomsg ifi = { .ifi_index = if_nametoindex(name) };
	struct rtnl msg;

	CHECK(ifi.ifi_index, "no device %s", name);
	rtnl_start(&msg, RTM_NEWLINK, &ifi, sizeof(ifi));
	link_put_name(&msg, new_name);
	return rtnl_ask(&msg, NULL);
}

void link_rename(const char *name, const char *new_name)
{
	int err = link_try_to_rename(name, new_name);

	CHECK(!err, "renaming %s to %s: %s", name, new_name, strerror(-err));
}

void link_move(const char *name, const struct netns *ns)
{
	struct ifinfomsg ifi = { 0 };
	int fd = netns_open(ns);
	struct rtnl msg;

	rtnl_start(&msg, RTM_NEWLINK, &ifi, sizeof(ifi));
	link_put_name(&msg, name);
	rtnl_put(&msg, IFLA_NET_NS_FD, &fd, sizeof(fd));
	rtnl_talk(&msg, NULL);
	close(fd);
}

void link_delete(const char *name)
{
	struct ifinfomsg ifi = { 0 };
	struct rtnl msg;

	rtnl_start(&msg, RTM_DELLINK, &ifi, sizeof(ifi));
	link_put_name(&msg, name);
	rtnl_talk(&msg, NULL);
}

/*
 * A veth or vxcan, whose peer is in the namespace of @peer_ns_fd. Returns 0 or a negative
 * errno.
 */
int pair_try(const char *kind, const char *name, int peer_ns_fd, const char *peer_name)
{
	struct rtattr *info, *data, *peer;
	struct ifinfomsg ifi = { 0 };
	struct rtnl msg;

	info = link_start(&msg, name, kind);
	data = rtnl_put(&msg, IFLA_INFO_DATA, NULL, 0);
	/* VXCAN_INFO_PEER is the same number. */
	peer = rtnl_put(&msg, VETH_INFO_PEER, &ifi, sizeof(ifi));
	link_put_name(&msg, peer_name);
	rtnl_put(&msg, IFLA_NET_NS_FD, &peer_ns_fd, sizeof(peer_ns_fd));
	rtnl_nest_end(&msg, peer);
	rtnl_nest_end(&msg, data);
	rtnl_nest_end(&msg, info);
	return rtnl_ask(&msg, NULL);
}

void veth_make(const char *name, const struct netns *peer_ns, const char *peer_name)
{
	int fd = netns_open(peer_ns);
	int err = pair_try("veth", name, fd, peer_name);

	CHECK(!err, "creating %s and its peer %s: %s", name, peer_name, strerror(-err));
	close(fd);
}

/* A descriptor of a tun device, which is created if there is none of that name. */
int tun_open(const char *name, short flags)
{
	struct ifreq ifr = { .ifr_flags = flags };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0, "open /dev/net/tun: %m");
	strcpy(ifr.ifr_name, name);
	CHECK(!ioctl(fd, TUNSETIFF, &ifr), "TUNSETIFF for %s: %m", name);
	return fd;
}
