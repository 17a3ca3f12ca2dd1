// SPDX-License-Identifier: GPL-2.0
/* Steps of the random walk: files of /proc/sys/net, /proc/PID/net and /sys/class/net. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"
#include "walker.h"

#define PIECE	64	/* bytes: less than most files of /proc/net have */

int walk_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = walk_result(fd) ?: walk_result(write(fd, text, strlen(text)));

	close(fd);
	return err;
}

/* Up to the end, by calls for @bytes each. Returns 0 or a negative errno. */
static int read_all(int fd, size_t bytes)
{
	char buf[4096];
	ssize_t n;

	do {
		n = read(fd, buf, bytes);
	} while (n > 0);
	return walk_result(n);
}

static int open_and_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = walk_result(fd) ?: read_all(fd, 4096);

	close(fd);
	return err;
}

/*
 * Sysctls. A path may have the name of a device, for %s.
 */

#define CHOOSE(array, c)	((array)[(c)->arg % ARRAY_SIZE(array)])

static const char *sysctl_path(const char *fmt, const struct walk_choice *c)
{
	static char path[SYSCTL_PATH_MAX];
	int len = snprintf(path, sizeof(path), SYSCTLS "/");

	snprintf(path + len, sizeof(path) - len, fmt, walk_name(c->other));
	return path;
}

int walk_read_sysctl(const struct walk_choice *c)
{
	static const char * const paths[] = {
		"core/somaxconn", "ipv4/tcp_rmem", "ipv4/ip_local_port_range",
		"ipv4/ping_group_range", "ipv6/conf/all/forwarding", "unix/max_dgram_qlen",
		"netfilter/nf_conntrack_max", "ipv4/conf/%s/rp_filter",
		"ipv4/neigh/%s/gc_stale_time", "ipv6/conf/%s/mtu", "ipv6/neigh/%s/retrans_time_ms",
	};

	return open_and_read(sysctl_path(CHOOSE(paths, c), c));
}

int walk_write_sysctl(const struct walk_choice *c)
{
	static const char * const paths[] = {
		"ipv4/ip_forward", "ipv4/conf/all/rp_filter", "ipv4/conf/%s/arp_ignore",
		"ipv6/conf/all/forwarding", "ipv6/conf/%s/disable_ipv6",
		"ipv6/conf/%s/accept_dad", "ipv4/neigh/%s/app_solicit",
	};

	return walk_write(sysctl_path(CHOOSE(paths, c), c), c->slot & 1 ? "1" : "0");
}

/* The directory may outlive its namespace or its device. */
int walk_open_sysctls(const struct walk_choice *c)
{
	static const char * const paths[] = {
		"", "core", "ipv4", "ipv4/conf", "ipv4/conf/%s", "ipv4/neigh", "ipv6/conf",
		"ipv6/conf/%s", "ipv6/neigh",
	};

	return walk_keep(WALK_DIRS, c->slot, open(sysctl_path(CHOOSE(paths, c), c),
						  O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

int walk_list_sysctls(const struct walk_choice *c)
{
	static struct sysctl_list list;
	int fd = walk_fd(WALK_DIRS, c->slot);

	return walk_result(lseek(fd, 0, SEEK_SET)) ?:
	       -sysctl_list_fd(fd, c->arg & 1 ? SYSCTL_LIST_BYTES : SYSCTL_LIST_PIECES, &list);
}

/*
 * /proc/PID/net, of this worker or another one
 */

static const char *proc_path(const struct walk_choice *c)
{
	static const char * const names[] = {
		"arp", "dev", "dev_mcast", "fib_trie", "if_inet6", "igmp", "ipv6_route",
		"netlink", "packet", "ptype", "raw", "route", "snmp", "sockstat", "tcp", "tcp6",
		"udp", "unix",
	};
	static char path[64];

	snprintf(path, sizeof(path), "/proc/%d/net/%s",
		 c->slot & 1 ? getpid() : walk->pids[c->other % WALK_WORKERS],
		 CHOOSE(names, c));
	return path;
}

int walk_read_proc(const struct walk_choice *c)
{
	return open_and_read(proc_path(c));
}

/* Reading stops in the middle of the file, for now. */
int walk_open_proc(const struct walk_choice *c)
{
	char buf[PIECE];
	int fd = open(proc_path(c), O_RDONLY | O_CLOEXEC);
	int err = walk_result(fd) ?: walk_result(read(fd, buf, sizeof(buf)));

	if (!err)
		return walk_keep(WALK_FILES, c->slot, fd);
	close(fd);
	return err;
}

int walk_continue_proc(const struct walk_choice *c)
{
	int fd = walk_fd(WALK_FILES, c->slot), err = read_all(fd, PIECE);

	return err ?: walk_drop_fd(WALK_FILES, c->slot);
}

/*
 * sysfs shows the namespace in which it was mounted: init_net on /sys, and any on the
 * worker's own directory.
 */

static const char *own_sysfs(void)
{
	static char path[32];

	snprintf(path, sizeof(path), "/walk-sys-%u", walk_worker());
	return path;
}

static const char *sysfs_path(const struct walk_choice *c, const char *file)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/class/net%s%s%s", c->slot & 1 ? "/sys" : own_sysfs(),
		 file ? "/" : "", file ? walk_name(c->other) : "", file ?: "");
	return path;
}

/* Replaces the one mounted before. */
int walk_mount_sysfs(const struct walk_choice *c)
{
	(void)c;
	mkdir(own_sysfs(), 0755);
	umount2(own_sysfs(), MNT_DETACH);
	return walk_result(mount("sysfs", own_sysfs(), "sysfs", 0, NULL));
}

int walk_unmount_sysfs(const struct walk_choice *c)
{
	(void)c;
	return walk_result(umount2(own_sysfs(), MNT_DETACH));
}

int walk_list_sysfs(const struct walk_choice *c)
{
	DIR *dir = opendir(sysfs_path(c, NULL));

	if (!dir)
		return -errno;
	while (readdir(dir))
		;
	closedir(dir);
	return open_and_read(sysfs_path(c, c->arg & 1 ? "/ifalias" : "/statistics/rx_bytes"));
}

int walk_write_sysfs(const struct walk_choice *c)
{
	return c->arg & 1 ? walk_write(sysfs_path(c, "/ifalias"), "walk") :
			    walk_write(sysfs_path(c, "/mtu"), c->arg & 2 ? "1280" : "1400");
}
