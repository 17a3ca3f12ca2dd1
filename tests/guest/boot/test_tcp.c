// SPDX-License-Identifier: GPL-2.0
/* State of TCP that outlives the sockets of a namespace, and has to go with the namespace. */
#define _GNU_SOURCE
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tcp_metrics.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define NEXT	50	/* namespaces, one of which gets the memory of the one that went */

struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	char attrs[32];
};

/* Sends a request of generic netlink, with a string attribute unless @text is NULL. */
static int ask(int family, int cmd, int version, int flags, int type, const char *text)
{
	struct request req = {
		.nlh = { .nlmsg_type = family, .nlmsg_flags = NLM_F_REQUEST | flags },
		.genl = { .cmd = cmd, .version = version },
	};
	struct nlattr *attr = (struct nlattr *)req.attrs;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	CHECK(fd >= 0, "socket(NETLINK_GENERIC): %m");
	req.nlh.nlmsg_len = NLMSG_LENGTH(GENL_HDRLEN);
	if (text) {
		attr->nla_type = type;
		attr->nla_len = NLA_HDRLEN + strlen(text) + 1;
		strcpy((char *)attr + NLA_HDRLEN, text);
		req.nlh.nlmsg_len += NLA_ALIGN(attr->nla_len);
	}
	CHECK(send(fd, &req, req.nlh.nlmsg_len, 0) > 0, "send to generic netlink: %m");
	return fd;
}

static int metrics_family(void)
{
	int fd = ask(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 1, 0, CTRL_ATTR_FAMILY_NAME,
		     TCP_METRICS_GENL_NAME);
	char buf[8192] __attribute__((aligned(4)));
	const struct nlmsghdr *nlh = (void *)buf;
	const struct nlattr *attr;
	ssize_t len = recv(fd, buf, sizeof(buf), 0);

	close(fd);
	CHECK(len > 0 && NLMSG_OK(nlh, (size_t)len) && nlh->nlmsg_type != NLMSG_ERROR,
	      "generic netlink has no family " TCP_METRICS_GENL_NAME);
	attr = (void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN);
	while (attr->nla_type != CTRL_ATTR_FAMILY_ID)
		attr = (void *)((char *)attr + NLA_ALIGN(attr->nla_len));
	return *(uint16_t *)((char *)attr + NLA_HDRLEN);
}

/* How many destinations the caller's namespace has metrics of */
static unsigned int metrics(void)
{
	int fd = ask(metrics_family(), TCP_METRICS_CMD_GET, TCP_METRICS_GENL_VERSION,
		     NLM_F_DUMP, 0, NULL);
	char buf[8192] __attribute__((aligned(4)));
	const struct nlmsghdr *nlh;
	unsigned int count = 0;

	for (;;) {
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		CHECK(len > 0, "recv from generic netlink: %m");
		for (nlh = (void *)buf; NLMSG_OK(nlh, (size_t)len); nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE) {
				close(fd);
				return count;
			}
			count++;
		}
	}
}

static unsigned int in_time_wait(void)
{
	char *text = read_file("/proc/net/sockstat");
	char *tw = strstr(text, " tw ");
	unsigned int count = tw ? strtoul(tw + 4, NULL, 10) : 0;

	free(text);
	return count;
}

void tcp_state_goes_with_namespace(void)
{
	struct netns ns, next[NEXT];
	unsigned int i;

	need_netns();
	netns_make(&ns);
	netns_enter(&ns);
	lo_up();
	lo_carries(AF_INET);
	lo_carries(AF_INET6);
	CHECK(in_time_wait() == 2, "%u sockets are in TIME_WAIT, not 2", in_time_wait());
	CHECK(metrics() > 0, "TCP has no metrics");
	netns_leave();
	netns_drop(&ns);
	/* Its memory is free, and on no CPU's own list. */
	slab_objects_at_rest();
	for (i = 0; i < NEXT; i++) {
		netns_make(&next[i]);
		netns_enter(&next[i]);
		CHECK(!metrics(), "a new namespace has TCP metrics of one that has gone");
		CHECK(!in_time_wait(), "a new namespace has sockets in TIME_WAIT");
		netns_leave();
	}
	for (i = 0; i < NEXT; i++)
		netns_drop(&next[i]);
}
