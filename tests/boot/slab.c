// SPDX-License-Identifier: GPL-2.0
/* What the kernel holds of the structures of namespaces. */
#include "boot.h"

#define SLAB	"/sys/kernel/slab/net_namespace/"

unsigned long slab_objects(void)
{
	/* Empties the per-CPU slabs, whose free objects would count as used. */
	write_file(SLAB "shrink", "1");
	return read_number(SLAB "objects");
}

/* The memory is freed after the count has been released, up to a second later. So the
 * number has to stay the same for two.
 */
static unsigned long steady_slab_objects(void)
{
	unsigned long last = slab_objects(), now;
	int same = 0;

	while (same < 100) {
		pause_briefly();
		now = slab_objects();
		same = now == last ? same + 1 : 0;
		last = now;
	}
	return now;
}

/*
 * A kernel may keep the memory of the namespaces cleaned up last until the
 * next cleanup. So one more comes and goes first, and the look is taken
 * while another one lives: at most these two are in the slab then, and always
 * the same number of them.
 */
unsigned long slab_objects_at_rest(void)
{
	struct netns ns;
	unsigned long n;

	netns_make_when_left(0, &ns);
	netns_drop(&ns);
	netns_make_when_left(0, &ns);
	n = steady_slab_objects();
	netns_drop(&ns);
	return n;
}
