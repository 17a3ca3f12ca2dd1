// SPDX-License-Identifier: GPL-2.0
/* A device of the caller's namespace in sysfs. A mount shows the namespace that it was made in. */
#define _GNU_SOURCE
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"

/* nftw() has no argument for its function. */
static struct sysfs_tree *walked;
static size_t base_len;

/* Mounts sysfs on @dir of the case's mount namespace. Returns 0 or the errno. */
int sysfs_mount(const char *dir)
{
	mkdir(dir, 0755);
	return mount("sysfs", dir, "sysfs", 0, NULL) ? errno : 0;
}

void sysfs_unmount(const char *dir)
{
	CHECK(!umount2(dir, MNT_DETACH), "umount %s: %m", dir);
}

static int add_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct sysfs_tree *tree = walked;
	size_t left = sizeof(tree->text) - tree->len;
	char target[256] = "";

	CHECK(type != FTW_NS && type != FTW_DNR, "%s is listed, and cannot be read", path);
	if (type == FTW_SL)
		CHECK(readlink(path, target, sizeof(target) - 1) > 0, "readlink %s: %m", path);
	tree->entries += ftw->level > 0;
	tree->len += snprintf(tree->text + tree->len, left, "%s %o %u %u %s\n", path + base_len,
			      st->st_mode, st->st_uid, st->st_gid, target);
	CHECK(tree->len < sizeof(tree->text), "%s has more entries than were expected", path);
	return 0;
}

/* All entries of the device @name in the sysfs on @dir, in the order of its directories */
void sysfs_walk(const char *dir, const char *name, struct sysfs_tree *tree)
{
	char base[64];

	*tree = (struct sysfs_tree){ 0 };
	walked = tree;
	base_len = snprintf(base, sizeof(base), "%s/devices/virtual/net/%s", dir, name);
	CHECK(!nftw(base, add_entry, 8, FTW_PHYS), "walking through %s: %m", base);
}

/* True if class/net on @dir has that device. */
bool sysfs_has(const char *dir, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/class/net/%s/ifindex", dir, name);
	return !access(path, R_OK);
}
