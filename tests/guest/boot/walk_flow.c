// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of the random walk with walk_families=1: a datagram over lo leaves objects in the
 * namespace that are freed after a grace period. States, policies and services stay in it.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
/* after netinet/in.h, which defines the same */
#include <linux/ip_vs.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define PORT	2000
#define FLOWS	4	/* few, so that they collide */
#define KEY_LEN	20	/* bytes of AES-128's key and of the salt */
#define ICV_LEN	16	/* bytes */

static unsigned int flow_of(const struct walk_choice *c)
{
	return c->other % FLOWS;
}

/* That of another step will do. */
static int or_exists(int err)
{
	return err == -EEXIST ? 0 : err;
}

/* A datagram to port @to, which arrives at @at. Another worker may receive it. */
static int pass_datagram(int family, uint16_t to, uint16_t at)
{
	int sender = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int receiver = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct timeval timeout = { .tv_sec = 1 };
	struct sockaddr_storage addr;
	socklen_t len;
	char byte;
	int err;

	lo_up();
	setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
	len = lo_address(family, at, &addr);
	err = walk_result(bind(receiver, (struct sockaddr *)&addr, len));
	len = lo_address(family, to, &addr);
	err = err ?: walk_result(sendto(sender, "", 1, 0, (struct sockaddr *)&addr, len));
	err = err ?: walk_result(recv(receiver, &byte, 1, 0));
	close(sender);
	close(receiver);
	return err;
}

/*
 * ESP between ::1 and itself
 */

static const xfrm_address_t esp_address = { .in6 = IN6ADDR_LOOPBACK_INIT };

static const struct xfrm_lifetime_cfg for_ever = {
	.soft_byte_limit = XFRM_INF, .hard_byte_limit = XFRM_INF,
	.soft_packet_limit = XFRM_INF, .hard_packet_limit = XFRM_INF,
};

static int xfrm_ask(struct rtnl *msg)
{
	int err, fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_XFRM);

	CHECK(fd >= 0, "socket(NETLINK_XFRM): %m");
	msg->nlh.nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
	err = or_exists(rtnl_try(fd, msg, NULL));
	close(fd);
	return err;
}

static int esp_add_state(unsigned int flow)
{
	struct xfrm_usersa_info sa = {
		.family = AF_INET6, .mode = XFRM_MODE_TRANSPORT, .reqid = 1 + flow,
		.saddr = esp_address, .lft = for_ever,
		.id = { .daddr = esp_address, .spi = htonl(0x1000 + flow), .proto = IPPROTO_ESP },
	};
	struct {
		struct xfrm_algo_aead algo;
		char key[KEY_LEN];
	} aead = {
		.algo = {
			.alg_name = "rfc4106(gcm(aes))",
			.alg_key_len = 8 * KEY_LEN, .alg_icv_len = 8 * ICV_LEN,
		},
	};
	struct rtnl msg;

	rtnl_start(&msg, XFRM_MSG_NEWSA, &sa, sizeof(sa));
	rtnl_put(&msg, XFRMA_ALG_AEAD, &aead, sizeof(aead));
	return xfrm_ask(&msg);
}

static int esp_add_policy(unsigned int flow)
{
	struct xfrm_userpolicy_info policy = {
		.dir = XFRM_POLICY_OUT, .action = XFRM_POLICY_ALLOW, .lft = for_ever,
		.sel = {
			.family = AF_INET6, .proto = IPPROTO_UDP,
			.daddr = esp_address, .prefixlen_d = 128,
			.dport = htons(PORT + flow), .dport_mask = htons(0xffff),
		},
	};
	struct xfrm_user_tmpl tmpl = {
		.family = AF_INET6, .mode = XFRM_MODE_TRANSPORT, .reqid = 1 + flow,
		.saddr = esp_address, .id = { .daddr = esp_address, .proto = IPPROTO_ESP },
		.aalgos = ~0U, .ealgos = ~0U, .calgos = ~0U,
	};
	struct rtnl msg;

	rtnl_start(&msg, XFRM_MSG_NEWPOLICY, &policy, sizeof(policy));
	rtnl_put(&msg, XFRMA_TMPL, &tmpl, sizeof(tmpl));
	return xfrm_ask(&msg);
}

/* The datagram makes a bundle: dst entries of the policy and of the state. */
int walk_esp(const struct walk_choice *c)
{
	unsigned int flow = flow_of(c);

	return esp_add_state(flow) ?: esp_add_policy(flow) ?:
	       pass_datagram(AF_INET6, PORT + flow, PORT + flow);
}

/*
 * IPVS
 */

static int ipvs_set(int option, const void *data, size_t len)
{
	int err, sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	err = or_exists(walk_result(setsockopt(sock, IPPROTO_IP, option, data, len)));
	close(sock);
	return err;
}

/* The datagram makes a connection, which lives for minutes unless its namespace goes. */
int walk_ipvs(const struct walk_choice *c)
{
	struct {
		struct ip_vs_service_user service;
		struct ip_vs_dest_user dest;
	} both = {
		.service = {
			.protocol = IPPROTO_UDP, .addr = htonl(INADDR_LOOPBACK),
			.port = htons(PORT + flow_of(c)), .sched_name = "rr",
		},
		.dest = {
			.addr = htonl(INADDR_LOOPBACK), .port = htons(PORT + FLOWS),
			.conn_flags = IP_VS_CONN_F_MASQ, .weight = 1,
		},
	};

	return ipvs_set(IP_VS_SO_SET_ADD, &both.service, sizeof(both.service)) ?:
	       ipvs_set(IP_VS_SO_SET_ADDDEST, &both, sizeof(both)) ?:
	       pass_datagram(AF_INET, PORT + flow_of(c), PORT + FLOWS);
}
