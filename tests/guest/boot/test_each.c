// SPDX-License-Identifier: GPL-2.0
/*
 * Kinds of steps of the random walk, with each allocation of a step failing in turn. No kind
 * leaves a namespace.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define TRIES		200	/* to find a step that succeeds */
#define SLOTS		5	/* that are filled */
#define MANY_POINTS	10000	/* more than a step has */
#define END_SECONDS	120	/* for the namespaces of a kind */

#define CHOICE(...)	(&(const struct walk_choice){ __VA_ARGS__ })

/* The slots 1 and 2 have other namespaces. */
static void fill_slots(void)
{
	unsigned int slot;

	walk_unshare(CHOICE(.slot = 1));
	walk_unshare(CHOICE(.slot = 2));
	walk_unshare(CHOICE(.slot = 0));
	for (slot = 0; slot < SLOTS; slot++) {
		if (slot > 2)
			walk_keep(WALK_NETS, slot, walk_open_own());
		walk_socket(CHOICE(.slot = slot, .arg = slot));
		walk_open_sysctls(CHOICE(.slot = slot, .arg = slot));
		walk_open_proc(CHOICE(.slot = slot, .arg = slot));
	}
	walk_mount_sysfs(CHOICE(0));
	walk_bind(CHOICE(.slot = 1));
	walk_pass(CHOICE(.slot = 1));
}

/* The name of slot 0 is free. */
static void make_devices(void)
{
	lo_up();
	walk_dummy(CHOICE(.slot = 1));
	walk_up(CHOICE(.slot = 1));
	walk_bridge(CHOICE(.slot = 2));
	walk_bond(CHOICE(.slot = 3));
	walk_veth(CHOICE(.slot = 4, .other = 1, .arg = 1 | 5 << 1));
}

/* That the step may succeed */
static void prepare_for(enum walk_kind kind)
{
	if (kind == WALK_geneve || kind == WALK_unload)
		walk_load(CHOICE(0));
	if (kind == WALK_get_id_of_target)
		walk_set_id(CHOICE(.slot = 1, .arg = 1));
}

/* The process ends as if it was killed if a check of the step fails. */
static void attempt(const void *data)
{
	const struct walk_choice *c = data;

	/* A step before may have left another limit. */
	netns_limit(NO_LIMIT);
	walk_begin(0);
	walk_open_box();
	fill_slots();
	make_devices();
	prepare_for(c->kind);
	walk_prepare_to_fail();
	walk->next[0]++;
	walk_take(c);
}

static bool succeeds(const struct walk_choice *c)
{
	unsigned long before = walk->counts[c->kind].succeeded;

	in_child(attempt, c);
	return walk->counts[c->kind].succeeded > before;
}

static void let_each_fail(struct walk_choice *c)
{
	unsigned long before;

	do {
		c->nth++;
		CHECK(c->nth < MANY_POINTS, "%s makes %u allocations", walk_kind_name(c->kind),
		      MANY_POINTS);
		waiting_for("%s %u %u %#x, whose allocation %u fails", walk_kind_name(c->kind),
			    c->slot, c->other, c->arg, c->nth);
		before = walk->failed;
		in_child(attempt, c);
	} while (walk->failed > before);
}

/* The first choice that succeeds if no allocation fails */
static void choose(enum walk_kind kind, struct walk_choice *c)
{
	unsigned int nr;

	for (nr = 0; nr < TRIES; nr++) {
		walk_choose(WALK_STREAM_EACH + kind, nr, c);
		c->kind = kind;
		c->slot %= SLOTS;
		c->other %= SLOTS;
		c->nth = 0;
		waiting_for("%s %u %u %#x", walk_kind_name(kind), c->slot, c->other, c->arg);
		if (succeeds(c))
			return;
	}
	fail("%s succeeded in none of %d tries: %s", walk_kind_name(kind), TRIES,
	     strerror(-walk->counts[kind].last_error));
}

/* Children of steps. A child that failed has reported why. */
static void reap_children(void)
{
	int status;

	while (waitpid(-1, &status, WNOHANG) > 0) {
		CHECK(WIFEXITED(status), "a child of a step was killed by signal %d",
		      WTERMSIG(status));
		if (WEXITSTATUS(status))
			_exit(WEXITSTATUS(status));
	}
}

void each_step_survives_each_failed_allocation(void)
{
	struct walk_choice c;
	enum walk_kind kind;
	int i;

	need_netns();
	walk_init();
	let_allocations_fail(false);
	note("walk_seed=%u", walk->seed);
	for (i = 0; i < WALK_WORKERS; i++)
		walk->pids[i] = getpid();
	walk_count_objects();
	for (kind = 0; kind < WALK_KINDS; kind++) {
		if (!walk_weight(kind) || walk_is_spared(kind))
			continue;
		choose(kind, &c);
		let_each_fail(&c);
		walk_clear_init_net();
		waiting_for("the namespaces to go after %s", walk_kind_name(kind));
		walk_expect_no_namespaces(walk_kind_name(kind), END_SECONDS);
		reap_children();
	}
	walk_unload_module();
	note("walk: %lu allocations failed", walk->failed);
	walk_expect_objects(END_SECONDS);
}
