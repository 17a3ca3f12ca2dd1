// SPDX-License-Identifier: GPL-2.0
/*
 * The data that per-namespace sysctls are for: that of their own namespace and device. Each
 * number that can be written is changed once. Values are read to the end of the file.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boot.h"

#define TEXT_MAX	256
#define NUMBER_CHARS	"-0123456789 \t\n"
#define CHANGED_MIN	100	/* files */
#define MTU		"ipv6/conf/v0/mtu"
#define MAX_REORDERING	"ipv4/tcp_max_reordering"
#define REORDERING	"ipv4/tcp_reordering"
#define PORTS		"ipv4/ip_local_reserved_ports"
#define PORT_RANGE	"ipv4/ip_local_port_range"

/* Returns 0, or the errno of open() or read(). */
static int try_read(const char *path, char *text)
{
	int fd = sysctl_open(path, O_RDONLY);
	size_t len = 0;
	ssize_t n;

	if (fd < 0)
		return -fd;
	while ((n = read(fd, text + len, TEXT_MAX - 1 - len)) > 0)
		len += n;
	text[len] = '\0';
	n = n < 0 ? errno : 0;
	close(fd);
	CHECK(len < TEXT_MAX - 1, "%s has no end", path);
	return n;
}

/* Returns 0, or the errno of open() or write(). */
static int try_write(const char *path, const char *text)
{
	int err, fd = sysctl_open(path, O_WRONLY);

	if (fd < 0)
		return -fd;
	err = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return err;
}

static void set(const char *path, const char *text)
{
	int err = try_write(path, text);

	CHECK(!err, "writing '%s' to %s: %s", text, path, strerror(err));
}

static void reads(const char *path, const char *want, const char *when)
{
	char text[TEXT_MAX];
	int err = try_read(path, text);

	CHECK(!err, "reading %s: %s", path, strerror(err));
	CHECK(!strcmp(text, want), "%s reads '%s', not '%s', %s", path, text, want, when);
}

static bool is_numbers(const char *text)
{
	return strpbrk(text, "0123456789") && !text[strspn(text, NUMBER_CHARS)];
}

/*
 * Writes another last number to @path, which reads @old. False if the kernel takes none, or
 * rounds it to the old one.
 */
static bool change(const char *path, const char *old)
{
	size_t len = strcspn(old, "\n"), start = len;
	char text[TEXT_MAX + 32];
	long others[5], n;
	unsigned int i;

	while (start && old[start - 1] != ' ' && old[start - 1] != '\t')
		start--;
	n = strtol(old + start, NULL, 10);
	others[0] = n + 1;
	others[1] = n - 1;
	others[2] = 2 * n;
	others[3] = n / 2;
	others[4] = 0;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		snprintf(text, sizeof(text), "%.*s%ld", (int)start, old, others[i]);
		if (others[i] == n || try_write(path, text))
			continue;
		CHECK(!try_read(path, text), "%s was written, and cannot be read", path);
		if (strcmp(text, old))
			return true;
	}
	return false;
}

/*
 * Namespaces
 */

static struct sysctl_tree tree;

static struct netns written, other;

static void make_both(void)
{
	need_netns();
	netns_make(&written);
	netns_make(&other);
}

/* The next file of @tree with numbers that the caller's namespace can write, and them. */
static bool next_number(const char **line, struct sysctl_entry *entry, char *text)
{
	while (sysctl_next(line, entry))
		if (!sysctl_is_dir(entry) && (entry->mode & 0600) == 0600 &&
		    !try_read(entry->path, text) && is_numbers(text))
			return true;
	return false;
}

void sysctls_are_of_their_own_namespace(void)
{
	char old[TEXT_MAX], of_other[TEXT_MAX], of_init_net[TEXT_MAX];
	unsigned int files = 0, changed = 0;
	struct sysctl_entry entry;
	const char *line;

	make_both();
	netns_enter(&written);
	sysctl_walk(&tree);
	line = tree.text;
	while (next_number(&line, &entry, old)) {
		files++;
		netns_enter(&other);
		CHECK(!try_read(entry.path, of_other), "%s is in one namespace only",
		      entry.path);
		netns_leave();
		CHECK(!try_read(entry.path, of_init_net), "%s is not in init_net", entry.path);

		netns_enter(&written);
		changed += change(entry.path, old);
		netns_enter(&other);
		reads(entry.path, of_other, "since another namespace was written to");
		netns_leave();
		reads(entry.path, of_init_net, "in init_net, since a namespace was written to");

		netns_enter(&written);
		try_write(entry.path, old);
	}
	note("sysctl: %u of %u numbers of a namespace were changed", changed, files);
	CHECK(changed > CHANGED_MIN, "only %u of %u numbers could be changed", changed, files);
}

/*
 * Devices
 */

static const char *const conf_names[] = { "all", "default", "lo", "v1", NULL };
static const char *const neigh_names[] = { "lo", "v1", NULL };

/* Writes to each number of v0 in @dir. Those of @others stay. */
static void change_device(const char *dir, const char *const *others)
{
	char path[SYSCTL_PATH_MAX], other_path[SYSCTL_PATH_MAX];
	char old[TEXT_MAX], of_other[4][TEXT_MAX], *name, *rest;
	static struct sysctl_list list;
	unsigned int i, changed = 0;

	snprintf(path, sizeof(path), "%sv0/", dir);
	CHECK(!sysctl_list(path, SYSCTL_LIST_BYTES, &list), "listing %s failed", path);
	rest = list.text;
	while ((name = strsep(&rest, "\n")) && *name) {
		snprintf(path, sizeof(path), "%sv0/%s", dir, name);
		if (try_read(path, old) || !is_numbers(old))
			continue;
		for (i = 0; others[i]; i++) {
			snprintf(other_path, sizeof(other_path), "%s%s/%s", dir, others[i], name);
			CHECK(!try_read(other_path, of_other[i]), "reading %s failed", other_path);
		}
		changed += change(path, old);
		for (i = 0; others[i]; i++) {
			snprintf(other_path, sizeof(other_path), "%s%s/%s", dir, others[i], name);
			reads(other_path, of_other[i], "since that of another device was written to");
		}
		try_write(path, old);
	}
	note("sysctl: %u numbers in %sv0/ were changed", changed, dir);
	CHECK(changed > 10, "only %u numbers in %sv0/ could be changed", changed, dir);
}

