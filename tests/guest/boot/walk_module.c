// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of the random walk: a driver as module is loaded and unloaded, with the registration
 * of its operations for namespaces. configs/boot.config makes it a module, and tools/boot adds
 * it to the initramfs.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define MODULE	"geneve"

int walk_load(const struct walk_choice *c)
{
	int fd = open("/" MODULE ".ko", O_RDONLY | O_CLOEXEC);
	int err = walk_result(fd) ?: walk_result(syscall(SYS_finit_module, fd, "", 0));

	(void)c;
	close(fd);
	return err;
}

/* Deletes its devices in all namespaces. */
static int unload(void)
{
	return walk_result(syscall(SYS_delete_module, MODULE, O_NONBLOCK));
}

int walk_unload(const struct walk_choice *c)
{
	(void)c;
	return unload();
}

void walk_unload_module(void)
{
	int err = unload();

	errno = -err;
	CHECK(!err || err == -ENOENT, "unloading " MODULE " after the walk: %m");
}
