// SPDX-License-Identifier: GPL-2.0
/* What time it is, and how much of it the CPU was busy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"

/* The clock that deaths.c has the kernel stamp its events with. */
uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static uint64_t timer_list_sum(const char *text, const char *field)
{
	uint64_t sum = 0;

	while ((text = strstr(text, field))) {
		text = strchr(text, ':');
		CHECK(text, "%s has no value in timer_list", field);
		sum += strtoull(text + 1, NULL, 10);
	}
	return sum;
}

/*
 * The time that the CPU has not been idle, whoever it worked for: a creator, a
 * worker, or RCU in a softirq, which is nobody's CPU time. Exact where there is
 * one CPU, since that is not idle while it reads this. 0 where /proc/timer_list does
 * not tell how long the CPUs slept, as in 7.2: /proc/stat does, but in units of 10 ms.
 */
uint64_t busy_ns(void)
{
	char *text = read_file("/proc/timer_list");
	uint64_t busy = 0;

	if (strstr(text, ".idle_sleeptime"))
		busy = now_ns() - timer_list_sum(text, ".idle_sleeptime") -
		       timer_list_sum(text, ".iowait_sleeptime");
	free(text);
	return busy;
}
