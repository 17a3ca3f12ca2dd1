// SPDX-License-Identifier: GPL-2.0
/*
 * Several processes create, use and drop namespaces, while others visit them,
 * dump their objects, and register operations.
 *
 * The parameter stress=N is the number of namespaces.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"

#define REGISTRATION	"/sys/kernel/debug/kunit/net_namespace_registration/"
#define NAMESPACES	300
#define WORKERS		5
#define KEPT		4	/* by each worker at a time */
#define ROOM		60	/* limit of namespaces, which bounds the memory */

/* Shared by all processes. */
static struct {
	pid_t workers[WORKERS];
	unsigned int made, waits, visits, dumps, registrations;
	bool workers_ended;
} *shared;

/* A worker's own */
static unsigned int worker_nr, round_nr;

static void count(unsigned int *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static unsigned int read_counter(const unsigned int *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/*
 * The uses of a namespace: @ns is the worker's, @other an older one.
 */

static void use_dummy(const struct netns *ns, const struct netns *other)
{
	(void)ns, (void)other;
	lo_up();
	link_make("dummy0", "dummy");
	link_up("dummy0");
}

/* To another namespace, which may be torn down first or last, and to init_net. */
static void use_veth(const struct netns *ns, const struct netns *other)
{
	char name[16];

	(void)ns;
	snprintf(name, sizeof(name), "v%u-%u", worker_nr, round_nr);
	veth_make("veth0", other, name);
	link_up("veth0");
	netns_leave();
	netns_enter(other);
	link_up(name);
	netns_leave();
	veth_make(name, ns, "veth1");
}

/* Some stay open until the next turn, and hold the namespace. */
static void use_sockets(const struct netns *ns, const struct netns *other)
{
	static const struct { int family, type, protocol; } kinds[] = {
		{ AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_STREAM, 0 },
		{ AF_INET, SOCK_RAW, IPPROTO_ICMP },
		{ AF_PACKET, SOCK_RAW, 0 },
		{ AF_NETLINK, SOCK_RAW, NETLINK_ROUTE },
		{ AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG },
		{ AF_UNIX, SOCK_STREAM, 0 },
	};
	static int fds[ARRAY_SIZE(kinds)];
	unsigned int i;

	(void)ns, (void)other;
	lo_up();
	lo_carries(AF_INET);
	lo_carries(AF_INET6);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (fds[i])
			close(fds[i]);
		fds[i] = socket(kinds[i].family, kinds[i].type | SOCK_CLOEXEC, kinds[i].protocol);
		CHECK(fds[i] >= 0, "socket(%d, %d): %m", kinds[i].family, kinds[i].type);
	}
}

static void use_sysctls(const struct netns *ns, const struct netns *other)
{
	static const char * const files[] = {
		"/proc/sys/net/core/somaxconn",
		"/proc/sys/net/ipv4/tcp_rmem",
		"/proc/sys/net/ipv6/conf/lo/forwarding",
		"/proc/self/net/dev",
		"/proc/self/net/tcp",
		"/proc/self/net/route",
		"/proc/self/net/if_inet6",
		"/proc/self/net/netlink",
	};
	unsigned int i;

	(void)ns, (void)other;
	write_file("/proc/sys/net/ipv4/ip_forward", "1");
	for (i = 0; i < ARRAY_SIZE(files); i++)
		free(read_file(files[i]));
}

/* Each assigns the other an id, and init_net assigns one to @ns. */
static void use_ids(const struct netns *ns, const struct netns *other)
{
	int id = 1000 * round_nr + worker_nr;

	nsid_set(other, 7);
	CHECK(nsid_get(other) == 7, "the id of a namespace differs from the one set");
	netns_leave();
	netns_enter(other);
	CHECK(nsid_get(ns) == NETNSA_NSID_NOT_ASSIGNED, "a namespace has an id already");
	nsid_set(ns, 1);
	netns_leave();
	nsid_set(ns, id);
	CHECK(nsid_get(ns) == id, "the id of a namespace in init_net differs from the one set");
}

static void (* const uses[])(const struct netns *ns, const struct netns *other) = {
	use_dummy, use_veth, use_sockets, use_sysctls, use_ids,
};

/* Waits until the count is below the limit. */
static void make(struct netns *ns)
{
	int err;

	while ((err = netns_unshare(ns)) == -ENOSPC) {
		count(&shared->waits);
		pause_briefly();
	}
	CHECK(!err, "unshare(CLONE_NEWNET): %s", strerror(-err));
	count(&shared->made);
}

/* Worker @nr creates every WORKERS-th namespace. */
static void work(unsigned int nr, unsigned int namespaces)
{
	struct netns kept[KEPT];
	unsigned int i;

	worker_nr = nr;
	for (; nr < namespaces; nr += WORKERS, round_nr++) {
		struct netns *ns = &kept[round_nr % KEPT];

		if (round_nr >= KEPT)
			netns_drop(ns);
		make(ns);
		if (!round_nr)
			continue;
		netns_enter(ns);
		uses[(round_nr + worker_nr) % ARRAY_SIZE(uses)](ns, &kept[(round_nr - 1) % KEPT]);
		netns_leave();
	}
	for (i = 0; i < KEPT && i < round_nr; i++)
		netns_drop(&kept[i]);
}

/*
 * Concurrent work
 */

/* In the namespace of a worker that still runs. */
static void visit(unsigned int nr)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", shared->workers[nr % WORKERS]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	CHECK(!setns(fd, CLONE_NEWNET), "setns: %m");
	close(fd);
	free(read_file("/proc/self/net/dev"));
	free(read_file("/proc/sys/net/core/somaxconn"));
	netns_leave();
	count(&shared->visits);
}

