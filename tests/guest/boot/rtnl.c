// SPDX-License-Identifier: GPL-2.0
/* The subset of rtnetlink that the cases use, in the caller's namespace. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

static void *rtnl_tail(struct rtnl *msg)
{
	return (char *)msg + NLMSG_ALIGN(msg->nlh.nlmsg_len);
}

void rtnl_start(struct rtnl *msg, int type, const void *hdr, size_t len)
{
	memset(msg, 0, sizeof(*msg));
	msg->nlh.nlmsg_type = type;
	msg->nlh.nlmsg_flags = NLM_F_REQUEST;
	msg->nlh.nlmsg_len = NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(&msg->nlh), hdr, len);
}

/* With @data NULL, the payload is zeroed. A nest starts with an empty payload. */
struct rtattr *rtnl_put(struct rtnl *msg, int type, const void *data, size_t len)
{
	struct rtattr *attr = rtnl_tail(msg);

	attr->rta_type = type;
	attr->rta_len = RTA_LENGTH(len);
	if (data)
		memcpy(RTA_DATA(attr), data, len);
	msg->nlh.nlmsg_len = NLMSG_ALIGN(msg->nlh.nlmsg_len) + RTA_SPACE(len);
	return attr;
}

void rtnl_nest_end(struct rtnl *msg, struct rtattr *nest)
{
	nest->rta_len = (char *)rtnl_tail(msg) - (char *)nest;
}

/* The payload of attribute @type behind a header of @hdrlen, or NULL. */
const void *rtnl_attr(const struct rtnl *msg, size_t hdrlen, int type)
{
	const struct rtattr *attr;
	int left = msg->nlh.nlmsg_len - NLMSG_SPACE(hdrlen);

	attr = (const void *)((const char *)msg + NLMSG_SPACE(hdrlen));
	for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
		if (attr->rta_type == type)
			return RTA_DATA(attr);
	return NULL;
}

/* A socket that has joined @group unless that is 0. */
int rtnl_open(unsigned int group)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	CHECK(fd >= 0, "socket(NETLINK_ROUTE): %m");
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)), "bind rtnetlink: %m");
	if (group)
		CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
				  &group, sizeof(group)), "join group %u: %m", group);
	return fd;
}

/* The kernel sends these messages in a datagram each. */
void rtnl_recv(int fd, struct rtnl *msg)
{
	ssize_t len = recv(fd, msg, sizeof(*msg), 0);

	CHECK(len >= 0, "recv from rtnetlink: %m");
	CHECK(NLMSG_OK(&msg->nlh, len), "rtnetlink sent a broken message");
}

/*
 * Sends @msg on @fd. The answer is a message in @reply, or only an acknowledgment if
 * that is NULL. Returns 0 or the negative errno of the answer. At the end of a dump, NLMSG_DONE
 * begins with one, too.
 */
int rtnl_try(int fd, struct rtnl *msg, struct rtnl *reply)
{
	const struct nlmsgerr *err;
	struct rtnl ack;

	if (!reply) {
		msg->nlh.nlmsg_flags |= NLM_F_ACK;
		reply = &ack;
	}
	CHECK(send(fd, msg, msg->nlh.nlmsg_len, 0) >= 0, "send to rtnetlink: %m");
	rtnl_recv(fd, reply);
	if (reply->nlh.nlmsg_type != NLMSG_ERROR && reply->nlh.nlmsg_type != NLMSG_DONE)
		return 0;
	err = NLMSG_DATA(&reply->nlh);
	return err->error;
}

/* As rtnl_try(), on a new socket. */
int rtnl_ask(struct rtnl *msg, struct rtnl *reply)
{
	int fd = rtnl_open(0);
	int err;

	err = rtnl_try(fd, msg, reply);
	close(fd);
	return err;
}

/* As rtnl_ask(). The kernel refuses attributes that it does not use. Drops the reply. */
int rtnl_ask_strictly(struct rtnl *msg)
{
	int err, strict = 1, fd = rtnl_open(0);
	struct rtnl reply;

	CHECK(!setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &strict, sizeof(strict)),
	      "NETLINK_GET_STRICT_CHK: %m");
	err = rtnl_try(fd, msg, &reply);
	close(fd);
	return err;
}

/* Begins a dump. */
int rtnl_try_dump(struct rtnl *msg)
{
	msg->nlh.nlmsg_flags |= NLM_F_DUMP;
	return rtnl_ask_strictly(msg);
}

/* As rtnl_ask(); an error fails the case. */
void rtnl_talk(struct rtnl *msg, struct rtnl *reply)
{
	int err = rtnl_ask(msg, reply);

	CHECK(!err, "rtnetlink message %d: %s", msg->nlh.nlmsg_type, strerror(-err));
}

/* Dumps all objects of a kind, and returns their number. */
unsigned int rtnl_dump(int type, const void *hdr, size_t len)
{
	union {
		struct nlmsghdr nlh;
		char bytes[65536];
	} reply;
	const struct nlmsghdr *nlh;
	unsigned int count = 0;
	struct rtnl msg;
	ssize_t left;
	int fd;

	rtnl_start(&msg, type, hdr, len);
	msg.nlh.nlmsg_flags |= NLM_F_DUMP;
	fd = rtnl_open(0);
	CHECK(send(fd, &msg, msg.nlh.nlmsg_len, 0) >= 0, "send to rtnetlink: %m");
	do {
		left = recv(fd, &reply, sizeof(reply), 0);
		CHECK(left >= 0, "recv from rtnetlink: %m");
		for (nlh = &reply.nlh; NLMSG_OK(nlh, left); nlh = NLMSG_NEXT(nlh, left)) {
			CHECK(nlh->nlmsg_type != NLMSG_ERROR, "rtnetlink refuses dump %d", type);
			if (nlh->nlmsg_type == NLMSG_DONE)
				break;
			count++;
		}
	} while (left < (ssize_t)sizeof(*nlh) || nlh->nlmsg_type != NLMSG_DONE);
	close(fd);
	return count;
}
