// SPDX-License-Identifier: GPL-2.0
/*
 * A thread that uses a page which does not come until stuck_end(). Until then, the kernel keeps
 * what it holds while it reads the page.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"

/* The page before it is there. */
static void make_page(struct stuck *s)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	char *pages;

	pages = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(pages != MAP_FAILED, "mmap: %m");
	s->page = pages + size;
	s->fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	CHECK(s->fault_fd >= 0, "userfaultfd: %m");
	CHECK(!ioctl(s->fault_fd, UFFDIO_API, &api), "UFFDIO_API: %m");
	range.range.start = (unsigned long)s->page;
	range.range.len = size;
	CHECK(!ioctl(s->fault_fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER: %m");
}

/* Runs @use with @s in a thread. Returns when the kernel waits for the page. */
void stuck_begin(struct stuck *s, void *(*use)(void *s))
{
	struct pollfd fault = { .events = POLLIN };

	make_page(s);
	errno = pthread_create(&s->user, NULL, use, s);
	CHECK(!errno, "pthread_create: %m");
	fault.fd = s->fault_fd;
	waiting_for("the kernel to read the page");
	CHECK(poll(&fault, 1, -1) == 1, "poll: %m");
}

void stuck_end(struct stuck *s)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)s->page, .len = sysconf(_SC_PAGESIZE) },
	};

	CHECK(!ioctl(s->fault_fd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE: %m");
	errno = pthread_join(s->user, NULL);
	CHECK(!errno, "pthread_join: %m");
	close(s->fault_fd);
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
