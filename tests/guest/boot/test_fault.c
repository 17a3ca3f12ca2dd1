// SPDX-License-Identifier: GPL-2.0
/* Each allocation of an operation fails in turn, and nothing is leaked. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"

#define KUNIT		"/sys/kernel/debug/kunit/net_namespace/"
#define RETRIES		500
#define FAR_ID		4096	/* the idr needs two nodes for each multiple */
#define PRELOADED	21	/* RADIX_TREE_PRELOAD_SIZE on 64 bit */
#define MAX_ERRNO	512
#define WALK_EVERY	8	/* points, through all sysctls */

/* The result of making one allocation fail. */
struct attempt {
	int err;
	bool failed_one;	/* an allocation has failed */
};

/* unshare() whose allocation number @nth fails. */
static struct attempt try_point(int fd, unsigned int nth)
{
	struct attempt attempt;

	fail_nth(fd, nth);
	attempt.err = unshare(CLONE_NEWNET) ? errno : 0;
	attempt.failed_one = one_failed(fd);
	if (!attempt.err)
		netns_leave();
	return attempt;
}

/*
 * The limit is one namespace. At the limit, either the namespace of the attempt before is
 * still being torn down, or an attempt has leaked the count.
 */
static struct attempt try_point_alone(int fd, unsigned int nth)
{
	struct attempt attempt;
	int i;

	for (i = 0; i < RETRIES; i++) {
		attempt = try_point(fd, nth);
		if (!attempt.err || attempt.failed_one)
			return attempt;
		CHECK(attempt.err == ENOSPC, "unshare(CLONE_NEWNET): %s, and no allocation failed",
		      strerror(attempt.err));
		pause_briefly();
	}
	fail("a namespace is counted after point %u, but none exists", nth - 1);
}

/* How many points gave each errno, and the first of them */
struct outcome {
	unsigned int points, first;
};

static void tell(unsigned int points, const struct outcome *outcomes)
{
	int err;

	note("creation: %u points tried, of which %u did not matter", points, outcomes[0].points);
	for (err = 1; err < MAX_ERRNO; err++)
		if (outcomes[err].points)
			note("creation: %u points gave %s, the first is point %u",
			     outcomes[err].points, strerrorname_np(err), outcomes[err].first);
}

/* No attempt has left a struct net. */
static void expect_objects(unsigned long before)
{
	unsigned long after = slab_objects_at_rest();

	CHECK(after == before, "the slab held %lu objects before, %lu after", before, after);
}

void creation_survives_each_failed_allocation(void)
{
	struct outcome outcomes[MAX_ERRNO] = { 0 };
	static struct ns_list list;
	unsigned int nth = 0;
	struct attempt attempt;
	unsigned long before;
	struct netns ns;
	int fd;

	need_netns();
	let_allocations_fail(true);
	before = slab_objects_at_rest();
	netns_make_when_left(0, &ns);
	netns_drop(&ns);

	fd = open_fail_nth();
	netns_limit(1);
	do {
		nth++;
		waiting_for("the attempt whose allocation %u fails", nth);
		attempt = try_point_alone(fd, nth);
		CHECK(attempt.err < MAX_ERRNO, "point %u gave %d", nth, attempt.err);
		netns_list(&list);
		CHECK(list.count == 1, "after point %u listns shows %u namespaces, not init_net alone",
		      nth, list.count);
		if (attempt.failed_one && !outcomes[attempt.err].points++)
			outcomes[attempt.err].first = nth;
	} while (attempt.failed_one);
	netns_limit(NO_LIMIT);
	close(fd);

	tell(nth - 1, outcomes);
	CHECK(outcomes[ENOMEM].points, "of %u points none gave ENOMEM", nth - 1);
	expect_objects(before);
}

/*
 * The current namespace assigns @peer an id while one allocation fails. Either result is fine.
 * kmemleak finds memory of the idr that outlives the namespace.
 */
static struct attempt try_id(int fd, unsigned int nth, const struct netns *peer, int want)
{
	int sock = rtnl_open(0), peer_fd = netns_open(peer);
	struct attempt attempt;
	struct rtnl msg;
	int id;

