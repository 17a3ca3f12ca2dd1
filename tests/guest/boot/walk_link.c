// SPDX-License-Identifier: GPL-2.0
/* Steps of the random walk: devices are created, changed, moved and deleted. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define FIRST_INDEX	100	/* above those that the kernel assigns at first */
#define VNIS		4
#define VXLAN_PORT	4789

const char *walk_name(unsigned int nr)
{
	static char names[WALK_NAMES][IFNAMSIZ];

	nr %= WALK_NAMES;
	snprintf(names[nr], IFNAMSIZ, WALK_PREFIX "%u", nr);
	return names[nr];
}

/* The device that the step is about */
static const char *name_of(const struct walk_choice *c)
{
	return walk_name(c->slot);
}

static unsigned int other_index(const struct walk_choice *c)
{
	return if_nametoindex(walk_name(c->other));
}

/*
 * Creation
 */

/* Half of the devices are created in another namespace. */
static void put_target(struct rtnl *msg, const struct walk_choice *c)
{
	int fd = walk_fd(WALK_NETS, c->other);

	if (c->arg & 1 && fd >= 0)
		rtnl_put(msg, IFLA_NET_NS_FD, &fd, sizeof(fd));
}

/* A device of @kind, on the other one if @is_upper. */
static int create(const struct walk_choice *c, const char *kind, bool is_upper, int type,
		  const void *data, size_t len)
{
	unsigned int lower = other_index(c);
	struct rtattr *info, *nest;
	struct rtnl msg;

	info = link_start(&msg, name_of(c), kind);
	if (data) {
		nest = rtnl_put(&msg, IFLA_INFO_DATA, NULL, 0);
		rtnl_put(&msg, type, data, len);
		rtnl_nest_end(&msg, nest);
	}
	rtnl_nest_end(&msg, info);
	if (is_upper)
		rtnl_put(&msg, IFLA_LINK, &lower, sizeof(lower));
	put_target(&msg, c);
	return rtnl_ask(&msg, NULL);
}

int walk_dummy(const struct walk_choice *c)
{
	return create(c, "dummy", false, 0, NULL, 0);
}

int walk_ifb(const struct walk_choice *c)
{
	return create(c, "ifb", false, 0, NULL, 0);
}

int walk_bridge(const struct walk_choice *c)
{
	return create(c, "bridge", false, 0, NULL, 0);
}

static int pair(const struct walk_choice *c, const char *kind)
{
	int err, fd = c->arg & 1 ? dup(walk_fd(WALK_NETS, c->other)) : walk_open_own();

	err = walk_result(fd) ?: pair_try(kind, name_of(c), fd, walk_name(c->arg >> 1));
	close(fd);
	return err;
}

int walk_veth(const struct walk_choice *c)
{
	return pair(c, "veth");
}

int walk_vxcan(const struct walk_choice *c)
{
	return pair(c, "vxcan");
}

int walk_vlan(const struct walk_choice *c)
{
	uint16_t id = 1 + (c->arg >> 1) % VNIS;

	return create(c, "vlan", true, IFLA_VLAN_ID, &id, sizeof(id));
}

int walk_macvlan(const struct walk_choice *c)
{
	uint32_t mode = c->arg & 2 ? MACVLAN_MODE_BRIDGE : MACVLAN_MODE_PRIVATE;

	return create(c, "macvlan", true, IFLA_MACVLAN_MODE, &mode, sizeof(mode));
}

int walk_ipvlan(const struct walk_choice *c)
{
	uint16_t mode = c->arg & 2 ? IPVLAN_MODE_L2 : IPVLAN_MODE_L3S;

	return create(c, "ipvlan", true, IFLA_IPVLAN_MODE, &mode, sizeof(mode));
}

/* Its socket stays in the namespace in which it was created. */
int walk_vxlan(const struct walk_choice *c)
{
	uint32_t vni = (c->arg >> 1) % VNIS;

	return create(c, "vxlan", false, IFLA_VXLAN_ID, &vni, sizeof(vni));
}

/* As vxlan. Its driver, which is a module, may not be loaded. */
int walk_geneve(const struct walk_choice *c)
{
	return create(c, "geneve", false, IFLA_GENEVE_COLLECT_METADATA, "", 0);
}

/* As vxlan. Its sockets are opened when it is brought up. */
int walk_wireguard(const struct walk_choice *c)
{
	return create(c, "wireguard", false, 0, NULL, 0);
}

int walk_bond(const struct walk_choice *c)
{
	return create(c, "bond", false, 0, NULL, 0);
}

/* It goes with its descriptor, unless it is persistent. Both may be in different namespaces. */
int walk_tun(const struct walk_choice *c)
{
	struct ifreq ifr = { .ifr_flags = IFF_NO_PI | (c->arg & 1 ? IFF_TUN : IFF_TAP) };
	int err, fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	strcpy(ifr.ifr_name, name_of(c));
	err = walk_result(ioctl(fd, TUNSETIFF, &ifr));
	if (!err && c->arg & 2)
		err = walk_result(ioctl(fd, TUNSETPERSIST, 1));
	if (!err)
		return walk_keep(WALK_SOCKETS, c->slot, fd);
	close(fd);
	return err;
}

