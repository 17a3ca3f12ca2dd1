// SPDX-License-Identifier: GPL-2.0
/*
 * Per-namespace sysctls. A kernel may insert those of a directory at the first lookup
 * there. So the cases take new namespaces, and vary the first lookup. They pass on kernels
 * without deferred insertion, too.
 *
 * The kernel's command line may say sysctls=1, to print what the sums are made of.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

#define CONF		SYSCTLS "/ipv4/conf/"
#define TTL		"ipv4/ip_default_ttl"
#define DEFAULT_TTL	64
#define EVERY		4	/* of the files, for the first lookup */
#define DIRS_MAX	256
#define VALUE_MAX	256
#define LOOKERS		4
#define READERS		2
#define RENAMES		4	/* of a device, in each namespace */
#define DYING		12	/* namespaces at once */
#define BUSY_MS		3000	/* for a case that repeats itself, and a bit more */

static unsigned int listed;

static bool found(const char *path)
{
	return !access(path, F_OK);
}

static int count_found(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	CHECK(type != FTW_NS, "%s is listed, but not found", path);
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
	CHECK(listed > 200, "%s lists only %u", SYSCTLS, listed);

	/* Names that sort before and after "all" */
	CHECK(!found(CONF "al") && !found(CONF "alla") && !found(CONF "a"),
	      "a part of a name or a longer name is found");
	veth_make("al", &ns, "alla");
	CHECK(found(CONF "al/forwarding") && found(CONF "all/forwarding") &&
	      found(CONF "alla/forwarding"), "a name that begins another is not found");

	netns_leave();
	CHECK(found(CONF "all") && !found(CONF "al"), "a namespace has the sysctls of another");
}

/*
 * The content of a new namespace
 */

/* The value of @path, or the error, as text. A file may be for writing only. */
static void read_value(const char *path, char *value)
{
	int fd = sysctl_open(path, O_RDONLY);
	ssize_t n;

	if (fd == -EACCES)
		fd = sysctl_open(path, O_WRONLY);
	CHECK(fd >= 0, "opening %s: %s", path, strerror(-fd));
	n = read(fd, value, VALUE_MAX - 1);
	if (n < 0)
		n = snprintf(value, VALUE_MAX, "error %s", strerrorname_np(errno));
	value[n] = '\0';
	close(fd);
}

/* The maximum depends on how much memory is free at boot, and so on the kernel's size. */
static bool depends_on_memory(const char *path)
{
	return !strcmp(path, "ipv4/tcp_rmem") || !strcmp(path, "ipv4/tcp_wmem");
}

/* Those of the caller's namespace, which has @tree. */
static uint32_t sum_of_values(const char *what, const struct sysctl_tree *tree)
{
	const char *line = tree->text;
	struct sysctl_entry entry;
	char value[VALUE_MAX];
	uint32_t sum = 0;

	while (sysctl_next(&line, &entry)) {
		if (sysctl_is_dir(&entry) || depends_on_memory(entry.path))
			continue;
		read_value(entry.path, value);
		sum = sum * 31 + text_sum(value);
		if (number_asked_for("sysctls", 0))
			note("sysctl: %s: %s is %.*s", what, entry.path,
			     (int)strcspn(value, "\n"), value);
	}
	return sum;
}

/* tests/stack compares the line between kernels. */
static void tell(const char *what, const struct sysctl_tree *tree)
{
	const char *line = tree->text;

	note("sysctl: %s: %u files, %u directories, sum %08x", what, tree->files,
	     tree->directories, text_sum(tree->text));
	if (!number_asked_for("sysctls", 0))
		return;
	for (; *line; line += strcspn(line, "\n") + 1)
		note("sysctl: %s: %.*s", what, (int)strcspn(line, "\n"), line);
}

/* The values of init_net depend on what has run there. */
static void tell_values(const char *what, const struct sysctl_tree *tree)
{
	note("sysctl: %s: values, sum %08x", what, sum_of_values(what, tree));
}

/*
 * The caller's namespace lists @part of @whole, in the same order, some of it without write
 * permission. It has nothing else of @whole.
 */
