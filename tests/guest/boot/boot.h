/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the cases of the boot check, which init.c runs by kselftest_harness.h.
 *
 * A case returns if its name is true, and calls fail() otherwise. It runs as
 * root in init_net, in its own process and mount namespace, so that these
 * clean up after it.
 */
#ifndef BOOT_H
#define BOOT_H

#include <linux/rtnetlink.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

#define CASE(name) void name(void);
#include "cases.h"
#include "fixes.h"
#include "xarray.h"
#include "stuck.h"
#include "fault.h"
#include "tracker.h"
#include "lockdep.h"
#include "wireguard.h"
#include "walk.h"
#include "each.h"
#include "debug.h"
#include "coverage.h"
#undef CASE

#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __noreturn	__attribute__((noreturn))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* report.c: results of a case, and small files */
#define REASON_MAX	256
#define EXIT_FAIL	1	/* KSFT_FAIL */
#define EXIT_SKIP	4	/* KSFT_SKIP */

void report_init(void);
void report_to(char *text, int *code);
void set_reason(const char *fmt, ...) __printf(1, 2);
void __noreturn end_case(int code);
void excuse_failures(bool (*is_excused)(void));
void end_if_excused(void);
void ktap(const char *fmt, ...) __printf(1, 2);
/* A note beside the result, which tools/lib/check-boot prints. */
#define note(fmt, ...)	ktap("# note: " fmt, ##__VA_ARGS__)

#define fail(...)	(end_if_excused(), set_reason(__VA_ARGS__), end_case(EXIT_FAIL))
#define skip(...)	(set_reason(__VA_ARGS__), end_case(EXIT_SKIP))
/* Set what the case waits for, to report on a timeout. */
#define waiting_for(fmt, ...)	set_reason("waiting for " fmt, ##__VA_ARGS__)

#define CHECK(cond, ...)		\
	do {				\
		if (!(cond))		\
			fail(__VA_ARGS__); \
	} while (0)

uint32_t text_sum(const char *text);
char *read_file(const char *path);
void write_file(const char *path, const char *text);
unsigned long read_number(const char *path);
void pause_briefly(void);
unsigned long now_ms(void);
unsigned int number_asked_for(const char *name, unsigned int otherwise);

/* netns.c: namespaces */
struct netns {
	int fd;
	char mount[32];		/* empty when @fd is what holds it */
};

#define NO_LIMIT	1000000

void need_netns(void);
ino_t netns_inode(const char *path);
void netns_of_init(struct netns *ns);
pid_t fork_with(int flags);
void netns_clone(struct netns *ns);
int netns_unshare(struct netns *ns);
void netns_hold(struct netns *ns);
void netns_make(struct netns *ns);
int netns_open(const struct netns *ns);
void netns_enter(const struct netns *ns);
void netns_leave(void);
void netns_drop(struct netns *ns);
void netns_limit(unsigned int max);
bool netns_fits(unsigned int max, struct netns *ns);
void netns_refused(unsigned int max);
void netns_make_when_left(unsigned int count, struct netns *ns);

/* nstree.c: ids of namespaces, and lookup by id */
#define NS_LIST_MAX	8192

struct ns_list {
	unsigned int count;
	uint64_t ids[NS_LIST_MAX];
};

uint64_t ns_id(int fd);
uint64_t netns_id(const struct netns *ns);
void netns_list(struct ns_list *list);
bool netns_is_listed(uint64_t id);
int ns_open_by_id(uint64_t id);

/* Files of debugfs with the references to namespaces: test_tracker.c, walk_left.c */
#define TRACKER	"/sys/kernel/debug/ref_tracker/"

/* user.c: without capabilities, and with those of a user namespace only */
struct sandbox {
	int user_fd, net_fd;
};

void in_child(void (*run)(const void *data), const void *data);
pid_t start_child(void (*run)(const void *data), const void *data);
void kill_child(pid_t pid);
void become_user(void);
void become_other_user(void);
void drop_cap(int cap);
void sandbox_make(struct sandbox *box);
void sandbox_become_root(const struct sandbox *box);
void sandbox_map_root(void);

/* sysctl.c: what /proc/sys/net shows */
#define SYSCTLS			"/proc/sys/net"
#define SYSCTL_PATH_MAX		128
#define SYSCTL_LIST_BYTES	32768
#define SYSCTL_LIST_PIECES	128	/* a few names */

struct sysctl_list {
	size_t len;
	char text[16384];	/* a name a line, directories with "/" */
};

struct sysctl_tree {
	unsigned int files, directories;
	size_t len;
	char text[262144];	/* a line for each: path, mode, owner, group */
};

