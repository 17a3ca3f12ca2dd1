// SPDX-License-Identifier: GPL-2.0
/*
 * Round trips over lo in a new namespace. One process has both ends: no wakeup is
 * needed, so the number of instructions is the same each time.
 */
#define _GNU_SOURCE
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define TRIPS	10000

/* A socket on a port of lo that the kernel chooses. Sets @addr. */
static int bound_socket(int type, struct sockaddr_in *addr)
{
	socklen_t len = sizeof(*addr);
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	CHECK(fd >= 0, "socket: %m");
	*addr = (struct sockaddr_in) {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	CHECK(!bind(fd, (struct sockaddr *)addr, len), "bind: %m");
	CHECK(!getsockname(fd, (struct sockaddr *)addr, &len), "getsockname: %m");
	return fd;
}

/* Connects @client to a new socket, and returns the new one. */
static int connect_udp(int client)
{
	struct sockaddr_in addr;
	socklen_t len = sizeof(addr);
	int server = bound_socket(SOCK_DGRAM, &addr);

	CHECK(!connect(client, (struct sockaddr *)&addr, len), "connect: %m");
	CHECK(!getsockname(client, (struct sockaddr *)&addr, &len), "getsockname: %m");
	CHECK(!connect(server, (struct sockaddr *)&addr, len), "connect back: %m");
	return server;
}

static int connect_tcp(int client)
{
	struct sockaddr_in addr;
	int listener = bound_socket(SOCK_STREAM, &addr);
	int server;

	CHECK(!listen(listener, 1), "listen: %m");
	CHECK(!connect(client, (struct sockaddr *)&addr, sizeof(addr)), "connect: %m");
	server = accept(listener, NULL, NULL);
	CHECK(server >= 0, "accept: %m");
	close(listener);
	return server;
}

static void one_way(int from, int to)
{
	char c = 0;

	CHECK(send(from, &c, 1, 0) == 1, "send: %m");
	CHECK(recv(to, &c, 1, 0) == 1, "recv: %m");
}

static void measure(const char *metric, int type, int (*connect_to)(int client))
{
	struct samples *took = samples_shared(TRIPS);
	int client = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	int server, i;

	waiting_for("%s round trips", metric);
	CHECK(client >= 0, "socket: %m");
	server = connect_to(client);
	for (i = 0; i < TRIPS; i++) {
		uint64_t start = now_ns();

		one_way(client, server);
		one_way(server, client);
		samples_add(took, now_ns() - start);
	}
	result_samples(metric, 1, took);
	samples_free(took);
	close(server);
	close(client);
}

void measure_lo(void)
{
	deaths_start();
	create_one();
	lo_up();
	measure("lo_udp", SOCK_DGRAM, connect_udp);
	measure("lo_tcp", SOCK_STREAM, connect_tcp);
	netns_leave();
	deaths_wait(1);
}