static void is_part_of(const char *part_line, const char *whole_line)
{
	struct sysctl_entry part, whole;
	bool more;

	more = sysctl_next(&part_line, &part);
	while (sysctl_next(&whole_line, &whole)) {
		if (!more || strcmp(part.path, whole.path)) {
			CHECK(sysctl_open(whole.path, O_PATH) == -ENOENT,
			      "%s is there, and not listed, or in another order", whole.path);
			continue;
		}
		CHECK(part.mode == whole.mode || part.mode == (whole.mode & ~0222u),
		      "%s has mode %o here and %o there", part.path, part.mode, whole.mode);
		more = sysctl_next(&part_line, &part);
	}
	CHECK(!more, "%s is there, and not in init_net, or in another order", part.path);
}

static void belongs_to(const struct sysctl_tree *tree, unsigned int uid)
{
	const char *line = tree->text;
	struct sysctl_entry entry;

	while (sysctl_next(&line, &entry))
		CHECK(entry.uid == uid && entry.gid == uid, "%s belongs to %u:%u, not %u:%u",
		      entry.path, entry.uid, entry.gid, uid, uid);
}

void sysctls_of_new_namespace_are_those_of_init_net(void)
{
	static struct sysctl_tree of_init_net, of_ns;
	struct netns ns;

	need_netns();
	/* Devices that the cases before left in init_net are gone with their peers. */
	netns_make_when_left(0, &ns);
	sysctl_walk(&of_init_net);
	netns_enter(&ns);
	sysctl_walk(&of_ns);
	belongs_to(&of_ns, 0);
	is_part_of(of_ns.text, of_init_net.text);
	tell("init_net", &of_init_net);
	tell("new namespace", &of_ns);
	tell_values("new namespace", &of_ns);
}

/*
 * The owner of a user namespace
 */

static struct sysctl_tree of_box;

static void box_maps_root(const void *box)
{
	sandbox_become_root(box);
	sandbox_map_root();
}

static void box_walks(const void *data)
{
	const struct sandbox *box = data;

	sandbox_become_root(box);
	CHECK(!setns(box->net_fd, CLONE_NEWNET), "setns: %m");
	sysctl_walk(&of_box);
	belongs_to(&of_box, 0);
}

static void box_tells(const void *box)
{
	box_walks(box);
	tell("user namespace", &of_box);
	tell_values("user namespace", &of_box);
}

static void user_walks(const void *data)
{
	static struct sysctl_tree of_ns;
	const struct sandbox *box = data;

	CHECK(!setns(box->net_fd, CLONE_NEWNET), "setns: %m");
	become_user();
	sysctl_walk(&of_ns);
	belongs_to(&of_ns, getuid());
}

/* The first lookup is by its root, or by a task outside without capabilities. */
void sysctls_belong_to_root_of_user_namespace(void)
{
	struct sandbox box;
	int i;

	need_netns();
	if (access("/proc/self/ns/user", F_OK))
		skip("no CONFIG_USER_NS");
	for (i = 0; i < 2; i++) {
		sandbox_make(&box);
		in_child(box_maps_root, &box);
		in_child(i ? user_walks : box_tells, &box);
		in_child(i ? box_walks : user_walks, &box);
	}
}

/*
 * The first look
 */

/* The content of a namespace after lookups of all files */
static struct sysctl_tree whole;

static struct directory {
	char *path, *list;
	char *first, *last;	/* files in it, or NULL */
} dirs[DIRS_MAX];

static unsigned int dir_count;

static void add_dir(const char *path)
{
	static struct sysctl_list list;
	int err = sysctl_list(path, SYSCTL_LIST_BYTES, &list);

	CHECK(!err, "listing %s: %s", path, strerror(err));
	CHECK(dir_count < DIRS_MAX, "more than %u directories", DIRS_MAX);
	dirs[dir_count++] = (struct directory){
		.path = strdup(path), .list = strdup(list.text),
	};
}

static bool is_in(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] && !strchr(path + len, '/');
}