static void make_devices(void)
{
	make_both();
	netns_enter(&written);
	veth_make("v0", &written, "v1");
}

void ipv4_conf_is_of_its_own_device(void)
{
	make_devices();
	change_device("ipv4/conf/", conf_names);
}

void ipv6_conf_is_of_its_own_device(void)
{
	make_devices();
	change_device("ipv6/conf/", conf_names);
}

/* Those of a neighbour table are in default/ of init_net. */
void neighbour_sysctls_are_of_their_own_device(void)
{
	static const char *const dirs[] = { "ipv4/neigh/", "ipv6/neigh/" };
	static const char *const thresholds[] = { "128\n", "512\n", "1024\n" };
	char path[SYSCTL_PATH_MAX];
	unsigned int i, nr;

	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		for (nr = 1; nr <= ARRAY_SIZE(thresholds); nr++) {
			snprintf(path, sizeof(path), "%sdefault/gc_thresh%u", dirs[i], nr);
			reads(path, thresholds[nr - 1], "in init_net");
		}
	make_devices();
	for (i = 0; i < ARRAY_SIZE(dirs); i++)
		change_device(dirs[i], neigh_names);
}

static void forwards(const char *family, const char *want, bool has_devices, const char *when)
{
	static const char *const names[] = { "all", "default", "lo", "v0", "v1" };
	char path[SYSCTL_PATH_MAX];
	unsigned int i;

	for (i = 0; i < (has_devices ? 5 : 3); i++) {
		snprintf(path, sizeof(path), "%s/conf/%s/forwarding", family, names[i]);
		reads(path, want, when);
	}
}

/* A handler is called for the namespace of the file, and for no other. */
void forwarding_of_all_reaches_devices(void)
{
	static const char *const families[] = { "ipv4", "ipv6" };
	char path[SYSCTL_PATH_MAX];
	unsigned int i;

	make_devices();
	for (i = 0; i < ARRAY_SIZE(families); i++) {
		netns_enter(&written);
		snprintf(path, sizeof(path), "%s/conf/all/forwarding", families[i]);
		set(path, "1");
		forwards(families[i], "1\n", true, "since all/forwarding is 1");
		netns_enter(&other);
		forwards(families[i], "0\n", false, "since another namespace forwards");
		netns_leave();
		forwards(families[i], "0\n", false, "in init_net, since a namespace forwards");
		netns_enter(&written);
		set(path, "0");
		forwards(families[i], "0\n", true, "since all/forwarding is 0 again");
	}
}

/* Devices take the values of default/, except those that were written to. */
void defaults_reach_devices_of_namespace(void)
{
	make_devices();
	set("ipv4/conf/v0/tag", "7");
	set("ipv4/conf/default/tag", "9");
	reads("ipv4/conf/v0/tag", "7\n", "since default/tag was written to");
	reads("ipv4/conf/v1/tag", "9\n", "since default/tag was written to");
}

static void refuses(const char *path, const char *text)
{
	int err = try_write(path, text);

	CHECK(err == EINVAL, "writing '%s' to %s: %s, not EINVAL", text, path, strerror(err));
}

/* A number has the bounds of its own namespace or device. */
void sysctl_bounds_are_of_their_own_namespace(void)
{
	make_both();
	netns_enter(&written);
	set(MAX_REORDERING, "400");
	set(REORDERING, "400");
	refuses(REORDERING, "401");
	netns_enter(&other);
	set(REORDERING, "300");
	refuses(REORDERING, "301");

	netns_enter(&written);
	veth_make("v0", &written, "v1");
	set(MTU, "1500");
	refuses(MTU, "1501");
	set("ipv6/conf/default/mtu", "1501");
}

/*
 * Reserved ports
 */

/* The port that bind() chooses, or a negative errno. The socket stays open. */
static int chosen_port(void)
{
	struct sockaddr_in addr = { .sin_family = AF_INET };
	socklen_t len = sizeof(addr);
	int fd;

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0, "socket: %m");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -errno;
	CHECK(!getsockname(fd, (struct sockaddr *)&addr, &len), "getsockname: %m");
	return ntohs(addr.sin_port);
}

void reserved_ports_are_of_their_own_namespace(void)
{
	int port;

	make_both();
	netns_enter(&written);
	reads(PORTS, "\n", "before it is written to");
	set(PORTS, "8080,40000-40002");
	reads(PORTS, "8080,40000-40002\n", "after it was written to");
	netns_enter(&other);
	reads(PORTS, "\n", "since another namespace was written to");
	netns_leave();
	reads(PORTS, "\n", "in init_net, since a namespace was written to");

	netns_enter(&written);
	set(PORT_RANGE, "40000 40003");
	port = chosen_port();
	CHECK(port == 40003, "bind() chooses port %d, not the only one that is not reserved", port);
	port = chosen_port();
	CHECK(port == -EADDRINUSE, "bind() chooses port %d, which is reserved", port);
	set(PORTS, "8080");
	reads(PORTS, "8080\n", "after it was written to again");
	port = chosen_port();
	CHECK(port > 0, "bind() does not choose a port that is no longer reserved");
}
