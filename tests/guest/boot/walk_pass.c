// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of the random walk: descriptors of namespaces in messages of AF_UNIX sockets, which
 * are received by another worker, or never.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define FDS_MAX	2

/* All workers send to the first end and receive from the second. */
static int box[2];

void walk_open_box(void)
{
	CHECK(!socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, box),
	      "socketpair(AF_UNIX): %m");
}

void walk_close_box(void)
{
	close(box[0]);
	close(box[1]);
}

/* A message of one byte with room for descriptors */
struct fd_message {
	struct msghdr hdr;
	struct iovec iov;
	char byte;
	union {
		struct cmsghdr cmsg;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
};

static void init_message(struct fd_message *msg, unsigned int fds)
{
	memset(msg, 0, sizeof(*msg));
	msg->iov = (struct iovec){ &msg->byte, 1 };
	msg->hdr.msg_iov = &msg->iov;
	msg->hdr.msg_iovlen = 1;
	msg->hdr.msg_control = &msg->control;
	msg->hdr.msg_controllen = CMSG_SPACE(fds * sizeof(int));
}

static int send_fds(int sock, const int *fds, unsigned int n)
{
	struct fd_message msg;

	init_message(&msg, n);
	msg.control.cmsg.cmsg_level = SOL_SOCKET;
	msg.control.cmsg.cmsg_type = SCM_RIGHTS;
	msg.control.cmsg.cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(&msg.control.cmsg), fds, n * sizeof(int));
	return walk_result(sendmsg(sock, &msg.hdr, MSG_DONTWAIT));
}

int walk_pass(const struct walk_choice *c)
{
	int fd = walk_fd(WALK_NETS, c->slot);

	return send_fds(box[0], &fd, 1);
}

int walk_receive(const struct walk_choice *c)
{
	struct fd_message msg;
	int fd;

	init_message(&msg, 1);
	if (recvmsg(box[1], &msg.hdr, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	CHECK(msg.control.cmsg.cmsg_type == SCM_RIGHTS && !(msg.hdr.msg_flags & MSG_CTRUNC),
	      "a message was received without its descriptor");
	memcpy(&fd, CMSG_DATA(&msg.control.cmsg), sizeof(fd));
	return walk_keep(WALK_NETS, c->slot, fd);
}

/* The message is unread when its socket is closed. */
static int leave_unread(const struct walk_choice *c, bool cycle)
{
	int ends[2], fds[FDS_MAX], err;

	if (socketpair(AF_UNIX, (c->arg & 1 ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0,
		       ends))
		return -errno;
	fds[0] = walk_fd(WALK_NETS, c->slot);
	fds[1] = ends[1];
	err = send_fds(ends[0], fds, cycle ? 2 : 1);
	close(ends[0]);
	close(ends[1]);
	return err;
}

int walk_leave_in_flight(const struct walk_choice *c)
{
	return leave_unread(c, false);
}

/* The message holds the socket in whose queue it is: only garbage collection frees both. */
int walk_leave_in_cycle(const struct walk_choice *c)
{
	return leave_unread(c, true);
}
