/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the measurements.
 *
 * A measurement runs as root in init_net, returns to it, and leaves as many
 * namespaces alive as it found. It reports by result().
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

#include "boot.h"

/* init.c: parameters on the kernel command line */
struct params {
	unsigned int samples;	/* per measurement */
	unsigned int batch;	/* namespaces torn down at once */
	unsigned int held;	/* namespaces created by several creators */
	unsigned int idle;	/* namespaces whose memory is measured */
	unsigned int seconds;	/* of creating and dropping */
	bool instructions;	/* the clock counts instructions: one CPU */
};
extern struct params params;
bool wanted(const char *measurement);

/* result.c: the clock, and the result lines */
uint64_t now_ns(void);

#define NEVER	UINT64_MAX	/* the sample of an event that did not occur */

struct samples {
	unsigned int count, max;
	uint64_t ns[];
};

/* The conditions of the following results */
void result_where(unsigned int alive, bool ids);
void result(const char *metric, unsigned int n, const char *unit, double value);
/* A time in us, or in instructions if the clock counts these */
void result_time(const char *metric, unsigned int n, double ns);
/* METRIC_p50, and METRIC_p99 if there are enough samples */
void result_samples(const char *metric, unsigned int n, struct samples *s);
void result_max(const char *metric, unsigned int n, const struct samples *s);

struct samples *samples_shared(unsigned int max);
void samples_add(struct samples *s, uint64_t ns);
void samples_join(struct samples *to, const struct samples *from);
void samples_free(struct samples *s);

#define TRACING		"/sys/kernel/tracing/"

/* deaths.c: when namespaces lose their last reference and when they are freed */
struct deaths {
	unsigned long dying, freed;	/* without references, freed, since deaths_start() */
	unsigned long most;		/* most namespaces in teardown at a time */
	uint64_t start, last_freed;	/* by now_ns() */
	uint64_t memory;		/* when @last_freed's memory was freed, or 0 */
};

extern struct deaths deaths;
/* The time of @event in a @line of the trace */
uint64_t event_time(const char *line, const char *event);
void deaths_init(void);
void deaths_start(void);
void deaths_look(void);
void deaths_wait(unsigned long count);
void last_reference_probe(bool on);
void memory_probe(bool on);
bool memory_wait(void);

/* waits.c: waits during the teardown of a namespace */
bool waits_event(const char *line);
void waits_freed(const char *line);

/* pool.c: namespaces that are alive during measurements */
void pool_init(void);
void pool_resize(unsigned int count);
void pool_give_ids(void);
int pool_fd(unsigned int nr);

/* one.c: namespaces that die at once, each held by a descriptor */
void batch_make(int *fds, unsigned int count);
void batch_drop(const int *fds, unsigned int count);

/* creators.c: processes that create namespaces */
uint64_t create_one(void);
void creators_hold(unsigned int creators);
void creators_churn(unsigned int creators, unsigned int devices);
void measure_fairness(void);
void measure_dying(void);
unsigned int cpus_online(void);
void measure_assign(void);
unsigned long meminfo_kib(const char *field);

/* module.c: measurements by a kernel module */
void busy_start(void);
uint64_t busy_ns(void);
void busy_end(void);
void slow_start(unsigned int ms);
void slow_end(void);
void measure_register(void);
void measure_pairs(void);

/* The other measurements */
void measure_one(void);
void measure_used(void);
void measure_memory(void);
void measure_idle(void);
void measure_waits(void);
void measure_batch(unsigned int count);
void measure_peer(void);
void measure_lookup(unsigned int ids);
void measure_lo(void);
void measure_profile(unsigned int creators);
void measure_locks(unsigned int creators);
void measure_assign_locks(void);

#endif /* BENCH_H */
