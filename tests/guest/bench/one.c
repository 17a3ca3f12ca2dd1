// SPDX-License-Identifier: GPL-2.0
/* Namespaces on an otherwise idle system. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"

#define BATCHES		5
#define ENOUGH_KEPT	3
#define MEMORY_SAMPLES	20
#define BEHIND		400
#define SYSCTL		"/proc/sys/net/ipv4/ip_forward"

/* Drops the last reference to the namespace of create_one(), and waits for its count. */
static void leave_and_wait(void)
{
	deaths_start();
	netns_leave();
	deaths_wait(1);
}

/* One at a time: the time to create it, and from the last reference to freed. */
void measure_one(void)
{
	struct samples *made = samples_shared(params.samples);
	struct samples *freed = samples_shared(params.samples);
	unsigned int i;

	for (i = 0; i < params.samples; i++) {
		samples_add(made, create_one());
		leave_and_wait();
		samples_add(freed, deaths.last_freed - deaths.start);
	}
	result_samples("one_create", 1, made);
	/* Mostly waiting, which executes no instructions. */
	if (!params.instructions)
		result_samples("one_freed", 1, freed);
	samples_free(made);
	samples_free(freed);
}

static void mount_sysfs(void)
{
	CHECK(!mount("sysfs", "/mounted", "sysfs", 0, NULL), "mount sysfs: %m");
	CHECK(!umount("/mounted"), "umount: %m");
}

static void read_sysctl(void)
{
	read_number(SYSCTL);
}

static int visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	CHECK(type == FTW_F || type == FTW_D, "%s is listed, but not found", path);
	return 0;
}

static void look_up_sysctls(void)
{
	CHECK(!nftw("/proc/sys/net", visit, 16, FTW_PHYS), "walk over /proc/sys/net: %m");
}

/*
 * One at a time, with a use of it: the time until it has been used, or instructions until the
 * namespace has gone.
 */
static void time_used(void (*use)(void), const char *time, const char *instructions)
{
	struct samples *took = samples_shared(params.samples);
	uint64_t start, now;
	unsigned int i;

	if (params.instructions)
		busy_start();
	for (i = 0; i < params.samples; i++) {
		start = params.instructions ? busy_ns() : now_ns();
		create_one();
		use();
		now = now_ns();
		leave_and_wait();
		samples_add(took, (params.instructions ? busy_ns() : now) - start);
	}
	if (params.instructions)
		busy_end();
	result_samples(params.instructions ? instructions : time, 1, took);
	samples_free(took);
}

/* A mount as by ip-netns exec */
void measure_used(void)
{
	mkdir("/mounted", 0755);
	time_used(mount_sysfs, "one_mounted", "mounted_each");
	time_used(read_sysctl, "one_sysctl", "sysctl_each");
	time_used(look_up_sysctls, "one_sysctls", "sysctls_each");
}

/* One at a time, with lo up: from the last reference to the release of its count. */
static void time_up_freed(void)
{
	struct samples *freed = samples_shared(params.samples);
	unsigned int i;

	for (i = 0; i < params.samples; i++) {
		create_one();
		lo_up();
		leave_and_wait();
		samples_add(freed, deaths.last_freed - deaths.start);
	}
	result_samples("one_up_freed", 1, freed);
	samples_free(freed);
}

/*
 * One at a time: from the last reference to the free of its memory, which may take a second;
 * with lo up if @up. If the memory is never freed, stop after a few samples.
 */
static void time_memory(bool up)
{
	struct samples *memory = samples_shared(MEMORY_SAMPLES);
	unsigned int i, kept = 0;

	for (i = 0; i < MEMORY_SAMPLES && kept < ENOUGH_KEPT; i++) {
		create_one();
		if (up)
			lo_up();
		leave_and_wait();
		if (!memory_wait())
			kept++;
		samples_add(memory, deaths.memory ? deaths.memory - deaths.start : NEVER);
	}
	result_samples(up ? "one_up_memory" : "one_memory", 1, memory);
	samples_free(memory);
}

void measure_memory(void)
{
	time_up_freed();
	memory_probe(true);
	time_memory(false);
	time_memory(true);
	memory_probe(false);
}

void batch_make(int *fds, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		create_one();
		fds[i] = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		CHECK(fds[i] >= 0, "open a namespace: %m");
	}
	netns_leave();
}

void batch_drop(const int *fds, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		close(fds[i]);
}

/* Several at once: time until the last is freed, or instructions for each. */
void measure_batch(unsigned int count)
{
	struct samples *took = samples_shared(BATCHES);
	int fds[count];
	uint64_t start = 0;
	unsigned int i;

	if (params.instructions)
		busy_start();
	for (i = 0; i < BATCHES; i++) {
		batch_make(fds, count);
		if (params.instructions)
			start = busy_ns();
		deaths_start();
		batch_drop(fds, count);
		deaths_wait(count);
		samples_add(took, params.instructions ? (busy_ns() - start) / count :
			    deaths.last_freed - deaths.start);
	}
	if (params.instructions)
		busy_end();
	result_samples(params.instructions ? "batch_each" : "batch_freed", count, took);
	samples_free(took);
}

/* Other devices of init_net do not change. */
static void wait_for_peer(int sock)
{
	struct rtnl msg;

	waiting_for("the peer of a veth to be gone");
	do
		rtnl_recv(sock, &msg);
	while (msg.nlh.nlmsg_type != RTM_DELLINK);
}

/*
 * From the last reference to a namespace with a veth until the veth's peer in init_net is gone,
 * behind others that have just lost their last references.
 */
void measure_peer(void)
{
	struct samples *took = samples_shared(BATCHES);
	int fds[BEHIND], sock = rtnl_open(RTNLGRP_LINK);
	unsigned int i;
	struct netns ns;
	uint64_t start;

	for (i = 0; i < BATCHES; i++) {
		batch_make(fds, BEHIND);
		netns_make(&ns);
		veth_make("peer0", &ns, "veth0");
		deaths_start();
		batch_drop(fds, BEHIND);
		start = now_ns();
		netns_drop(&ns);
		wait_for_peer(sock);
		samples_add(took, now_ns() - start);
		deaths_wait(BEHIND + 1);
	}
	close(sock);
	result_samples("peer_gone", BEHIND, took);
	result_max("peer_gone", BEHIND, took);
	samples_free(took);
}
