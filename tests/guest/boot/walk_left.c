// SPDX-License-Identifier: GPL-2.0
/* The namespaces that a random walk left, and the state of init_net. */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define MANY	1000

/* An id that init_net assigned to itself stays, because init_net does. */
void walk_look_at_init_net(struct walk_init_net *state)
{
	struct ifinfomsg ifi = { 0 };
	struct rtgenmsg gen = { 0 };
	struct netns init_net;

	state->links = rtnl_dump(RTM_GETLINK, &ifi, sizeof(ifi));
	state->ids = rtnl_dump(RTM_GETNSID, &gen, sizeof(gen));
	netns_of_init(&init_net);
	if (nsid_get(&init_net) >= 0)
		state->ids--;
	netns_drop(&init_net);
}

/* The number that the limit is compared with, init_net excluded */
static unsigned int count_namespaces(void)
{
	struct netns probe;
	unsigned int n = 0;

	while (!netns_fits(n + 1, &probe) && n < MANY)
		n++;
	if (n < MANY)
		netns_drop(&probe);
	return n;
}

static bool is_other_netns(const char *link)
{
	static char init_net[32];
	char target[64];
	ssize_t len;

	if (!init_net[0])
		CHECK(readlink("/proc/1/ns/net", init_net, sizeof(init_net) - 1) > 0,
		      "readlink /proc/1/ns/net: %m");
	len = readlink(link, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	return !strncmp(target, "net:", 4) && strcmp(target, init_net);
}

/* Writes the first match of @pattern that refers to another namespace to @holder. */
static bool find_holder(const char *pattern, char *holder, size_t size)
{
	bool found = false;
	glob_t paths;
	size_t i;

	if (glob(pattern, GLOB_NOSORT, NULL, &paths))
		return false;
	for (i = 0; i < paths.gl_pathc && !found; i++) {
		found = is_other_netns(paths.gl_pathv[i]);
		if (found)
			snprintf(holder, size, "%s", paths.gl_pathv[i]);
	}
	globfree(&paths);
	return found;
}

/* The stack traces of their references, on a kernel that tracks these. */
static void note_references(void)
{
	ino_t init_net = netns_inode("/proc/1/ns/net");
	char of_init_net[32], *text, *line, *rest;
	glob_t links;
	size_t i;

	snprintf(of_init_net, sizeof(of_init_net), "-%lu-", (unsigned long)init_net);
	if (glob(TRACKER "netns-*", GLOB_NOSORT, NULL, &links))
		return;
	for (i = 0; i < links.gl_pathc; i++) {
		if (strstr(links.gl_pathv[i], of_init_net))
			continue;
		note("%s", links.gl_pathv[i]);
		text = read_file(links.gl_pathv[i]);
		for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
			note("%s", line);
		free(text);
	}
	globfree(&links);
}

static void __noreturn fail_with_namespaces(const char *after, unsigned int seconds)
{
	static struct ns_list list;
	char holder[64] = "none";

	note_references();
	netns_list(&list);
	if (!find_holder("/proc/[0-9]*/ns/net", holder, sizeof(holder)))
		find_holder("/proc/[0-9]*/fd/*", holder, sizeof(holder));
	fail("namespaces left %u s after %s: %u, of which listns shows %u, open: %s",
	     seconds, after, count_namespaces(), list.count - 1, holder);
}

/*
 * Slab caches whose numbers are exact at rest: init_net has as many objects after the walk as
 * before. Not those of TCP's TIME_WAIT, which stay in init_net for a minute, and of routes,
 * which CPUs cache.
 */
static const char * const caches[] = {
	"net_namespace", "nsproxy", "user_namespace", "pid_namespace", "sock_inode_cache", "UNIX",
	"UNIX-STREAM", "TCP", "TCPv6", "UDP", "UDPv6", "RAW", "RAWv6", "MPTCP", "MPTCPv6", "SCTP",
	"SCTPv6", "AF_VSOCK",
};
static unsigned long before[ARRAY_SIZE(caches)];

void walk_count_objects(void)
{
	slab_count_at_rest(caches, ARRAY_SIZE(caches), before);
}

/* Waits until the numbers are as before. */
void walk_expect_objects(unsigned int seconds)
{
	unsigned long start = now_ms(), after[ARRAY_SIZE(caches)];
	unsigned int i;

	do {
		slab_count_at_rest(caches, ARRAY_SIZE(caches), after);
	} while (memcmp(before, after, sizeof(after)) && now_ms() - start < seconds * 1000);
	for (i = 0; i < ARRAY_SIZE(caches); i++)
		CHECK(after[i] == before[i], "the slab %s held %lu objects before, %lu after",
		      caches[i], before[i], after[i]);
}

/* Waits until none is left but init_net. */
void walk_expect_no_namespaces(const char *after, unsigned int seconds)
{
	unsigned long start = now_ms();
	struct netns probe;

	while (!netns_fits(1, &probe)) {
		if (now_ms() - start > seconds * 1000)
			fail_with_namespaces(after, seconds);
		pause_briefly();
	}
	netns_drop(&probe);
}