static void dump(unsigned int nr)
{
	struct ifinfomsg ifi = { 0 };
	struct rtgenmsg gen = { 0 };

	(void)nr;
	rtnl_dump(RTM_GETLINK, &ifi, sizeof(ifi));
	rtnl_dump(RTM_GETNSID, &gen, sizeof(gen));
	count(&shared->dumps);
}

/* As modules do when they are loaded and unloaded. A KUnit suite does it. */
static void register_operations(unsigned int nr)
{
	char *results;

	(void)nr;
	if (access(REGISTRATION "run", F_OK))
		return;
	write_file(REGISTRATION "run", "1");
	results = read_file(REGISTRATION "results");
	CHECK(!strstr(results, "not ok"), "registering operations: %s", results);
	free(results);
	count(&shared->registrations);
}

/* @run is called once for each @namespaces created. */
static const struct other {
	void (*run)(unsigned int nr);
	unsigned int namespaces;
} others[] = {
	{ visit, 1 }, { visit, 1 }, { dump, 5 }, { register_operations, 150 },
};

static pid_t start_worker(unsigned int nr, unsigned int namespaces)
{
	pid_t pid = fork();

	CHECK(pid >= 0, "fork: %m");
	if (pid)
		return pid;
	work(nr, namespaces);
	_exit(EXIT_SUCCESS);
}

static pid_t start_other(const struct other *other)
{
	pid_t pid = fork();
	unsigned int nr = 0;

	CHECK(pid >= 0, "fork: %m");
	if (pid)
		return pid;
	while (!__atomic_load_n(&shared->workers_ended, __ATOMIC_RELAXED)) {
		if (read_counter(&shared->made) < nr * other->namespaces)
			pause_briefly();
		else
			other->run(nr++);
	}
	_exit(EXIT_SUCCESS);
}

/* Not killed: that could leave a KUnit suite unfinished. */
static void end_others(const pid_t *pids, unsigned int n)
{
	int status;

	__atomic_store_n(&shared->workers_ended, true, __ATOMIC_RELAXED);
	while (n--) {
		waiting_for("process %d to end", pids[n]);
		CHECK(waitpid(pids[n], &status, 0) == pids[n], "waitpid: %m");
		CHECK(!status, "a concurrent process ended with status %d", status);
	}
}

static unsigned long kib_available(void)
{
	char *text = read_file("/proc/meminfo"), *line = strstr(text, "MemAvailable:");
	unsigned long kib;

	CHECK(line && sscanf(line, "MemAvailable: %lu", &kib) == 1, "no MemAvailable");
	free(text);
	return kib;
}

/* Waits for all workers. Returns the least available memory in KiB. */
static unsigned long watch_workers(void)
{
	unsigned long now, least = kib_available();
	int status, left = WORKERS;
	pid_t pid;

	while (left) {
		pid = waitpid(-1, &status, WNOHANG);
		if (pid > 0) {
			CHECK(WIFEXITED(status), "a process was killed by signal %d",
			      WTERMSIG(status));
			if (WEXITSTATUS(status))
				_exit(WEXITSTATUS(status));
			left--;
			continue;
		}
		now = kib_available();
		least = now < least ? now : least;
		usleep(200 * 1000);
	}
	return least;
}

/* Returns the most memory in use in KiB. */
static unsigned long stress(unsigned int namespaces)
{
	unsigned long before = kib_available(), least;
	pid_t pids[ARRAY_SIZE(others)];
	unsigned int i;

	netns_limit(ROOM);
	for (i = 0; i < WORKERS; i++)
		shared->workers[i] = start_worker(i, namespaces);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		pids[i] = start_other(&others[i]);
	least = watch_workers();
	end_others(pids, ARRAY_SIZE(others));
	netns_limit(NO_LIMIT);
	return before > least ? before - least : 0;
}

void stress_leaves_nothing_behind(void)
{
	unsigned long objects, kib, now;
	time_t start = time(NULL);

	need_netns();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(shared != MAP_FAILED, "no memory to share");
	objects = slab_objects_at_rest();
	kib = stress(number_asked_for("stress", NAMESPACES));
	note("stress: %u namespaces by %d processes in %ld s, %lu MiB used at most",
	     shared->made, WORKERS, (long)(time(NULL) - start), kib / 1024);
	note("stress: %u waits for room, %u visits, %u dumps, %u runs of registrations",
	     shared->waits, shared->visits, shared->dumps, shared->registrations);
	now = slab_objects_at_rest();
	CHECK(now == objects, "the slab held %lu objects before, %lu after", objects, now);
}
