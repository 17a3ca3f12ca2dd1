// SPDX-License-Identifier: GPL-2.0
/*
 * A write() whose buffer is a page that does not come until stuck_write_end(). Until then, the
 * file's method keeps what it holds while it reads the buffer.
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

static void *writer(void *data)
{
	struct stuck_write *s = data;

	/* The page has a zero in the end. Its effect does not matter. */
	return write(s->fd, s->page, 1) == 1 ? s : NULL;
}

static void make_page(struct stuck_write *s)
{
	size_t size = sysconf(_SC_PAGESIZE);
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };

	s->page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(s->page != MAP_FAILED, "mmap: %m");
	s->fault_fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	CHECK(s->fault_fd >= 0, "userfaultfd: %m");
	CHECK(!ioctl(s->fault_fd, UFFDIO_API, &api), "UFFDIO_API: %m");
	range.range.start = (unsigned long)s->page;
	range.range.len = size;
	CHECK(!ioctl(s->fault_fd, UFFDIO_REGISTER, &range), "UFFDIO_REGISTER: %m");
}

/* Returns when the kernel waits for the page. stuck_write_end() closes @fd. */
void stuck_write_begin(struct stuck_write *s, int fd)
{
	struct pollfd fault = { .events = POLLIN };

	s->fd = fd;
	make_page(s);
	errno = pthread_create(&s->writer, NULL, writer, s);
	CHECK(!errno, "pthread_create: %m");
	fault.fd = s->fault_fd;
	waiting_for("the kernel to read the page");
	CHECK(poll(&fault, 1, -1) == 1, "poll: %m");
}

void stuck_write_end(struct stuck_write *s)
{
	struct uffdio_zeropage zero = {
		.range = { .start = (unsigned long)s->page, .len = sysconf(_SC_PAGESIZE) },
	};

	CHECK(!ioctl(s->fault_fd, UFFDIO_ZEROPAGE, &zero), "UFFDIO_ZEROPAGE: %m");
	errno = pthread_join(s->writer, NULL);
	CHECK(!errno, "pthread_join: %m");
	close(s->fd);
	close(s->fault_fd);
}
