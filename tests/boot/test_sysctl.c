// SPDX-License-Identifier: GPL-2.0
/* The sysctls that each namespace has of its own. */
#define _GNU_SOURCE
#include <ftw.h>
#include <unistd.h>

#include "boot.h"

#define SYSCTLS	"/proc/sys/net"
#define CONF	SYSCTLS "/ipv4/conf/"

static unsigned int listed;

static bool found(const char *path)
{
	return !access(path, F_OK);
}

static int count_found(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	CHECK(type != FTW_NS, "%s is listed and not found", path);
	listed++;
	return 0;
}

void sysctls_are_found_by_name(void)
{
	struct netns ns;

	need_netns();
	netns_clone(&ns);
	netns_enter(&ns);
	CHECK(!nftw(SYSCTLS, count_found, 10, FTW_PHYS), "walk through %s: %m", SYSCTLS);
	CHECK(listed > 200, "%s lists no more than %u", SYSCTLS, listed);

	/* What stands before and behind "all" */
	CHECK(!found(CONF "al") && !found(CONF "alla") && !found(CONF "a"),
	      "a part of a name is found");
	veth_make("al", &ns, "alla");
	CHECK(found(CONF "al/forwarding") && found(CONF "all/forwarding") &&
	      found(CONF "alla/forwarding"), "a name that begins another is not found");

	netns_leave();
	CHECK(found(CONF "all") && !found(CONF "al"), "a namespace has the sysctls of another");
}