	nsid_message(&msg, RTM_NEWNSID, peer_fd, want);
	fail_nth(fd, nth);
	attempt.err = send(sock, &msg, msg.nlh.nlmsg_len, 0) < 0 ? errno : 0;
	attempt.failed_one = one_failed(fd);
	close(sock);
	close(peer_fd);

	id = nsid_get(peer);
	CHECK(id == want || (id == NETNSA_NSID_NOT_ASSIGNED && attempt.failed_one),
	      "id %d was set at point %u, but %d is found", want, nth, id);
	if (id != want && !attempt.err)
		attempt.err = ENOMEM;
	return attempt;
}

static void stay_on_this_cpu(void)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	CHECK(!sched_setaffinity(0, sizeof(cpus), &cpus), "sched_setaffinity(): %m");
}

/*
 * In place of a node that fails, the idr takes one that the CPU has preloaded. So a new
 * namespace assigns ids until there are none of these.
 */
void id_survives_each_failed_allocation(void)
{
	unsigned int nth = 0, failures = 0, no_memory = 0, i;
	struct netns peers[PRELOADED + 1];
	struct attempt attempt;
	int fd;

	need_netns();
	let_allocations_fail(true);
	stay_on_this_cpu();
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		netns_clone(&peers[i]);
	fd = open_fail_nth();
	do {
		nth++;
		CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
		i = 0;
		do {
			attempt = try_id(fd, nth, &peers[i], FAR_ID * (i + 1));
			i++;
		} while (!attempt.err && attempt.failed_one && i < ARRAY_SIZE(peers));
		netns_leave();
		failures += !!attempt.err;
		no_memory += attempt.err == ENOMEM;
	} while (attempt.failed_one);
	close(fd);
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		netns_drop(&peers[i]);

	CHECK(no_memory >= 2, "of %u points %u had no memory for a node", nth - 1, no_memory);
	note("id: %u points tried, %u left no id, %u of them without memory", nth - 1, failures,
	     no_memory);
}

/* The line of @text that has @key in it, without its indent; or NULL. */
static char *find_line(char *text, const char *key)
{
	char *line;

	while ((line = strsep(&text, "\n")))
		if (strstr(line, key))
			return line + strspn(line, " #");
	return NULL;
}

/* Only the kernel registers operations, so this is a case of the KUnit suite. */
void registration_survives_each_failed_allocation(void)
{
	unsigned int points, failures;
	char *results, *line;

	let_allocations_fail(true);
	if (access(KUNIT "run", F_OK))
		skip("no KUnit suite");
	write_file(KUNIT "run", "1");
	results = read_file(KUNIT "results");
	line = find_line(strdup(results), "not ok ");
	CHECK(!line, "%s", line);
	line = find_line(results, "allocations failed, with");
	CHECK(line && sscanf(line, "registration_survives_failed_allocations: "
			     "%u allocations failed, with %u errors",
			     &points, &failures) == 2,
	      "the suite does not print how many allocations failed");
	CHECK(failures, "of %u points none gave ENOMEM", points);
	note("registration: %u points tried, %u gave ENOMEM", points, failures);
}

/*
 * The first look at sysctls
 */

/* The content of a namespace in which no allocation failed */
static struct sysctl_tree all_sysctls;
static struct sysctl_list all_names;

struct first_look {
	int (*look)(void);	/* returns 0 or an errno */
	unsigned int failures, cut_short;
};

static struct first_look first_look;

/* In four directories, without a lookup so far */
static int look_up(void)
{
	int fd = sysctl_open("ipv4/conf/all/forwarding", O_RDONLY);

	if (fd < 0)
		return -fd;
	close(fd);
	return 0;
}

/*
 * A kernel without memory for the inode of a name may end the listing before that name,
 * without an error.
 */
static int list_names(void)
{
	static struct sysctl_list list;
	int err = sysctl_list("core/", SYSCTL_LIST_BYTES, &list);

	CHECK(!strncmp(list.text, all_names.text, list.len), "core/ is listed with other names");
	if (!err && list.len < all_names.len)
		first_look.cut_short++;
	return err;
}

