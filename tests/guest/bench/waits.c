// SPDX-License-Identifier: GPL-2.0
/*
 * How much of a teardown's time its workers spend in rcu_barrier() and in grace periods,
 * by kprobes at entry and return. Other tasks wait there, too: count only the workers that
 * tear down or free the namespace.
 */
#include <stdio.h>
#include <string.h>

#include "bench.h"

#define MAX_WAITS	64

enum kind { BARRIER, GRACE_PERIOD };

static const struct function {
	const char *name;
	enum kind kind;
	bool added;	/* by the series */
} functions[] = {
	{ .name = "rcu_barrier", .kind = BARRIER },
	{ .name = "rcu_barrier_expedited", .kind = BARRIER, .added = true },
	{ .name = "synchronize_rcu", .kind = GRACE_PERIOD },
	{ .name = "synchronize_rcu_expedited", .kind = GRACE_PERIOD },
};

/* The waits of one namespace, in the order in which they begin */
static struct wait {
	int pid;
	enum kind kind;
	uint64_t begun, ended;
} waits[MAX_WAITS];
static unsigned int nr_waits;
static int cleaner, freer;	/* process ids */

/* "  TASK-PID  [CPU] ...": TASK may contain a '-', but no " [". */
static int event_pid(const char *line)
{
	const char *end = strstr(line, " ["), *start = end;
	int pid;

	CHECK(end, "no CPU in '%s'", line);
	while (start > line && *start != '-')
		start--;
	CHECK(sscanf(start, "-%d", &pid) == 1, "no process in '%s'", line);
	return pid;
}

static void begin_wait(int pid, enum kind kind, uint64_t time)
{
	unsigned int i;

	/* rcu_barrier_expedited() calls synchronize_rcu_expedited(). */
	for (i = 0; i < nr_waits; i++)
		if (waits[i].pid == pid && !waits[i].ended)
			return;
	CHECK(nr_waits < MAX_WAITS, "more than %d waits for one namespace", MAX_WAITS);
	waits[nr_waits++] = (struct wait){ .pid = pid, .kind = kind, .begun = time };
}

static void end_wait(int pid, enum kind kind, uint64_t time)
{
	unsigned int i;

	for (i = 0; i < nr_waits; i++)
		if (waits[i].pid == pid && waits[i].kind == kind && !waits[i].ended)
			waits[i].ended = time;
}

/* Calls @mark for an event STEP_FUNCTION. False if the line is not such an event. */
static bool mark_step(const char *line, const char *step,
		      void (*mark)(int pid, enum kind kind, uint64_t time))
{
	char event[64];
	const char *at;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		snprintf(event, sizeof(event), ": %s_%s: ", step, functions[i].name);
		at = strstr(line, event);
		if (at) {
			mark(event_pid(line), functions[i].kind, event_time(line, at));
			return true;
		}
	}
	return false;
}

/* False if the line is not an event of these probes. */
bool waits_event(const char *line)
{
	if (strstr(line, ": cleanup: ")) {
		cleaner = event_pid(line);
		return true;
	}
	return mark_step(line, "begin", begin_wait) || mark_step(line, "end", end_wait);
}

void waits_freed(const char *line)
{
	freer = event_pid(line);
}

/* The time of the waits that ended before the namespace was freed */
static uint64_t waited(enum kind kind, unsigned int *times)
{
	uint64_t sum = 0;
	unsigned int i;

	*times = 0;
	for (i = 0; i < nr_waits; i++) {
		const struct wait *w = &waits[i];

		if (w->kind != kind || (w->pid != cleaner && w->pid != freer) ||
		    !w->ended || w->ended > deaths.last_freed)
			continue;
		sum += w->ended - w->begun;
		(*times)++;
	}
	return sum;
}

static void probe(const char *type, const char *step, const char *function)
{
	char text[128];

	snprintf(text, sizeof(text), "%s:waits/%s_%s %s", type, step, function, function);
	write_file(TRACING "kprobe_events", text);
}

static bool kernel_has(const char *function)
{
	char line[256], name[128];
	bool found = false;
	FILE *f;

	f = fopen("/proc/kallsyms", "r");
	CHECK(f, "open /proc/kallsyms: %m");
	while (!found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%*s %*s %127s", name) == 1 && !strcmp(name, function);
	fclose(f);
	return found;
}

static void probe_all(void)
{
	unsigned int i;

	write_file(TRACING "kprobe_events", "p:waits/cleanup cleanup_net");
	for (i = 0; i < ARRAY_SIZE(functions); i++) {
		if (functions[i].added && !kernel_has(functions[i].name))
			continue;
		probe("p", "begin", functions[i].name);
		probe("r", "end", functions[i].name);
	}
}

void measure_waits(void)
{
	struct samples *took[] = { samples_shared(params.samples),
				   samples_shared(params.samples) };
	unsigned int i, kind, times[2];

	probe_all();
	write_file(TRACING "events/waits/enable", "1");
	for (i = 0; i < params.samples; i++) {
		create_one();
		deaths_start();
		nr_waits = 0;
		netns_leave();
		deaths_wait(1);
		for (kind = BARRIER; kind <= GRACE_PERIOD; kind++)
			samples_add(took[kind], waited(kind, &times[kind]));
	}
	write_file(TRACING "events/waits/enable", "0");
	result("one_barriers", 1, "1", times[BARRIER]);
	result("one_grace_periods", 1, "1", times[GRACE_PERIOD]);
	result_samples("one_barrier", 1, took[BARRIER]);
	result_samples("one_grace_period", 1, took[GRACE_PERIOD]);
	samples_free(took[BARRIER]);
	samples_free(took[GRACE_PERIOD]);
}
