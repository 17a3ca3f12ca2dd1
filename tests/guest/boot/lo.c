// SPDX-License-Identifier: GPL-2.0
/* The loopback device of the caller's namespace. */
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

static int lo_ioctl(unsigned long request, struct ifreq *ifr)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	CHECK(fd >= 0, "socket(AF_INET): %m");
	strcpy(ifr->ifr_name, "lo");
	err = ioctl(fd, request, ifr);
	close(fd);
	return err;
}

static int lo_flags(void)
{
	struct ifreq ifr = { 0 };

	CHECK(!lo_ioctl(SIOCGIFFLAGS, &ifr), "flags of lo: %m");
	return ifr.ifr_flags;
}

/* In a new namespace, lo is the first device, and down. */
void lo_is_fresh(void)
{
	struct ifreq ifr = { 0 };

	CHECK(!lo_ioctl(SIOCGIFINDEX, &ifr), "index of lo: %m");
	CHECK(ifr.ifr_ifindex == 1, "lo has index %d, not 1", ifr.ifr_ifindex);
	CHECK(lo_flags() & IFF_LOOPBACK, "lo is not a loopback device");
	CHECK(!(lo_flags() & IFF_UP), "lo of a new namespace is up already");
}

void lo_up(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };

	CHECK(!lo_ioctl(SIOCSIFFLAGS, &ifr), "bringing up lo: %m");
	CHECK(lo_flags() & IFF_UP, "lo was brought up, but is not up");
}

/* A port of the loopback address, in host byte order. Returns the length of @addr. */
socklen_t lo_address(int family, uint16_t port, struct sockaddr_storage *addr)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)addr;
	struct sockaddr_in *in = (struct sockaddr_in *)addr;

	memset(addr, 0, sizeof(*addr));
	addr->ss_family = family;
	if (family == AF_INET) {
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		in->sin_port = htons(port);
		return sizeof(*in);
	}
	in6->sin6_addr = in6addr_loopback;
	in6->sin6_port = htons(port);
	return sizeof(*in6);
}

static void send_one(int from, int to, const char *what)
{
	static const char sent[] = "across lo";
	char got[sizeof(sent)] = "";

	waiting_for("a %s packet to cross lo", what);
	CHECK(send(from, sent, sizeof(sent), 0) == sizeof(sent), "send %s: %m", what);
	CHECK(recv(to, got, sizeof(got), 0) == sizeof(got), "recv %s: %m", what);
	CHECK(!memcmp(sent, got, sizeof(sent)), "%s: received other data than was sent", what);
}

/* Sockets at both ends of lo: the second one receives what the first one sends. */
void lo_connect(int family, int type, const char *what, int ends[2])
{
	struct sockaddr_storage addr;
	socklen_t len = lo_address(family, 0, &addr);
	int server;

	server = socket(family, type | SOCK_CLOEXEC, 0);
	ends[0] = socket(family, type | SOCK_CLOEXEC, 0);
	CHECK(server >= 0 && ends[0] >= 0, "socket for %s: %m", what);
	CHECK(!bind(server, (struct sockaddr *)&addr, len), "bind %s: %m", what);
	CHECK(!getsockname(server, (struct sockaddr *)&addr, &len), "getsockname %s: %m", what);
	if (type == SOCK_STREAM)
		CHECK(!listen(server, 1), "listen %s: %m", what);

	waiting_for("a %s connection over lo", what);
	CHECK(!connect(ends[0], (struct sockaddr *)&addr, len), "connect %s: %m", what);
	ends[1] = type == SOCK_STREAM ? accept(server, NULL, NULL) : dup(server);
	CHECK(ends[1] >= 0, "accept %s: %m", what);
	close(server);
}

static void lo_carries_type(int family, int type, const char *what)
{
	int ends[2];

	lo_connect(family, type, what, ends);
	send_one(ends[0], ends[1], what);
	close(ends[0]);
	close(ends[1]);
}

void lo_carries(int family)
{
	bool v4 = family == AF_INET;

	lo_carries_type(family, SOCK_DGRAM, v4 ? "UDP/IPv4" : "UDP/IPv6");
	lo_carries_type(family, SOCK_STREAM, v4 ? "TCP/IPv4" : "TCP/IPv6");
}
