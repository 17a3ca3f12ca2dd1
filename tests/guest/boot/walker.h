/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the files of the random walk.
 *
 * Workers take steps. The choice of a step depends only on the seed, the worker's number and
 * the step's number, never on a result. The chosen slot may be empty, and the chosen device
 * missing: most steps may fail.
 */
#ifndef WALKER_H
#define WALKER_H

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

#define WALK_WORKERS	4
#define WALK_SLOTS	8	/* of each pool of descriptors */
#define WALK_NAMES	8	/* of devices: few, so that they collide */
#define WALK_ROOM	64	/* limit of namespaces, which bounds the memory */
#define WALK_PREFIX	"walk"	/* of the names of devices */

enum walk_kind {
#define KIND(name, weight) WALK_##name,
#include "walk_kinds.h"
#undef KIND
	WALK_KINDS
};

/* Numbers from the generator. A step takes the bits that it needs from @arg. */
struct walk_choice {
	enum walk_kind kind;
	unsigned int slot, other;	/* below WALK_SLOTS */
	unsigned int arg;
	unsigned int nth;		/* the allocation that fails, or 0 */
};

/* Shared by all processes */
struct walk {
	unsigned int seed;
	bool trace, fail, families;
	pid_t pids[WALK_WORKERS];
	unsigned long next[WALK_WORKERS];	/* number of the worker's next step */
	struct walk_count {
		unsigned long taken, succeeded;
		int last_error;
	} counts[WALK_KINDS];
	unsigned long failed;	/* allocations */
};

extern struct walk *walk;

/* test_walk.c: the command line */
void walk_init(void);

/* A step returns 0 or a negative errno. */
#define KIND(name, weight) int walk_##name(const struct walk_choice *c);
#include "walk_kinds.h"
#undef KIND

/* The result of a system call as that of a step */
static inline int walk_result(long ret)
{
	return ret < 0 ? -errno : 0;
}

/*
 * walk_choose.c: the generator. The streams below WALK_WORKERS are those of the workers' steps,
 * the next ones those of their failing allocations.
 */
#define WALK_STREAM_FAIL	WALK_WORKERS
#define WALK_STREAM_DISTURB	(2 * WALK_WORKERS)
#define WALK_STREAM_EACH	(3 * WALK_WORKERS)

unsigned int walk_number(unsigned int stream, unsigned long nr);
void walk_choose(unsigned int worker, unsigned long nr, struct walk_choice *c);
unsigned int walk_weight(enum walk_kind kind);
bool walk_is_spared(enum walk_kind kind);
const char *walk_kind_name(enum walk_kind kind);

/* walk_worker.c: a process that takes steps, and its open descriptors */
enum walk_pool { WALK_NETS, WALK_SOCKETS, WALK_DIRS, WALK_FILES, WALK_POOLS };

void __attribute__((noreturn)) walk_work(unsigned int worker);
void walk_begin(unsigned int worker);
void walk_prepare_to_fail(void);
void walk_take(const struct walk_choice *c);
unsigned int walk_worker(void);
int walk_fd(enum walk_pool pool, unsigned int slot);
int walk_keep(enum walk_pool pool, unsigned int slot, int fd);
int walk_drop_fd(enum walk_pool pool, unsigned int slot);

/* walk_net.c: namespaces */
int walk_open_own(void);

/* walk_pass.c: where workers leave descriptors for each other */
void walk_open_box(void);
void walk_close_box(void);

/* walk_link.c: devices */
const char *walk_name(unsigned int nr);
void walk_clear_init_net(void);

/* walk_file.c: files */
int walk_write(const char *path, const char *text);

/* walk_cgroup.c: a control group for each worker, to freeze it */
void walk_make_cgroups(void);
void walk_remove_cgroups(void);
void walk_enter_cgroup(unsigned int worker);
void walk_freeze(unsigned int worker, bool freeze);
bool walk_is_frozen(unsigned int worker);

/* walk_module.c: a driver as module */
void walk_unload_module(void);

/* walk_left.c: what the walk left */
struct walk_init_net {
	unsigned int links, ids;
};

void walk_look_at_init_net(struct walk_init_net *state);
void walk_expect_no_namespaces(const char *after, unsigned int seconds);
void walk_count_objects(void);
void walk_expect_objects(unsigned int seconds);

#endif /* WALKER_H */
