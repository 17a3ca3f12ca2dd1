// SPDX-License-Identifier: GPL-2.0
/*
 * The times at which namespaces lose their last reference and are freed, by kprobes and a
 * tracepoint:
 *
 *   __put_net()           the last reference was dropped. Enabled only where that is
 *                         measured: in v7.3.4, netns_put() has this inlined, so the probe
 *                         is for processes only, not for descriptors. Elsewhere it would
 *                         make each teardown in the series slower, but not in v7.3.4.
 *   key_remove_domain()   called once per namespace, right after the release of its count
 *                         in user.max_net_namespaces
 *   kmem_cache_free       the tracepoint, filtered by the name of the slab: struct net is
 *                         freed. Enabled only where that is measured, since it slows all
 *                         other slabs.
 *
 * The ring buffer records the time of each event, so no reader has to poll: the system
 * stays idle. Polling the limit would wake a CPU each time, which affects RCU, and would
 * not show how many were freed. The slab's number of objects counts free objects of
 * per-CPU slabs as used.
 *
 * check_against_limit() compares the probes with the limit before anything is measured.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

#define MEMORY_EVENT	TRACING "events/kmem/kmem_cache_free/"
#define MEMORY_SECONDS	3	/* A grace period and the like take less. */

struct deaths deaths;

static char buffer[1 << 16];
static size_t used;
static int pipe_fd;

void deaths_start(void)
{
	deaths_look();
	deaths = (struct deaths){ .start = now_ns() };
}

/* "  TASK-PID  [CPU] .....  SECONDS.MICROSECONDS: EVENT: (SYMBOL+0x0/0x80)" */
uint64_t event_time(const char *line, const char *event)
{
	const char *start = event;
	unsigned long sec, usec;

	while (start > line && start[-1] != ' ')
		start--;
	CHECK(sscanf(start, "%lu.%lu", &sec, &usec) == 2, "no time in '%s'", line);
	return (sec * 1000000ull + usec) * 1000;
}

static void count_event(const char *line)
{
	const char *event;

	if ((event = strstr(line, ": dying: "))) {
		deaths.dying++;
		if (deaths.dying > deaths.freed + deaths.most)
			deaths.most = deaths.dying - deaths.freed;
	} else if ((event = strstr(line, ": freed: "))) {
		deaths.freed++;
		deaths.last_freed = event_time(line, event);
		deaths.memory = 0;
		waits_freed(line);
	} else if ((event = strstr(line, ": kmem_cache_free: "))) {
		deaths.memory = event_time(line, event);
	} else if (!waits_event(line)) {
		fail("unexpected line in the trace: '%s'", line);
	}
}

static void count_lines(void)
{
	char *line = buffer, *end;

	buffer[used] = '\0';
	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		count_event(line);
	}
	used -= line - buffer;
	memmove(buffer, line, used);
}

/* False if there was no data. */
static bool read_events(void)
{
	ssize_t n = read(pipe_fd, buffer + used, sizeof(buffer) - used - 1);

	if (n < 0 && errno == EAGAIN)
		return false;
	CHECK(n >= 0, "read trace_pipe: %m");
	used += n;
	count_lines();
	return n > 0;
}

void deaths_look(void)
{
	while (read_events())
		;
}

/* Waits until @count are freed, without periodic wakeups. */
void deaths_wait(unsigned long count)
{
	struct pollfd pfd = { .fd = pipe_fd, .events = POLLIN };

	waiting_for("%lu namespaces to be freed", count);
	for (;;) {
		deaths_look();
		if (deaths.freed >= count)
			break;
		CHECK(poll(&pfd, 1, -1) == 1, "poll trace_pipe: %m");
	}
	CHECK(deaths.freed == count, "%lu namespaces were freed, not %lu",
	      deaths.freed, count);
}

void last_reference_probe(bool on)
{
	write_file(TRACING "events/bench/dying/enable", on ? "1" : "0");
}

void memory_probe(bool on)
{
	if (on)
		write_file(MEMORY_EVENT "filter", "name == \"net_namespace\"");
	write_file(MEMORY_EVENT "enable", on ? "1" : "0");
}

/*
 * Waits until the memory of the last namespace is freed. False if it is not freed after
 * some seconds: v7.3.4 frees it when the next namespace is torn down.
 */
bool memory_wait(void)
{
	struct pollfd pfd = { .fd = pipe_fd, .events = POLLIN };
	int n;

	do {
		deaths_look();
		if (deaths.memory)
			return true;
		n = poll(&pfd, 1, MEMORY_SECONDS * 1000);
		CHECK(n >= 0, "poll trace_pipe: %m");
	} while (n);
	return false;
}

/*
 * A namespace in teardown counts against the limit, but one that the probe has reported as
 * freed does not. On one CPU, the teardown may end before netns_drop() returns.
 */
static void check_against_limit(void)
{
	struct netns ns;

	CHECK(netns_fits(1, &ns), "a namespace is alive before the first is created");
	deaths_start();
	netns_drop(&ns);
	if (netns_fits(1, &ns)) {
		deaths_look();
		CHECK(deaths.freed == 1, "a namespace that is being torn down is not counted");
	} else {
		deaths_wait(1);
		CHECK(netns_fits(1, &ns), "a freed namespace is still counted");
	}
	netns_drop(&ns);
	deaths_wait(2);
}

void deaths_init(void)
{
	write_file(TRACING "trace_clock", "mono");
	write_file(TRACING "kprobe_events", "p:bench/dying __put_net");
	write_file(TRACING "kprobe_events", "p:bench/freed key_remove_domain");
	write_file(TRACING "events/bench/freed/enable", "1");
	pipe_fd = open(TRACING "trace_pipe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CHECK(pipe_fd >= 0, "open trace_pipe: %m");
	check_against_limit();
}