/* The next look finds everything. */
static void all_is_found(unsigned int nth)
{
	static struct sysctl_tree tree;
	static struct sysctl_list list;
	int err = look_up();

	CHECK(!err, "looking up a name after point %u: %s", nth, strerror(err));
	err = sysctl_list("core/", SYSCTL_LIST_BYTES, &list);
	CHECK(!err && !strcmp(list.text, all_names.text), "core/ after point %u: %s", nth,
	      err ? strerror(err) : "it is listed with other names");
	/* A debug kernel takes seconds for a walk. */
	if (nth % WALK_EVERY)
		return;
	sysctl_walk(&tree);
	CHECK(!strcmp(tree.text, all_sysctls.text),
	      "after point %u there are %u files in %u directories, not %u in %u", nth,
	      tree.files, tree.directories, all_sysctls.files, all_sysctls.directories);
}

static struct attempt try_first_look(int fd, unsigned int nth)
{
	struct attempt attempt;

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	fail_nth(fd, nth);
	attempt.err = first_look.look();
	attempt.failed_one = one_failed(fd);
	CHECK(!attempt.err || (attempt.failed_one && attempt.err == ENOMEM),
	      "point %u gave %s", nth, strerror(attempt.err));
	all_is_found(nth);
	return attempt;
}

static void sysctls_survive(int (*look)(void), const char *what)
{
	struct attempt attempt;
	unsigned int nth = 0;
	int fd;

	need_netns();
	let_allocations_fail(true);
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	sysctl_walk(&all_sysctls);
	CHECK(!sysctl_list("core/", SYSCTL_LIST_BYTES, &all_names), "listing core/ failed");

	first_look.look = look;
	fd = open_fail_nth();
	do {
		nth++;
		attempt = try_first_look(fd, nth);
		first_look.failures += !!attempt.err;
	} while (attempt.failed_one);
	close(fd);
	CHECK(first_look.failures, "of %u points none gave ENOMEM", nth - 1);
	note("%s: %u points tried, %u gave ENOMEM, %u cut the listing short", what, nth - 1,
	     first_look.failures, first_look.cut_short);
}

void sysctl_lookup_survives_each_failed_allocation(void)
{
	sysctls_survive(look_up, "sysctl lookup");
}

void sysctl_listing_survives_each_failed_allocation(void)
{
	sysctls_survive(list_names, "sysctl listing");
}

/*
 * The first mount of sysfs
 */

#define SYSFS	"/sysfs"

static struct attempt try_first_mount(int fd, unsigned int nth, const struct sysfs_tree *whole)
{
	static struct sysfs_tree tree;
	struct attempt attempt;
	int err;

	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	fail_nth(fd, nth);
	attempt.err = sysfs_mount(SYSFS);
	attempt.failed_one = one_failed(fd);
	CHECK(!attempt.err || (attempt.failed_one && attempt.err == ENOMEM),
	      "point %u gave %s", nth, strerror(attempt.err));
	if (!attempt.err)
		sysfs_unmount(SYSFS);

	err = sysfs_mount(SYSFS);
	CHECK(!err, "mounting sysfs after point %u: %s", nth, strerror(err));
	sysfs_walk(SYSFS, "lo", &tree);
	CHECK(!strcmp(tree.text, whole->text), "lo has %u entries after point %u, not %u",
	      tree.entries, nth, whole->entries);
	sysfs_unmount(SYSFS);
	return attempt;
}

void sysfs_mount_survives_each_failed_allocation(void)
{
	static struct sysfs_tree whole;
	unsigned int nth = 0, failures = 0;
	struct attempt attempt;
	unsigned long before;
	int fd;

	need_netns();
	before = slab_objects_at_rest();
	let_allocations_fail(true);
	sysfs_walk("/sys", "lo", &whole);
	/* In an attempt, this would fail. */
	mkdir(SYSFS, 0755);
	fd = open_fail_nth();
	do {
		nth++;
		attempt = try_first_mount(fd, nth, &whole);
		failures += !!attempt.err;
	} while (attempt.failed_one);
	close(fd);
	CHECK(failures, "of %u points none gave ENOMEM", nth - 1);
	netns_leave();
	expect_objects(before);
	note("sysfs mount: %u points tried, %u gave ENOMEM", nth - 1, failures);
}

/*
 * The close of a TCP connection
 */

#define PEER_SECONDS	10

