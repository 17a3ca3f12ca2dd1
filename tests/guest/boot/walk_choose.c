// SPDX-License-Identifier: GPL-2.0
/* The generator of the random walk: numbers that depend on the seed and a position only. */
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "walker.h"

#define FAIL_EVERY	4	/* steps */
#define FAIL_BITS	12	/* of the number of the allocation, at most */

static const struct {
	const char *name;
	unsigned int weight;
	bool families;
} kinds[] = {
#define KIND(name, weight) { #name, weight, false },
#define FAMILY_KIND(name, weight) { #name, weight, true },
#include "walk_kinds.h"
#undef KIND
};

const char *walk_kind_name(enum walk_kind kind)
{
	return kinds[kind].name;
}

/* Among all kinds. That of a kind which is not taken is 0. */
unsigned int walk_weight(enum walk_kind kind)
{
	return kinds[kind].families && !walk->families ? 0 : kinds[kind].weight;
}

/* The output function of SplitMix64 */
static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t number(unsigned int stream, unsigned long nr)
{
	return mix(mix((uint64_t)walk->seed << 32 | stream) + nr);
}

unsigned int walk_number(unsigned int stream, unsigned long nr)
{
	return number(stream, nr) >> 32;
}

/*
 * Kinds in which no allocation fails. Without memory, the kernel prints a stack trace while it
 * loads a module or creates the first wireguard device, and warns of a device that it cannot
 * rename in sysfs while it moves it.
 */
bool walk_is_spared(enum walk_kind kind)
{
	return kind == WALK_load || kind == WALK_wireguard || kind == WALK_move;
}

static enum walk_kind kind_of(uint64_t x)
{
	unsigned int i, sum = 0;

	for (i = 0; i < WALK_KINDS; i++)
		sum += walk_weight(i);
	x %= sum;
	for (i = 0; x >= walk_weight(i); i++)
		x -= walk_weight(i);
	return i;
}

/*
 * An allocation of one step in FAIL_EVERY fails, if the step makes as many. Most steps make few,
 * and the creation of a namespace makes more than a thousand.
 */
static unsigned int nth_of(enum walk_kind kind, unsigned int x)
{
	if (!walk->fail || x % FAIL_EVERY || walk_is_spared(kind))
		return 0;
	return 1 + (x >> 16) % (1 << x / FAIL_EVERY % FAIL_BITS);
}

/* Step @nr of @worker */
void walk_choose(unsigned int worker, unsigned long nr, struct walk_choice *c)
{
	uint64_t x = number(worker, nr), y = mix(x);

	c->kind = kind_of(x >> 32);
	c->slot = x % WALK_SLOTS;
	c->other = x / WALK_SLOTS % WALK_SLOTS;
	c->arg = y >> 32;
	c->nth = nth_of(c->kind, walk_number(WALK_STREAM_FAIL + worker, nr));
}
