// SPDX-License-Identifier: GPL-2.0
/* The control groups of a random walk, one for each worker and its children. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define CGROUPS	"/walk-cgroups"

static const char *path_of(unsigned int worker, const char *file)
{
	static char path[64];

	snprintf(path, sizeof(path), CGROUPS "/worker-%u%s", worker, file);
	return path;
}

void walk_make_cgroups(void)
{
	unsigned int i;

	mkdir(CGROUPS, 0755);
	CHECK(!mount("cgroup2", CGROUPS, "cgroup2", 0, NULL), "mount cgroup2: %m");
	for (i = 0; i < WALK_WORKERS; i++)
		CHECK(!mkdir(path_of(i, ""), 0755) || errno == EEXIST, "mkdir %s: %m",
		      path_of(i, ""));
}

/* The processes have been reaped. */
void walk_remove_cgroups(void)
{
	unsigned int i;

	for (i = 0; i < WALK_WORKERS; i++)
		while (rmdir(path_of(i, ""))) {
			CHECK(errno == EBUSY, "rmdir %s: %m", path_of(i, ""));
			waiting_for("%s to be empty", path_of(i, ""));
			pause_briefly();
		}
	CHECK(!umount2(CGROUPS, 0), "umount " CGROUPS ": %m");
}

/* The caller enters the group of @worker. */
void walk_enter_cgroup(unsigned int worker)
{
	write_file(path_of(worker, "/cgroup.procs"), "0");
}

void walk_freeze(unsigned int worker, bool freeze)
{
	write_file(path_of(worker, "/cgroup.freeze"), freeze ? "1" : "0");
}

/* All processes of the group, and not only asked to be. */
bool walk_is_frozen(unsigned int worker)
{
	char *events = read_file(path_of(worker, "/cgroup.events"));
	bool frozen = strstr(events, "frozen 1");

	free(events);
	return frozen;
}