/* Leaves the caller in the namespace. */
static void make_reference(void)
{
	const char *line = whole.text;
	struct sysctl_entry entry;
	unsigned int i;

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	sysctl_walk(&whole);
	add_dir("");
	while (sysctl_next(&line, &entry)) {
		if (sysctl_is_dir(&entry)) {
			add_dir(entry.path);
			continue;
		}
		for (i = 0; i < dir_count; i++) {
			if (!is_in(entry.path, dirs[i].path))
				continue;
			if (!dirs[i].first)
				dirs[i].first = strdup(entry.path);
			free(dirs[i].last);
			dirs[i].last = strdup(entry.path);
		}
	}
}

static const struct directory *dir_of(const char *path)
{
	unsigned int i;

	for (i = 0; i < dir_count; i++)
		if (is_in(path, dirs[i].path))
			return &dirs[i];
	fail("no directory has %s", path);
}

static void is_listed_whole(const struct directory *dir, size_t bytes)
{
	struct sysctl_list list;
	int err = sysctl_list(dir->path, bytes, &list);

	CHECK(!err, "listing " SYSCTLS "/%s: %s", dir->path, strerror(err));
	CHECK(!strcmp(list.text, dir->list),
	      SYSCTLS "/%s is listed with %zu bytes of names, not %zu",
	      dir->path, list.len, strlen(dir->list));
}

static void is_missing(const char *dir, const char *name)
{
	char path[VALUE_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s%s", dir, name);
	fd = sysctl_open(path, O_RDONLY);
	CHECK(fd == -ENOENT, "opening %s: %s, not ENOENT", path,
	      fd < 0 ? strerror(-fd) : "no error");
}

/* Names before, behind and between those that are there. */
static void others_are_missing(const struct directory *dir, const char *path)
{
	is_missing(dir->path, "!");
	is_missing(dir->path, "~");
	is_missing(dir->path, "none/forwarding");
	if (path) {
		is_missing(path, "!");
		is_missing(path, "~");
	}
}

static void is_found_first(const struct directory *dir, const char *path, const char *want,
			   bool others_first)
{
	char value[VALUE_MAX];

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	if (others_first)
		others_are_missing(dir, path);
	read_value(path, value);
	CHECK(!strcmp(value, want), "%s, looked up first, reads '%s', not '%s'", path, value,
	      want);
	others_are_missing(dir, path);
	is_listed_whole(dir, SYSCTL_LIST_PIECES);
	is_listed_whole(dir, SYSCTL_LIST_BYTES);
}

/* Every fourth file, and the first of each directory. */
void sysctl_is_found_by_first_lookup(void)
{
	const char *line = whole.text;
	char value[VALUE_MAX];
	struct sysctl_entry entry;
	unsigned int nr = 0, tried = 0;
	struct netns kept;

	need_netns();
	make_reference();
	netns_hold(&kept);
	while (sysctl_next(&line, &entry)) {
		const struct directory *dir;

		if (sysctl_is_dir(&entry))
			continue;
		dir = dir_of(entry.path);
		if (nr++ % EVERY && strcmp(entry.path, dir->first))
			continue;
		netns_enter(&kept);
		read_value(entry.path, value);
		is_found_first(dir, entry.path, value, tried++ % 2);
	}
	note("sysctl: first lookup: %u of %u files", tried, nr);
}

/* In pieces at first; and by a descriptor that was opened before anybody looked. */
void sysctl_directory_is_whole_by_first_listing(void)
{
	static struct sysctl_list list;
	unsigned int i;
	int fd, err;

	need_netns();
	make_reference();
	for (i = 0; i < dir_count; i++) {
		const struct directory *dir = &dirs[i];

		CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
		fd = sysctl_open(dir->path, O_RDONLY | O_DIRECTORY);
		CHECK(fd >= 0, "opening %s: %s", dir->path, strerror(-fd));
		if (i % 2)
			is_listed_whole(dir, SYSCTL_LIST_PIECES);
		err = sysctl_list_fd(fd, SYSCTL_LIST_BYTES, &list);
		CHECK(!err && !strcmp(list.text, dir->list), "listing " SYSCTLS "/%s gives %s",
		      dir->path, err ? strerror(err) : "other names by a descriptor");
		close(fd);
	}
}

/*
 * Several processes at once
 */

static struct {
	unsigned int arrived;
	bool stop;
	unsigned int looks, gone;
} *shared;

static void share(void)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED, "no memory to share");
}

