// SPDX-License-Identifier: GPL-2.0
/* Lookup of a namespace's id: RTM_GETNSID with a descriptor. */
#include <linux/net_namespace.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#define PEERS	10	/* looked up, spread evenly over those with an id */
#define ROUNDS	100

static uint64_t lookup(int sock, struct rtnl *msg, int expected)
{
	struct rtnl reply;
	uint64_t time;
	const int *id;

	time = now_ns();
	CHECK(send(sock, msg, msg->nlh.nlmsg_len, 0) > 0, "send RTM_GETNSID: %m");
	rtnl_recv(sock, &reply);
	time = now_ns() - time;

	id = rtnl_attr(&reply, sizeof(struct rtgenmsg), NETNSA_NSID);
	CHECK(id && *id == expected, "the id of namespace %d is not found", expected);
	return time;
}

static void lookup_peer(int sock, unsigned int nr, struct samples *took)
{
	struct rtgenmsg gen = { 0 };
	int fd = pool_fd(nr), i;
	struct rtnl msg;

	rtnl_start(&msg, RTM_GETNSID, &gen, sizeof(gen));
	rtnl_put(&msg, NETNSA_FD, &fd, sizeof(fd));
	for (i = 0; i < ROUNDS; i++)
		samples_add(took, lookup(sock, &msg, nr));
}

void measure_lookup(unsigned int ids)
{
	struct samples *took = samples_shared(PEERS * ROUNDS);
	int sock = rtnl_open(0);
	unsigned int i;

	for (i = 0; i < PEERS; i++)
		lookup_peer(sock, ids * (2 * i + 1) / (2 * PEERS), took);
	result_samples("lookup", 1, took);
	samples_free(took);
	close(sock);
}
