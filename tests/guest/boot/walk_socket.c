// SPDX-License-Identifier: GPL-2.0
/* Steps of the random walk: sockets that stay open, and connections that outlive them. */
#include <arpa/inet.h>
#include <linux/can.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/kcm.h>
#include <linux/pfkeyv2.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
/* after net/if.h, which defines the same */
#include <linux/if_pppox.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

/* Older glibc does not have it. linux/l2tp.h, which does, clashes with net/if.h. */
#ifndef IPPROTO_L2TP
#define IPPROTO_L2TP	115
#endif

#define PORT	1000
#define PORTS	4	/* few, so that they collide */
#define BUFFER	8192	/* small, so that it fills soon */

struct socket_kind {
	int family, type, protocol;
};

static const struct socket_kind kinds[] = {
	{ AF_INET, SOCK_STREAM, 0 },
	{ AF_INET, SOCK_DGRAM, 0 },
	{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
	{ AF_INET6, SOCK_STREAM, 0 },
	{ AF_INET6, SOCK_DGRAM, 0 },
	{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ AF_PACKET, SOCK_DGRAM, 0 },
	{ AF_UNIX, SOCK_SEQPACKET, 0 },
	{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE },
	{ AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG },
	{ AF_NETLINK, SOCK_RAW, NETLINK_XFRM },
	{ AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER },
	{ AF_NETLINK, SOCK_RAW, NETLINK_GENERIC },
	{ AF_NETLINK, SOCK_RAW, NETLINK_KOBJECT_UEVENT },
	{ AF_KEY, SOCK_RAW, PF_KEY_V2 },
	{ AF_CAN, SOCK_RAW, CAN_RAW },
	{ AF_CAN, SOCK_DGRAM, CAN_BCM },
	{ AF_INET, SOCK_STREAM, IPPROTO_MPTCP },
	{ AF_INET6, SOCK_STREAM, IPPROTO_MPTCP },
	{ AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP },
	{ AF_INET6, SOCK_STREAM, IPPROTO_SCTP },
	{ AF_VSOCK, SOCK_STREAM, 0 },
	{ AF_MCTP, SOCK_DGRAM, 0 },
};

/* With walk_families=1, every second socket is one of these, of configs/families.config. */
static const struct socket_kind more_kinds[] = {
	{ AF_TIPC, SOCK_SEQPACKET, 0 },
	{ AF_RDS, SOCK_SEQPACKET, 0 },
	{ AF_RXRPC, SOCK_DGRAM, AF_INET },
	{ AF_RXRPC, SOCK_DGRAM, AF_INET6 },
	{ AF_KCM, SOCK_DGRAM, KCMPROTO_CONNECTED },
	{ AF_INET, SOCK_DGRAM, IPPROTO_L2TP },
	{ AF_INET6, SOCK_DGRAM, IPPROTO_L2TP },
	{ AF_PPPOX, SOCK_STREAM, PX_PROTO_OE },
	{ AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP },
	{ AF_XDP, SOCK_RAW, 0 },
	{ AF_ALG, SOCK_SEQPACKET, 0 },
};

int walk_socket(const struct walk_choice *c)
{
	const struct socket_kind *kind = &kinds[c->arg % ARRAY_SIZE(kinds)];
	int fd;

	if (walk->families && c->other & 1)
		kind = &more_kinds[c->arg % ARRAY_SIZE(more_kinds)];
	fd = socket(kind->family, kind->type | SOCK_CLOEXEC, kind->protocol);
	CHECK(fd >= 0 || (errno != EAFNOSUPPORT && errno != EPROTONOSUPPORT),
	      "socket(%d, %d, %d): %m", kind->family, kind->type, kind->protocol);
	return walk_keep(WALK_SOCKETS, c->slot, fd);
}

/* The messages are never read. Some sockets get those of peer namespaces, too. */
int walk_group(const struct walk_choice *c)
{
	static const unsigned int groups[] = {
		RTNLGRP_LINK, RTNLGRP_NSID, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_ROUTE,
	};
	int one = 1, fd = rtnl_open(groups[c->arg % ARRAY_SIZE(groups)]);

	if (c->arg & 4)
		CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &one, sizeof(one)),
		      "NETLINK_LISTEN_ALL_NSID: %m");
	return walk_keep(WALK_SOCKETS, c->slot, fd);
}