static void count(unsigned int *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/* Returns when @processes are at their barrier number @nr. */
static void meet(unsigned int processes, unsigned int nr)
{
	__atomic_fetch_add(&shared->arrived, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&shared->arrived, __ATOMIC_SEQ_CST) < processes * (nr + 1))
		sched_yield();
}

static bool is_stopped(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

static void start(unsigned int processes, void (*run)(unsigned int nr, const void *data),
		  const void *data)
{
	unsigned int i;
	pid_t pid;

	shared->arrived = 0;
	shared->stop = false;
	for (i = 0; i < processes; i++) {
		pid = fork();
		CHECK(pid >= 0, "fork: %m");
		if (pid)
			continue;
		run(i, data);
		_exit(EXIT_SUCCESS);
	}
}

/* A process that failed has reported why. Its children end with the case. */
static void wait_for(unsigned int processes)
{
	int status;

	while (processes--) {
		waiting_for("%u processes to end", processes + 1);
		CHECK(waitpid(-1, &status, 0) > 0, "waitpid: %m");
		CHECK(WIFEXITED(status), "a process was killed by signal %d", WTERMSIG(status));
		if (WEXITSTATUS(status))
			_exit(WEXITSTATUS(status));
	}
}

static void look_together(unsigned int nr, const void *data)
{
	const unsigned int *round = data;
	static struct sysctl_tree tree;
	char value[VALUE_MAX];
	unsigned int i;

	for (i = 0; i < dir_count; i++) {
		const struct directory *dir;

		/* From the top, or each directory together with those that it is in */
		dir = &dirs[*round % 2 ? dir_count - 1 - i : i];
		meet(LOOKERS, i);
		switch ((nr + *round / 2) % LOOKERS) {
		case 0:
			is_listed_whole(dir, SYSCTL_LIST_BYTES);
			break;
		case 1:
			if (dir->first)
				read_value(dir->first, value);
			is_listed_whole(dir, SYSCTL_LIST_PIECES);
			break;
		case 2:
			if (dir->last)
				read_value(dir->last, value);
			others_are_missing(dir, dir->last);
			break;
		default:
			others_are_missing(dir, dir->first);
			if (dir->first)
				read_value(dir->first, value);
		}
	}
	if (nr)
		return;
	sysctl_walk(&tree);
	CHECK(!strcmp(tree.text, whole.text), "%u files in %u directories are found, not %u in %u",
	      tree.files, tree.directories, whole.files, whole.directories);
}

void sysctls_are_found_by_parallel_lookups(void)
{
	unsigned long start_ms;
	unsigned int round;

	need_netns();
	share();
	make_reference();
	start_ms = now_ms();
	for (round = 0; round < 2 || now_ms() - start_ms < BUSY_MS; round++) {
		CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
		start(LOOKERS, look_together, &round);
		wait_for(LOOKERS);
	}
	note("sysctl: %u rounds of %d parallel first looks in %u directories", round, LOOKERS,
	     dir_count);
}

/*
 * Devices that come and go
 */

#define NO_DEVICES	"all/\ndefault/\nlo/\n"

static const struct device_dir {
	const char *path, *empty, *file;
} device_dirs[] = {
	{ "ipv4/conf/", NO_DEVICES, "forwarding" },
	{ "ipv4/neigh/", "lo/\n", "mcast_solicit" },
	{ "ipv6/conf/", NO_DEVICES, "forwarding" },
	{ "ipv6/neigh/", "lo/\n", "mcast_solicit" },
};

#define FOR_EACH_DEVICE_DIR(dir)					\
	for (dir = device_dirs; dir < device_dirs + ARRAY_SIZE(device_dirs); dir++)

/* The current namespace has these devices and lo, and none of the other names. */
static void has_devices(const char *first, const char *second)
{
	static const char *const names[] = { "v0", "v1", "w0" };
	const struct device_dir *dir;
	struct sysctl_list list;
	char path[VALUE_MAX], want[VALUE_MAX], value[VALUE_MAX];
	unsigned int i;
	int err;

	FOR_EACH_DEVICE_DIR(dir) {
		for (i = 0; i < ARRAY_SIZE(names); i++) {
			snprintf(path, sizeof(path), "%s%s/%s", dir->path, names[i],
				 dir->file);
			if (!strcmp(names[i], first) || !strcmp(names[i], second))
				read_value(path, value);
			else
				is_missing(path, "");
		}
		snprintf(want, sizeof(want), "%s%s%s%s%s", dir->empty, first, *first ? "/\n" : "",
			 second, *second ? "/\n" : "");
		err = sysctl_list(dir->path, SYSCTL_LIST_PIECES, &list);
		CHECK(!err && !strcmp(list.text, want), "%s has '%s', not '%s'", dir->path,
		      err ? strerror(err) : list.text, want);
	}
}

static int open_file_of(const char *device)
{
	char path[VALUE_MAX];
	int fd;

	snprintf(path, sizeof(path), "ipv4/conf/%s/log_martians", device);
	fd = sysctl_open(path, O_RDWR);
	CHECK(fd >= 0, "opening %s: %s", path, strerror(-fd));
	return fd;
}

static int read_error(int fd)
{
	char c;

	return pread(fd, &c, 1, 0) < 0 ? errno : 0;
}

/* Bit N of @looks: there is a lookup before step N. */
static void device_comes_and_goes(const struct netns *ns, unsigned int looks)
{
	int file, err;
	char c;

	if (looks & 1)
		has_devices("", "");
	veth_make("v0", ns, "w0");
	if (looks & 2)
		has_devices("v0", "w0");
	link_rename("v0", "v1");
	if (looks & 4)
		has_devices("v1", "w0");

	file = open_file_of("v1");
	CHECK(write(file, "1", 1) == 1, "writing log_martians: %m");
	link_delete("v1");
	err = read_error(file);
	CHECK(err == ENOENT, "reading a file of a device that is gone: %s",
	      err ? strerror(err) : "no error");
	if (looks & 8)
		has_devices("", "");
	close(file);

	/* Another device of that name */
	veth_make("v1", ns, "w0");
	file = open_file_of("v1");
	CHECK(read(file, &c, 1) == 1 && c == '0', "a new device has the values of an old one");
	close(file);
	has_devices("v1", "w0");
	link_delete("w0");
	has_devices("", "");
}

void sysctls_come_and_go_with_device(void)
{
	unsigned int looks;
	struct netns ns;

	need_netns();
	for (looks = 0; looks < 16; looks++) {
		netns_make(&ns);
		netns_enter(&ns);
		waiting_for("devices to come and go, round %u", looks);
		device_comes_and_goes(&ns, looks);
		netns_leave();
		netns_drop(&ns);
	}
}

/* IPv4 and IPv6 have directories of these names. IPv6 refuses them. */
void device_takes_no_name_of_a_directory(void)
{
	static const char *const names[] = { "all", "default" };
	struct netns ns;
	unsigned int i;
	int err;

	need_netns();
	netns_make(&ns);
	netns_enter(&ns);
	link_make("v0", "dummy");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		err = link_try_to_rename("v0", names[i]);
		CHECK(err == -EINVAL, "renaming a device to %s: %s", names[i], strerror(-err));
		has_devices("v0", "");
	}
	link_rename("v0", "v1");
	has_devices("v1", "");
	link_delete("v1");
	has_devices("", "");
}

