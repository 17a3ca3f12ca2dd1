// SPDX-License-Identifier: GPL-2.0
/* The generator of the random walk: numbers that depend on the seed and a position only. */
#include <stddef.h>
#include <stdint.h>

#include "boot.h"
#include "walker.h"

static const struct {
	const char *name;
	unsigned int weight;
} kinds[] = {
#define KIND(name, weight) { #name, weight },
#include "walk_kinds.h"
#undef KIND
};

const char *walk_kind_name(enum walk_kind kind)
{
	return kinds[kind].name;
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

static enum walk_kind kind_of(uint64_t x)
{
	unsigned int i, sum = 0;

	for (i = 0; i < WALK_KINDS; i++)
		sum += kinds[i].weight;
	x %= sum;
	for (i = 0; x >= kinds[i].weight; i++)
		x -= kinds[i].weight;
	return i;
}

/* Step @nr of @worker */
void walk_choose(unsigned int worker, unsigned long nr, struct walk_choice *c)
{
	uint64_t x = number(worker, nr), y = mix(x);

	c->kind = kind_of(x >> 32);
	c->slot = x % WALK_SLOTS;
	c->other = x / WALK_SLOTS % WALK_SLOTS;
	c->arg = y >> 32;
}