/* Keeps @sock if @err is 0. */
static int keep_if(int err, const struct walk_choice *c, int sock)
{
	if (!err)
		return walk_keep(WALK_SOCKETS, c->slot, sock);
	close(sock);
	return err;
}

/* Receives from a device, which may be moved or deleted. */
int walk_packet(const struct walk_choice *c)
{
	struct sockaddr_ll addr = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(walk_name(c->other)),
	};
	int sock = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	return keep_if(walk_result(bind(sock, (struct sockaddr *)&addr, sizeof(addr))), c, sock);
}

/* Abstract names belong to the namespace. */
int walk_unix(const struct walk_choice *c)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int len = snprintf(addr.sun_path + 1, sizeof(addr.sun_path) - 1, "%u", c->other);

	len += offsetof(struct sockaddr_un, sun_path) + 1;
	return keep_if(walk_result(bind(sock, (struct sockaddr *)&addr, len)), c, sock);
}

/*
 * TCP
 */

struct connection {
	int listener, client;
};

static int tcp_family(const struct walk_choice *c)
{
	return c->arg & 1 ? AF_INET : AF_INET6;
}

/* The address that the step chose, to listen on or to connect to */
static socklen_t tcp_address(const struct walk_choice *c, struct sockaddr_storage *addr)
{
	return lo_address(tcp_family(c), PORT + c->other % PORTS, addr);
}

static int tcp_socket(const struct walk_choice *c)
{
	int one = 1, bytes = BUFFER, sock = socket(tcp_family(c), SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timeval timeout = { .tv_sec = 1 };

	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
	setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
	setsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	return sock;
}

static int listen_on(int sock, const struct walk_choice *c)
{
	struct sockaddr_storage addr;
	socklen_t len = tcp_address(c, &addr);

	return walk_result(bind(sock, (struct sockaddr *)&addr, len)) ?:
	       walk_result(listen(sock, 1));
}

static void disconnect(const struct connection *conn)
{
	close(conn->client);
	close(conn->listener);
}

static int connect_on_lo(const struct walk_choice *c, struct connection *conn)
{
	struct sockaddr_storage addr;
	socklen_t len = tcp_address(c, &addr);
	int err;

	lo_up();
	conn->listener = tcp_socket(c);
	conn->client = tcp_socket(c);
	err = listen_on(conn->listener, c);
	err = err ?: walk_result(connect(conn->client, (struct sockaddr *)&addr, len));
	if (err)
		disconnect(conn);
	return err;
}

int walk_listen(const struct walk_choice *c)
{
	int sock = tcp_socket(c);

	return keep_if(listen_on(sock, c), c, sock);
}

/* The end that is closed first is in TIME_WAIT, without a socket. */
int walk_time_wait(const struct walk_choice *c)
{
	struct connection conn;
	int err, server;

	err = connect_on_lo(c, &conn);
	if (err)
		return err;
	server = accept(conn.listener, NULL, NULL);
	err = walk_result(server);
	close(server);
	disconnect(&conn);
	return err;
}

/* The client is closed while the server, which is not accepted, has no room for its data. */
int walk_orphan(const struct walk_choice *c)
{
	static const char data[65536];
	struct connection conn;
	int err;

	err = connect_on_lo(c, &conn);
	if (err)
		return err;
	while (send(conn.client, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	close(conn.client);
	return walk_keep(WALK_SOCKETS, c->slot, conn.listener);
}

/* That of a socket, or of the descriptor of a tun device */
int walk_open_by_socket(const struct walk_choice *c)
{
	return walk_keep(WALK_NETS, c->other, ioctl(walk_fd(WALK_SOCKETS, c->slot), SIOCGSKNS));
}

int walk_close_socket(const struct walk_choice *c)
{
	return walk_drop_fd(WALK_SOCKETS, c->slot);
}
