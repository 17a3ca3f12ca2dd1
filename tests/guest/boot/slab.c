// SPDX-License-Identifier: GPL-2.0
/* The number of allocated struct net. */
#include "boot.h"

#define SLAB	"/sys/kernel/slab/net_namespace/"

unsigned long slab_objects(void)
{
	/* Free objects in per-CPU slabs would count as used: empty these slabs. */
	write_file(SLAB "shrink", "1");
	return read_number(SLAB "objects");
}

/* The memory is freed up to a second after the count has been released. So wait until the
 * number has stayed the same for two seconds.
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
 * next cleanup. So create and drop one namespace, and count while another one
 * lives. At most these two are in the slab then, always the same number.
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