/* A device under two names: a file of it has a value, or is gone by now. */
static void read_renamed(const char *path)
{
	int err, fd = sysctl_open(path, O_RDONLY);

	count(&shared->looks);
	if (fd >= 0) {
		err = read_error(fd);
		close(fd);
	} else {
		err = -fd;
	}
	CHECK(!err || err == ENOENT, "reading %s meanwhile: %s", path, strerror(err));
	if (err)
		count(&shared->gone);
}

/*
 * Names that go may end a listing early. Those before them are there, whatever happens;
 * v0 and v1 are last.
 */
static void list_meanwhile(const struct device_dir *dir)
{
	static struct sysctl_list list;
	int err = sysctl_list(dir->path, SYSCTL_LIST_BYTES, &list);

	CHECK(!err, "listing %s meanwhile: %s", dir->path, strerror(err));
	CHECK(!strncmp(list.text, dir->empty, strlen(dir->empty)), "%s has '%s' meanwhile",
	      dir->path, list.text);
}

static void list_device(const char *path)
{
	static struct sysctl_list list;
	int err = sysctl_list(path, SYSCTL_LIST_BYTES, &list);

	CHECK(!err || err == ENOENT, "listing %s meanwhile: %s", path, strerror(err));
}

static void read_meanwhile(unsigned int nr, const void *data)
{
	const struct device_dir *dir;
	char path[VALUE_MAX], value[VALUE_MAX];

	(void)data;
	meet(READERS + 1, 0);
	do {
		FOR_EACH_DEVICE_DIR(dir) {
			if (nr % 2)
				list_meanwhile(dir);
			snprintf(path, sizeof(path), "%slo/%s", dir->path, dir->file);
			read_value(path, value);
			snprintf(path, sizeof(path), "%sv%u/%s", dir->path, nr % 2,
				 dir->file);
			read_renamed(path);
			snprintf(path, sizeof(path), "%sv%u/", dir->path, nr % 2);
			list_device(path);
			is_missing(dir->path, "v2");
		}
	} while (!is_stopped());
}

