// SPDX-License-Identifier: GPL-2.0
/* The clock, and the result lines, which tools/bench turns into CSV. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "bench.h"

#define ENOUGH_FOR_P99	100

static unsigned int alive;
static bool ids;

/* The clock of the trace events in deaths.c. */
uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

void result_where(unsigned int now_alive, bool now_ids)
{
	alive = now_alive;
	ids = now_ids;
}

void result(const char *metric, unsigned int n, const char *unit, double value)
{
	ktap("bench: metric=%s alive=%u ids=%u n=%u value=%.6g unit=%s",
	     metric, alive, ids ? alive : 0, n, value, unit);
}

void result_time(const char *metric, unsigned int n, double ns)
{
	if (params.instructions)
		ktap("bench: metric=%s alive=%u ids=%u n=%u value=%.0f unit=insn",
		     metric, alive, ids ? alive : 0, n, ns);
	else
		result(metric, n, "us", ns / 1000);
}

/* In memory that child processes share. */
struct samples *samples_shared(unsigned int max)
{
	struct samples *s;

	s = mmap(NULL, sizeof(*s) + max * sizeof(s->ns[0]), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(s != MAP_FAILED, "no memory for %u samples", max);
	s->max = max;
	return s;
}

void samples_free(struct samples *s)
{
	munmap(s, sizeof(*s) + s->max * sizeof(s->ns[0]));
}

void samples_add(struct samples *s, uint64_t ns)
{
	CHECK(s->count < s->max, "more than %u samples", s->max);
	s->ns[s->count++] = ns;
}

void samples_join(struct samples *to, const struct samples *from)
{
	unsigned int i;

	for (i = 0; i < from->count; i++)
		samples_add(to, from->ns[i]);
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void result_quantile(const char *metric, const char *name, unsigned int n,
			    const struct samples *s, unsigned int percent)
{
	uint64_t ns = s->ns[(uint64_t)(s->count - 1) * percent / 100];
	char full[64];

	snprintf(full, sizeof(full), "%s_%s", metric, name);
	result_time(full, n, ns == NEVER ? INFINITY : ns);
}

/* For samples that result_samples() has sorted */
void result_max(const char *metric, unsigned int n, const struct samples *s)
{
	result_quantile(metric, "max", n, s, 100);
}

void result_samples(const char *metric, unsigned int n, struct samples *s)
{
	CHECK(s->count, "%s has no samples", metric);
	qsort(s->ns, s->count, sizeof(s->ns[0]), compare);
	result_quantile(metric, "p50", n, s, 50);
	if (s->count < ENOUGH_FOR_P99)
		return;
	result_quantile(metric, "p99", n, s, 99);
}
