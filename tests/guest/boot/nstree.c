// SPDX-License-Identifier: GPL-2.0
/*
 * Ids of namespaces, and lookup by id. The build machine's headers may be older than the
 * kernel, so definitions of include/uapi/linux/nsfs.h are repeated here, by other names.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"

#ifndef __NR_listns
#define __NR_listns	470
#endif
#ifndef NS_GET_ID
#define NS_GET_ID	_IOR(NSIO, 13, uint64_t)
#endif
#ifndef FD_NSFS_ROOT
#define FD_NSFS_ROOT	-10003
#endif
#define HANDLE_TYPE	0xf1	/* FILEID_NSFS */
#define PAGE_IDS	16	/* small, so that one list takes several calls */

/* struct ns_id_req */
struct list_request {
	uint32_t size, spare;
	uint64_t after;
	uint32_t type, spare2;
	uint64_t user_ns_id;
};

/* struct file_handle with a struct nsfs_file_handle */
struct ns_handle {
	uint32_t bytes;
	int32_t type;
	struct {
		uint64_t ns_id;
		uint32_t ns_type, inode;
	} ns;
};

uint64_t ns_id(int fd)
{
	uint64_t id;

	CHECK(!ioctl(fd, NS_GET_ID, &id), "NS_GET_ID: %m");
	return id;
}

uint64_t netns_id(const struct netns *ns)
{
	int fd = netns_open(ns);
	uint64_t id = ns_id(fd);

	close(fd);
	return id;
}

/* Adds up to PAGE_IDS ids above @after to @list. False if there are none. */
static bool list_page(struct ns_list *list, uint64_t after)
{
	struct list_request request = {
		.size = sizeof(request), .after = after, .type = CLONE_NEWNET,
	};
	long n;

	CHECK(list->count + PAGE_IDS <= NS_LIST_MAX, "listns shows more than %d namespaces",
	      NS_LIST_MAX - PAGE_IDS);
	n = syscall(__NR_listns, &request, list->ids + list->count, PAGE_IDS, 0);
	CHECK(n >= 0 || errno == ENOENT, "listns: %m");
	if (n > 0)
		list->count += n;
	return n > 0;
}

/* The ids of all network namespaces, in ascending order without duplicates. */
void netns_list(struct ns_list *list)
{
	uint64_t last = 0;
	unsigned int i;

	list->count = 0;
	while (list_page(list, last))
		last = list->ids[list->count - 1];
	for (i = 1; i < list->count; i++)
		CHECK(list->ids[i - 1] < list->ids[i], "listns shows id %" PRIu64 " after id %" PRIu64,
		      list->ids[i], list->ids[i - 1]);
}

bool netns_is_listed(uint64_t id)
{
	static struct ns_list list;
	unsigned int i;

	netns_list(&list);
	for (i = 0; i < list.count; i++)
		if (list.ids[i] == id)
			return true;
	return false;
}

/* A descriptor of the network namespace with that id, or a negative errno. */
int ns_open_by_id(uint64_t id)
{
	struct ns_handle handle = {
		.bytes = sizeof(handle.ns), .type = HANDLE_TYPE, .ns.ns_id = id,
	};
	int fd;

	fd = syscall(SYS_open_by_handle_at, FD_NSFS_ROOT, &handle, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