struct sysctl_entry {
	char path[SYSCTL_PATH_MAX];
	unsigned int mode, uid, gid;
};

int sysctl_open(const char *path, int flags);
int sysctl_list_fd(int fd, size_t bytes, struct sysctl_list *list);
int sysctl_list(const char *path, size_t bytes, struct sysctl_list *list);
bool sysctl_is_listed(const struct sysctl_list *list, const char *name);
void sysctl_walk(struct sysctl_tree *tree);
bool sysctl_next(const char **line, struct sysctl_entry *entry);
bool sysctl_is_dir(const struct sysctl_entry *entry);

/* sysfs.c: a device in sysfs */
struct sysfs_tree {
	unsigned int entries;
	size_t len;
	char text[16384];	/* a line for each: path, mode, owner, group, target of a link */
};

int sysfs_mount(const char *dir);
void sysfs_unmount(const char *dir);
void sysfs_walk(const char *dir, const char *name, struct sysfs_tree *tree);
bool sysfs_has(const char *dir, const char *name);

/* test_walk.c: how long the random walk takes, without the check at its end */
unsigned int walk_seconds(void);

/* slab.c: the memory of namespaces */
unsigned long slab_objects(void);
unsigned long slab_objects_at_rest(void);
void slab_count_at_rest(const char * const *caches, unsigned int n, unsigned long *objects);

/* fault.c: failing allocations */
void let_allocations_fail(bool pages);
int open_fail_nth(void);
void fail_nth(int fd, unsigned int nth);
bool one_failed(int fd);

/* lo.c: the loopback device of the current namespace */
void lo_is_fresh(void);
void lo_up(void);
void lo_carries(int family);
void lo_connect(int family, int type, const char *what, int ends[2]);
socklen_t lo_address(int family, uint16_t port, struct sockaddr_storage *addr);

/* stuck.c: a thread that waits for a page, such as that of a write() that does not end */
struct stuck {
	int fuse_fd, fd;
	char *page;
	uint64_t request;
	void *(*use)(void *s);
	pthread_t user;
};

void stuck_begin(struct stuck *s, void *(*use)(void *s));
void stuck_end(struct stuck *s);
void stuck_rtnl_begin(struct stuck *s);
void stuck_write_begin(struct stuck *s, int fd);
void stuck_write_end(struct stuck *s);

#define STUCK_MS	5000	/* what takes a few ms, and now takes this long, is stuck */

void create_and_drop(void);
unsigned long creations_us(unsigned int count);
void creations_are_not_delayed(unsigned int count, unsigned long before);
void entering_is_not_delayed(const struct netns *ns);

/* rtnl.c: rtnetlink */
struct rtnl {
	struct nlmsghdr nlh;
	char buf[4096];
};

void rtnl_start(struct rtnl *msg, int type, const void *hdr, size_t len);
struct rtattr *rtnl_put(struct rtnl *msg, int type, const void *data, size_t len);
void rtnl_nest_end(struct rtnl *msg, struct rtattr *nest);
const void *rtnl_attr(const struct rtnl *msg, size_t hdrlen, int type);
int rtnl_open(unsigned int group);
void rtnl_recv(int fd, struct rtnl *msg);
int rtnl_try(int fd, struct rtnl *msg, struct rtnl *reply);
int rtnl_ask(struct rtnl *msg, struct rtnl *reply);
int rtnl_ask_strictly(struct rtnl *msg);
int rtnl_try_dump(struct rtnl *msg);
void rtnl_talk(struct rtnl *msg, struct rtnl *reply);
unsigned int rtnl_dump(int type, const void *hdr, size_t len);

/* link.c: devices of the current namespace */
void link_put_name(struct rtnl *msg, const char *name);
struct rtattr *link_start(struct rtnl *msg, const char *name, const char *kind);
int pair_try(const char *kind, const char *name, int peer_ns_fd, const char *peer_name);
void link_make(const char *name, const char *kind);
void link_up(const char *name);
int link_try_to_rename(const char *name, const char *new_name);
void link_rename(const char *name, const char *new_name);
void link_move(const char *name, const struct netns *ns);
void link_delete(const char *name);
void veth_make(const char *name, const struct netns *peer_ns, const char *peer_name);
int tun_open(const char *name, short flags);

/* nsid.c: ids of peer namespaces */
void nsid_start(struct rtnl *msg, int type, int attr, int value);
void nsid_message(struct rtnl *msg, int type, int fd, int id);
void nsid_set(const struct netns *ns, int id);
int nsid_get(const struct netns *ns);
int nsid_of(const struct rtnl *msg);
void nsid_drop(struct netns *ns, int fd, int id);

#endif /* BOOT_H */