static void rename_meanwhile(const struct netns *ns)
{
	unsigned int i;

	meet(READERS + 1, 0);
	for (i = 0; i < RENAMES / 2; i++) {
		link_rename("v0", "v1");
		link_rename("v1", "v0");
	}
	link_delete("v0");
	veth_make("v0", ns, "w0");
}

void sysctls_are_right_while_devices_change(void)
{
	unsigned long start_ms;
	unsigned int round;
	struct netns ns;

	need_netns();
	share();
	start_ms = now_ms();
	for (round = 0; round < 2 || now_ms() - start_ms < BUSY_MS; round++) {
		netns_make(&ns);
		netns_enter(&ns);
		veth_make("v0", &ns, "w0");
		start(READERS, read_meanwhile, NULL);
		rename_meanwhile(&ns);
		__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
		wait_for(READERS);
		has_devices("v0", "w0");
		netns_leave();
		netns_drop(&ns);
	}
	note("sysctl: %u namespaces whose devices changed, %u of %u lookups found the device gone",
	     round, shared->gone, shared->looks);
}

/*
 * Descriptors of another namespace
 */

static void has_value(int dir_fd, const char *name, long want, const char *what)
{
	char value[VALUE_MAX];
	ssize_t n;
	int fd;

	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "opening %s of %s: %m", name, what);
	n = read(fd, value, sizeof(value) - 1);
	CHECK(n > 0, "reading %s of %s: %m", name, what);
	value[n] = '\0';
	CHECK(strtol(value, NULL, 10) == want, "%s of %s is %s, not %ld", name, what, value, want);
	close(fd);
}

static void set_value(int dir_fd, const char *name, long value)
{
	char text[32];
	int fd;

	snprintf(text, sizeof(text), "%ld", value);
	fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);
	CHECK(fd >= 0, "opening %s: %m", name);
	CHECK(write(fd, text, strlen(text)) > 0, "writing %s: %m", name);
	close(fd);
}

static int open_dir(const char *path)
{
	int fd = sysctl_open(path, O_RDONLY | O_DIRECTORY);

	CHECK(fd >= 0, "opening %s: %s", path, strerror(-fd));
	return fd;
}

static void fd_lists(int fd, const char *want, const char *what)
{
	static struct sysctl_list list;
	int err;

	CHECK(!lseek(fd, 0, SEEK_SET), "lseek on %s: %m", what);
	err = sysctl_list_fd(fd, SYSCTL_LIST_PIECES, &list);
	CHECK(!err, "listing %s: %s", what, strerror(err));
	CHECK(!strcmp(list.text, want), "%s lists '%s', not '%s'", what, list.text, want);
}

