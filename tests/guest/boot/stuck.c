// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that uses a page which does not come until stuck_end(). Until then, the kernel keeps
 * what it holds while it reads the page. It is the page of a file in a FUSE filesystem, which
 * any user can mount in a user namespace.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/fuse.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "boot.h"

/* Another file than a directory, to mount on */
#define FILE_PATH	"/init"
#define FILE_MODE	(S_IFREG | 0444)

/* A filesystem that is a single file */
static void mount_file(struct stuck *s)
{
	char options[80];

	s->fuse_fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	CHECK(s->fuse_fd >= 0, "open /dev/fuse: %m");
	snprintf(options, sizeof(options), "fd=%d,rootmode=%o,user_id=0,group_id=0", s->fuse_fd,
		 FILE_MODE);
	CHECK(!mount("fuse", FILE_PATH, "fuse", 0, options), "mount fuse: %m");
}

/* Maps a page of the file behind another page. */
static void *map_and_use(void *data)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct stuck *s = data;
	struct stat st;
	char *pages;
	int fd;

	fd = open(FILE_PATH, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "open a file: %m");
	CHECK(!fstat(fd, &st), "fstat: %m");
	pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED, "mmap: %m");
	s->page = pages + size;
	CHECK(mmap(s->page, size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == s->page,
	      "mmap a file: %m");
	close(fd);
	return s->use(s);
}

static void answer(const struct stuck *s, int error, const void *data, size_t len)
{
	struct fuse_out_header head = {
		.len = sizeof(head) + len, .error = error, .unique = s->request,
	};
	struct iovec parts[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = (void *)data, .iov_len = len },
	};

	CHECK(writev(s->fuse_fd, parts, ARRAY_SIZE(parts)) == (ssize_t)head.len,
	      "write to /dev/fuse: %m");
}

/* Answers requests. Returns at the first that reads the page. */
static void serve_until_read(struct stuck *s)
{
	/* Without asynchronous readahead, the thread could not be killed while it waits. */
	const struct fuse_init_out init = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = 65536,
		.flags = FUSE_ASYNC_READ,
	};
	const struct fuse_attr_out attr = {
		.attr = { .ino = 1, .size = 1, .mode = FILE_MODE, .nlink = 1 },
	};
	const struct fuse_open_out opened = { };
	struct {
		struct fuse_in_header head;
		char data[FUSE_MIN_READ_BUFFER];
	} in;

	for (;;) {
		CHECK(read(s->fuse_fd, &in, sizeof(in)) > 0, "read from /dev/fuse: %m");
		s->request = in.head.unique;
		switch (in.head.opcode) {
		case FUSE_INIT:
			answer(s, 0, &init, sizeof(init));
			break;
		case FUSE_OPEN:
			answer(s, 0, &opened, sizeof(opened));
			break;
		case FUSE_GETATTR:
			answer(s, 0, &attr, sizeof(attr));
			break;
		case FUSE_READ:
			return;
		default:
			answer(s, -ENOSYS, NULL, 0);
		}
	}
}

/* Runs @use with @s in a thread. Returns when the kernel waits for the page. */
void stuck_begin(struct stuck *s, void *(*use)(void *s))
{
	mount_file(s);
	s->use = use;
	errno = pthread_create(&s->user, NULL, map_and_use, s);
	CHECK(!errno, "pthread_create: %m");
	waiting_for("the kernel to read the page");
	serve_until_read(s);
}

/* The page has zeroes only. */
void stuck_end(struct stuck *s)
{
	answer(s, 0, "", 1);
	errno = pthread_join(s->user, NULL);
	CHECK(!errno, "pthread_join: %m");
	close(s->fuse_fd);
	umount2(FILE_PATH, MNT_DETACH);
}

static void *writer(void *data)
{
	struct stuck *s = data;

	/* The page has a zero in the end. Its effect does not matter. */
	return write(s->fd, s->page, 1) == 1 ? s : NULL;
}

/* stuck_write_end() closes @fd. */
void stuck_write_begin(struct stuck *s, int fd)
{
	s->fd = fd;
	stuck_begin(s, writer);
}

void stuck_write_end(struct stuck *s)
{
	stuck_end(s);
	close(s->fd);
}

void create_and_drop(void)
{
	struct netns ns;

	netns_make(&ns);
	netns_drop(&ns);
}

/* Creates and drops @count namespaces. Returns the mean time for one in us. */
unsigned long creations_us(unsigned int count)
{
	unsigned long start = now_ms(), last = start, now;
	unsigned int i;

	waiting_for("a namespace to be created");
	for (i = 0; i < count; i++, last = now) {
		create_and_drop();
		now = now_ms();
		CHECK(now - last < STUCK_MS, "a creation took %lu ms", now - last);
	}
	return (last - start) * 1000 / count;
}

/* Enters @ns, and leaves it. */
void entering_is_not_delayed(const struct netns *ns)
{
	unsigned long start = now_ms(), took;

	netns_enter(ns);
	netns_leave();
	took = now_ms() - start;
	CHECK(took < STUCK_MS, "entering another namespace took %lu ms", took);
}

/* Fails if the mean is more than ten times @before, plus 20 ms. */
void creations_are_not_delayed(unsigned int count, unsigned long before)
{
	unsigned long us = creations_us(count);

	note("stuck: a creation took %lu us, %lu us before", us, before);
	CHECK(us < 10 * before + 20000, "a creation took %lu us, %lu us before", us, before);
}

/* The command is in the page before, its flags are in the page that does not come. */
static void *set_flags(void *data)
{
	struct stuck *s = data;
	uint32_t *command = (uint32_t *)s->page - 1;
	struct ifreq ifr = { .ifr_name = "lo", .ifr_data = (char *)command };
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	*command = ETHTOOL_SFLAGS;
	ioctl(sock, SIOCETHTOOL, &ifr);
	close(sock);
	return NULL;
}

/* The thread holds RTNL until stuck_end(). */
void stuck_rtnl_begin(struct stuck *s)
{
	stuck_begin(s, set_flags);
}