/*
 * Changes of an existing device
 */

static void start_change(struct rtnl *msg, int type, const char *name, unsigned int flags)
{
	struct ifinfomsg ifi = {
		.ifi_index = if_nametoindex(name), .ifi_flags = flags, .ifi_change = flags,
	};

	rtnl_start(msg, type, &ifi, sizeof(ifi));
}

/* To an open namespace, or to that of a worker. The name or the index may collide there. */
int walk_move(const struct walk_choice *c)
{
	uint32_t pid = walk->pids[c->other % WALK_WORKERS], index = FIRST_INDEX + c->other;
	int fd = walk_fd(WALK_NETS, c->other);
	struct rtnl msg;

	start_change(&msg, RTM_NEWLINK, name_of(c), 0);
	if (c->arg & 1)
		rtnl_put(&msg, IFLA_NET_NS_PID, &pid, sizeof(pid));
	else
		rtnl_put(&msg, IFLA_NET_NS_FD, &fd, sizeof(fd));
	if (c->arg & 2)
		link_put_name(&msg, walk_name(c->arg >> 8));
	if (c->arg & 4)
		rtnl_put(&msg, IFLA_NEW_IFINDEX, &index, sizeof(index));
	return rtnl_ask(&msg, NULL);
}

int walk_rename(const struct walk_choice *c)
{
	struct rtnl msg;

	start_change(&msg, RTM_NEWLINK, name_of(c), 0);
	link_put_name(&msg, walk_name(c->other));
	return rtnl_ask(&msg, NULL);
}

/* A second name, which may be the first one of another device. */
int walk_altname(const struct walk_choice *c)
{
	const char *name = walk_name(c->other);
	struct rtattr *nest;
	struct rtnl msg;

	start_change(&msg, c->arg & 3 ? RTM_NEWLINKPROP : RTM_DELLINKPROP, name_of(c), 0);
	nest = rtnl_put(&msg, IFLA_PROP_LIST | NLA_F_NESTED, NULL, 0);
	rtnl_put(&msg, IFLA_ALT_IFNAME, name, strlen(name) + 1);
	rtnl_nest_end(&msg, nest);
	return rtnl_ask(&msg, NULL);
}

/* The other device may be a bridge or a bond. An index of 0 releases the device. */
int walk_enslave(const struct walk_choice *c)
{
	uint32_t master = other_index(c);
	struct rtnl msg;

	start_change(&msg, RTM_NEWLINK, name_of(c), 0);
	rtnl_put(&msg, IFLA_MASTER, &master, sizeof(master));
	return rtnl_ask(&msg, NULL);
}

int walk_up(const struct walk_choice *c)
{
	struct rtnl msg;

	start_change(&msg, RTM_NEWLINK, name_of(c), IFF_UP);
	return rtnl_ask(&msg, NULL);
}

int walk_address(const struct walk_choice *c)
{
	struct ifaddrmsg ifa = { .ifa_index = if_nametoindex(name_of(c)) };
	uint8_t v4[4] = { 10, 0, c->slot, 1 + c->other };
	uint8_t v6[16] = { 0xfd, [15] = 1 + c->other };
	struct rtnl msg;

	ifa.ifa_family = c->arg & 1 ? AF_INET : AF_INET6;
	ifa.ifa_prefixlen = c->arg & 1 ? 24 : 64;
	rtnl_start(&msg, RTM_NEWADDR, &ifa, sizeof(ifa));
	msg.nlh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	if (c->arg & 1)
		rtnl_put(&msg, IFA_LOCAL, v4, sizeof(v4));
	else
		rtnl_put(&msg, IFA_LOCAL, v6, sizeof(v6));
	return rtnl_ask(&msg, NULL);
}

static int delete(const char *name)
{
	struct rtnl msg;

	start_change(&msg, RTM_DELLINK, name, 0);
	return rtnl_ask(&msg, NULL);
}

int walk_delete(const struct walk_choice *c)
{
	return delete(name_of(c));
}

/*
 * The devices in init_net would stay. Some go with another one, or with the namespace of a peer.
 * The routes of lo, which a step may set up, hold dst entries.
 */
void walk_clear_init_net(void)
{
	struct ifinfomsg lo = { .ifi_index = if_nametoindex("lo"), .ifi_change = IFF_UP };
	struct rtnl msg;
	unsigned int i;

	for (i = 0; i < WALK_NAMES; i++)
		delete(walk_name(i));
	rtnl_start(&msg, RTM_NEWLINK, &lo, sizeof(lo));
	rtnl_talk(&msg, NULL);
}