/* ipv4/ of @there is looked into for the first time from @here. */
static void look_from_outside(const struct netns *there, const struct netns *here, bool list_first)
{
	static struct sysctl_list own;
	int root, dir, conf;

	netns_enter(there);
	root = open_dir("");
	dir = open_dir("ipv4/");
	netns_leave();
	netns_enter(here);
	if (list_first)
		fd_lists(dir, dir_of(TTL)->list, "ipv4/ of another namespace");
	set_value(dir, "ip_default_ttl", 77);
	has_value(dir, "ip_default_ttl", 77, "another namespace");
	has_value(root, TTL, DEFAULT_TTL, "the caller's namespace, by a descriptor of net/");
	has_value(AT_FDCWD, SYSCTLS "/" TTL, DEFAULT_TTL, "the caller's namespace");
	set_value(AT_FDCWD, SYSCTLS "/" TTL, 99);
	has_value(dir, "ip_default_ttl", 77, "another namespace");
	has_value(root, TTL, 99, "the caller's namespace, by a descriptor of net/");
	set_value(AT_FDCWD, SYSCTLS "/" TTL, DEFAULT_TTL);

	conf = openat(dir, "conf", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(conf >= 0, "opening conf/ of another namespace: %m");
	fd_lists(conf, NO_DEVICES, "conf/ of another namespace");
	netns_leave();
	netns_enter(there);
	has_value(root, TTL, 77, "the namespace, by a descriptor of net/");
	has_value(AT_FDCWD, SYSCTLS "/" TTL, 77, "the namespace");
	veth_make("v0", there, "w0");
	netns_leave();
	netns_enter(here);
	fd_lists(conf, NO_DEVICES "v0/\nw0/\n", "conf/ of another namespace");
	has_value(conf, "v0/forwarding", 0, "another namespace");
	is_missing("ipv4/conf/", "v0");
	sysctl_list("", SYSCTL_LIST_BYTES, &own);
	fd_lists(root, own.text, "net/, opened in another namespace,");
	netns_leave();
	close(conf);
	close(dir);
	close(root);
}

/* A directory without a lookup so far, in which the namespaces differ. */
static void list_conf_from_outside(const struct netns *here)
{
	struct netns there;
	int conf;

	netns_make(&there);
	netns_enter(&there);
	veth_make("v0", &there, "w0");
	conf = open_dir("ipv4/conf/");
	netns_leave();
	netns_enter(here);
	fd_lists(conf, NO_DEVICES "v0/\nw0/\n", "conf/ of another namespace");
	is_missing("ipv4/conf/", "v0");
	netns_leave();
	close(conf);
	netns_drop(&there);
}

void sysctl_directory_shows_where_it_was_opened(void)
{
	struct netns there, here;
	unsigned int i;

	need_netns();
	make_reference();
	netns_leave();
	for (i = 0; i < 8; i++) {
		netns_make(&there);
		if (i & 4)
			netns_of_init(&here);
		else
			netns_make(&here);
		if (i & 2) {
			netns_enter(&here);
			has_value(AT_FDCWD, SYSCTLS "/" TTL, DEFAULT_TTL, "the caller's namespace");
			netns_leave();
		}
		look_from_outside(&there, &here, i & 1);
		list_conf_from_outside(&here);
		netns_drop(&here);
		netns_drop(&there);
	}
}

/*
 * Namespaces that are torn down during lookups
 */

static const struct {
	const char *path, *file;
} held_dirs[] = {
	{ "core/", "somaxconn" },
	{ "ipv4/", "ip_default_ttl" },
	{ "ipv4/conf/", "all/forwarding" },
	{ "ipv4/conf/lo/", "forwarding" },
	{ "ipv6/route/", "gc_timeout" },
};

#define HELD	ARRAY_SIZE(held_dirs)

static struct held {
	struct netns ns;
	int dirs[HELD], file;
} held[DYING];

static void hold(struct held *held, bool look)
{
	static struct sysctl_tree tree;
	unsigned int i;

	netns_make(&held->ns);
	netns_enter(&held->ns);
	if (look)
		sysctl_walk(&tree);
	/* O_PATH: without any look into the directory */
	for (i = 0; i < HELD; i++) {
		held->dirs[i] = sysctl_open(held_dirs[i].path, O_PATH | O_DIRECTORY);
		CHECK(held->dirs[i] >= 0, "opening %s: %s", held_dirs[i].path,
		      strerror(-held->dirs[i]));
	}
	held->file = -1;
	if (look) {
		held->file = sysctl_open("ipv4/ip_forward", O_RDONLY);
		CHECK(held->file >= 0, "opening ipv4/ip_forward: %s", strerror(-held->file));
	}
	netns_leave();
}

static void release(struct held *held)
{
	unsigned int i;

	for (i = 0; i < HELD; i++)
		close(held->dirs[i]);
	if (held->file >= 0)
		close(held->file);
}

/* Checks and counts a look that ended with @err. Returns 0 or ENOENT. */
static int looked(int err, const char *doing)
{
	CHECK(!err || err == ENOENT, "%s in a namespace that dies: %s", doing, strerror(err));
	count(&shared->looks);
	if (err)
		count(&shared->gone);
	return err;
}

static int list_held(int dir_fd)
{
	static struct sysctl_list list;
	int fd, err;

	fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
	} else {
		err = sysctl_list_fd(fd, SYSCTL_LIST_PIECES, &list);
		close(fd);
	}
	return looked(err, "listing");
}

