// SPDX-License-Identifier: GPL-2.0
/* The number of allocated objects of slab caches, such as struct net. */
#include <stdio.h>
#include <string.h>

#include "boot.h"

#define SLAB		"/sys/kernel/slab/"
#define NET_CACHE	"net_namespace"
#define CACHES_MAX	32

static unsigned long objects_of(const char *cache)
{
	char path[64];

	/* Free objects in per-CPU slabs would count as used: empty these slabs. */
	snprintf(path, sizeof(path), SLAB "%s/shrink", cache);
	write_file(path, "1");
	snprintf(path, sizeof(path), SLAB "%s/objects", cache);
	return read_number(path);
}

unsigned long slab_objects(void)
{
	return objects_of(NET_CACHE);
}

static void count(const char * const *caches, unsigned int n, unsigned long *objects)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		objects[i] = objects_of(caches[i]);
}

/* The memory is freed up to a second after the count has been released. So wait until the
 * numbers have stayed the same for two seconds.
 */
static void count_steady(const char * const *caches, unsigned int n, unsigned long *objects)
{
	unsigned long last[CACHES_MAX];
	size_t bytes = n * sizeof(*last);
	int same = 0;

	CHECK(n <= CACHES_MAX, "%u slab caches are too many", n);
	count(caches, n, last);
	while (same < 100) {
		pause_briefly();
		count(caches, n, objects);
		same = memcmp(objects, last, bytes) ? 0 : same + 1;
		memcpy(last, objects, bytes);
	}
}

/*
 * A kernel may keep the memory of the namespaces cleaned up last until the
 * next cleanup. So create and drop one namespace, and count while another one
 * lives. At most these two are in the slab then, always the same number.
 */
void slab_count_at_rest(const char * const *caches, unsigned int n, unsigned long *objects)
{
	struct netns ns;

	netns_make_when_left(0, &ns);
	netns_drop(&ns);
	netns_make_when_left(0, &ns);
	count_steady(caches, n, objects);
	netns_drop(&ns);
}

/* Of struct net only */
unsigned long slab_objects_at_rest(void)
{
	static const char * const cache = NET_CACHE;
	unsigned long objects;

	slab_count_at_rest(&cache, 1, &objects);
	return objects;
}
