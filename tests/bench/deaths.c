// SPDX-License-Identifier: GPL-2.0
/*
 * When namespaces die and when they are freed, by two kprobes:
 *
 *   __put_net()           the last reference is gone. The tag has this inlined where
 *                         the last one was a descriptor, so it is counted only where
 *                         it was a process.
 *   key_remove_domain()   called once for each, at the very end, beside the return
 *                         of its count in user.max_net_namespaces
 *
 * The ring buffer keeps each with its time, so nobody has to look meanwhile: the
 * system is as idle as it would be. Trying the limit again and again tells the moment,
 * too, but wakes a CPU each time, which RCU notices, and tells no number; the slab's
 * number of objects counts what is free in a CPU's own slabs as used.
 *
 * That the probes tell the truth is tried against the limit before anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"

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

	if ((event = strstr(line, ": dead: "))) {
		deaths.dead++;
		if (deaths.dead > deaths.freed + deaths.most)
			deaths.most = deaths.dead - deaths.freed;
	} else if ((event = strstr(line, ": freed: "))) {
		deaths.freed++;
		deaths.last_freed = event_time(line, event);
		waits_freed(line);
	} else if (!waits_event(line)) {
		fail("the trace holds '%s'", line);
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

/* False if there was nothing to read. */
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

/* Until @count are freed. Sleeps without waking up in between. */
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

/* A dead one counts against the limit, and one that is told to be freed does not. */
static void check_against_limit(void)
{
	struct netns ns;

	CHECK(netns_fits(1, &ns), "a namespace is alive before the first is made");
	deaths_start();
	netns_drop(&ns);
	CHECK(!netns_fits(1, &ns), "a dead namespace is not counted");
	deaths_wait(1);
	CHECK(netns_fits(1, &ns), "a namespace that is freed is still counted");
	netns_drop(&ns);
	deaths_wait(2);
}

void deaths_init(void)
{
	write_file(TRACING "trace_clock", "mono");
	write_file(TRACING "kprobe_events", "p:bench/dead __put_net");
	write_file(TRACING "kprobe_events", "p:bench/freed key_remove_domain");
	write_file(TRACING "events/bench/enable", "1");
	pipe_fd = open(TRACING "trace_pipe", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	CHECK(pipe_fd >= 0, "open trace_pipe: %m");
	check_against_limit();
}