static int open_held(int dir_fd, const char *name)
{
	int fd, err;

	fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err = errno;
	} else {
		err = read_error(fd);
		close(fd);
	}
	return looked(err, "reading");
}

/* No entry comes back. Returns how many are left. */
static unsigned int look_at_held(const struct held *held, bool *gone, bool list_first)
{
	unsigned int i, left = 0;
	int list_err, err;

	for (i = 0; i < HELD; i++) {
		list_err = list_first ? list_held(held->dirs[i]) : 0;
		err = open_held(held->dirs[i], held_dirs[i].file);
		if (!list_first)
			list_err = list_held(held->dirs[i]);
		CHECK(!gone[i] || (list_err && err), "%s of a freed namespace is there again",
		      held_dirs[i].path);
		gone[i] = list_err;
		left += !gone[i];
	}
	if (held->file >= 0) {
		err = read_error(held->file);
		CHECK(!err || err == ENOENT, "reading a file of a namespace that dies: %s",
		      strerror(err));
		left += !err;
	}
	return left;
}

static void look_until_gone(unsigned int nr, const void *data)
{
	bool gone[DYING][HELD] = { 0 };
	unsigned int i, left;

	(void)data;
	for (i = 0; i < DYING; i++)
		netns_drop(&held[i].ns);
	meet(READERS + 1, 0);
	do {
		waiting_for("sysctls of namespaces that die to go");
		left = 0;
		for (i = 0; i < DYING; i++)
			left += look_at_held(&held[i], gone[i], nr % 2);
	} while (left);
}

/* Descriptors of directories and files do not keep the namespace. */
void sysctls_go_with_namespace_while_in_use(void)
{
	unsigned long start_ms;
	unsigned int i, round;
	struct netns probe;

	need_netns();
	share();
	start_ms = now_ms();
	for (round = 0; round < 2 || now_ms() - start_ms < BUSY_MS; round++) {
		for (i = 0; i < DYING; i++)
			hold(&held[i], i % 3 == 2);
		start(READERS, look_until_gone, NULL);
		meet(READERS + 1, 0);
		for (i = 0; i < DYING; i++)
			netns_drop(&held[i].ns);
		wait_for(READERS);
		netns_make_when_left(0, &probe);
		netns_drop(&probe);
		for (i = 0; i < DYING; i++)
			release(&held[i]);
	}
	note("sysctl: %u namespaces died, %u of %u looks into them found nothing",
	     round * DYING, shared->gone, shared->looks);
}