/* How an end is closed while an allocation fails */
struct way {
	bool peer_first;	/* after the peer */
	bool in_flight;		/* before the peer has acked all data */
	bool shutdown;		/* after a shutdown, in which the allocation fails */
};

static void connect_ends(int ends[2])
{
	struct timeval timeout = { .tv_sec = PEER_SECONDS };

	lo_connect(AF_INET, SOCK_STREAM, "TCP", ends);
	setsockopt(ends[1], SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
}

/* Reads up to the FIN, or to the RST if @may_reset. Returns the number of bytes. */
static size_t read_to_end(int end, bool may_reset)
{
	static char data[65536];
	size_t sum = 0;
	ssize_t n;

	while ((n = recv(end, data, sizeof(data), 0)) > 0)
		sum += n;
	CHECK(!n || (may_reset && errno == ECONNRESET), "recv() after the peer was closed: %m");
	return sum;
}

/* The state of an end that still waits for the ack of its FIN, or NULL */
static const char *find_unacked(void)
{
	char *text = read_file("/proc/self/net/tcp"), *line, *rest;
	const char *found = NULL;
	unsigned int state;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, "%*d: %*s %*s %x", &state) != 1)
			continue;
		if (state == TCP_FIN_WAIT1 || state == TCP_CLOSING || state == TCP_LAST_ACK)
			found = state == TCP_LAST_ACK ? "LAST_ACK" : "FIN_WAIT1 or CLOSING";
	}
	free(text);
	return found;
}

static void expect_acks(void)
{
	unsigned long start = now_ms();
	const char *state;

	while ((state = find_unacked())) {
		CHECK(now_ms() - start < PEER_SECONDS * 1000,
		      "a connection is in the state %s %d s after it was closed", state,
		      PEER_SECONDS);
		pause_briefly();
	}
}

/* Data that the peer has no room for is sent after the close, with the FIN. */
static void close_keeps_data(void)
{
	static const char data[65536];
	size_t sum = 0, got;
	int ends[2];
	ssize_t n;

	connect_ends(ends);
	while ((n = send(ends[0], data, sizeof(data), MSG_DONTWAIT)) > 0)
		sum += n;
	CHECK(sum && errno == EAGAIN, "send() after %zu bytes: %m", sum);
	close(ends[0]);
	got = read_to_end(ends[1], false);
	CHECK(got == sum, "%zu bytes were sent, %zu received after the close", sum, got);
	close(ends[1]);
}

static bool try_close(int fd, unsigned int nth, const struct way *way)
{
	int ends[2], zero = 0;
	bool failed_one;

	connect_ends(ends);
	if (way->peer_first) {
		close(ends[1]);
		read_to_end(ends[0], false);
	}
	if (way->in_flight) {
		/* The peer delays its ack. */
		setsockopt(ends[1], IPPROTO_TCP, TCP_QUICKACK, &zero, sizeof(zero));
		CHECK(send(ends[0], "", 1, 0) == 1, "send(): %m");
	}
	fail_nth(fd, nth);
	if (way->shutdown)
		shutdown(ends[0], SHUT_WR);
	else
		close(ends[0]);
	failed_one = one_failed(fd);
	if (way->shutdown)
		close(ends[0]);
	if (!way->peer_first) {
		/* A FIN without memory in shutdown() is sent by close(). */
		read_to_end(ends[1], failed_one && !way->shutdown);
		close(ends[1]);
	}
	expect_acks();
	return failed_one;
}

void tcp_close_survives_each_failed_allocation(void)
{
	static const struct way ways[] = {
		{ }, { .peer_first = true }, { .in_flight = true }, { .shutdown = true },
	};
	unsigned int i, nth, points = 0;
	unsigned long before;
	int fd;

	need_netns();
	let_allocations_fail(false);
	before = slab_objects_at_rest();
	CHECK(!unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET): %m");
	lo_up();
	close_keeps_data();
	fd = open_fail_nth();
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		for (nth = 1; try_close(fd, nth, &ways[i]); nth++)
			;
		CHECK(nth > 1, "no allocation has failed");
		points += nth - 1;
	}
	close(fd);
	netns_leave();
	/* A connection that does not end holds the namespace. */
	expect_objects(before);
	note("close of TCP: %u points tried", points);
}
