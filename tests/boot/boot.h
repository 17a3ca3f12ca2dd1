/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the cases of the boot check share.
 *
 * A case returns when the behaviour that its name states holds, and calls
 * fail() when it does not. It runs as root in init_net, in a process and a
 * mount namespace of its own, so whatever it leaves behind goes with it.
 */
#ifndef BOOT_H
#define BOOT_H

#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define CASE(name) void name(void);
#include "cases.h"
#include "fault.h"
#include "debug.h"
#include "coverage.h"
#undef CASE

#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define __noreturn	__attribute__((noreturn))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* report.c: how a case ends, and small files */
void report_init(void);
void report_start(void);
void ktap(const char *fmt, ...) __printf(1, 2);
/* What a case tells beside its result: tools/check-boot shows it. */
#define note(fmt, ...)	ktap("# note: " fmt, ##__VA_ARGS__)
const char *report_reason(void);

void __noreturn fail(const char *fmt, ...) __printf(1, 2);
void __noreturn skip(const char *fmt, ...) __printf(1, 2);
/* What the case waits for: the reason that is given if the time runs out. */
void waiting_for(const char *fmt, ...) __printf(1, 2);

#define CHECK(cond, ...)		\
	do {				\
		if (!(cond))		\
			fail(__VA_ARGS__); \
	} while (0)

#define EXIT_SKIP	4

char *read_file(const char *path);
void write_file(const char *path, const char *text);
unsigned long read_number(const char *path);
void pause_briefly(void);

/* netns.c: namespaces */
struct netns {
	int fd;
	char mount[32];		/* empty when @fd is what holds it */
};

void need_netns(void);
ino_t netns_inode(const char *path);
void netns_clone(struct netns *ns);
int netns_unshare(struct netns *ns);
int netns_open(const struct netns *ns);
void netns_enter(const struct netns *ns);
void netns_leave(void);
void netns_drop(struct netns *ns);
bool netns_fits(unsigned int max, struct netns *ns);
void netns_make_when_left(unsigned int count, struct netns *ns);

/* slab.c: the memory of namespaces */
unsigned long slab_objects(void);
unsigned long slab_objects_at_rest(void);

/* lo.c: the loopback device of the current namespace */
void lo_is_fresh(void);
void lo_up(void);
void lo_carries(int family);

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
void rtnl_talk(struct rtnl *msg, struct rtnl *reply);
unsigned int rtnl_dump(int type, const void *hdr, size_t len);

/* link.c: devices of the current namespace */
void link_make(const char *name, const char *kind);
void link_up(const char *name);
void veth_make(const char *name, const struct netns *peer_ns, const char *peer_name);

/* nsid.c: ids of peer namespaces */
void nsid_message(struct rtnl *msg, int type, int fd, int id);
void nsid_set(const struct netns *ns, int id);
int nsid_get(const struct netns *ns);
int nsid_of(const struct rtnl *msg);

#endif /* BOOT_H */
