// SPDX-License-Identifier: GPL-2.0
/* How a case reports its result; reading and writing small files. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"

/* Shared with the case's processes, so that they outlive them. */
static char *reason;
static int *result;

/*
 * A line is a single write to /dev/kmsg: in a line written to the console,
 * kernel messages could appear.
 */
void report_init(void)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		dup2(fd, STDOUT_FILENO);
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* @text has room for REASON_MAX bytes. @code is 0 until fail() is called. */
void report_to(char *text, int *code)
{
	reason = text;
	result = code;
}

/* /dev/kmsg refuses longer lines than 1 KiB. */
void ktap(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	puts(line);
}

/* Only the first failure is reported. */
void set_reason(const char *fmt, ...)
{
	va_list ap;
	char *c;

	if (*result)
		return;
	va_start(ap, fmt);
	vsnprintf(reason, REASON_MAX, fmt, ap);
	va_end(ap);
	for (c = reason; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

/* Also in a child of the case: the case fails even if it does not wait for it. */
void end_case(int code)
{
	if (!*result)
		*result = code;
	_exit(code);
}

/* Tells whether a failure of this process is excused. NULL if none is. */
static bool (*excused)(void);

/* From now on, a failure only ends this process and its children if @is_excused. */
void excuse_failures(bool (*is_excused)(void))
{
	excused = is_excused;
}

/* Before the reason is set, which may contain errno. A failure of @is_excused is none. */
void end_if_excused(void)
{
	bool (*is_excused)(void) = excused;
	int err = errno;

	excused = NULL;
	if (is_excused && is_excused())
		_exit(EXIT_SUCCESS);
	errno = err;
}

/* FNV-1a, to compare long texts between kernels */
uint32_t text_sum(const char *text)
{
	uint32_t hash = 2166136261;

	while (*text)
		hash = (hash ^ (unsigned char)*text++) * 16777619;
	return hash;
}

/* For files of proc, sysfs and tracefs, whose size is not known. */
char *read_file(const char *path)
{
	size_t len = 0, size = 0;
	char *text = NULL;
	ssize_t n;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %m", path);
	do {
		if (size - len < 2) {
			size += 65536;
			text = realloc(text, size);
			CHECK(text, "no memory for %s", path);
		}
		n = read(fd, text + len, size - len - 1);
		CHECK(n >= 0, "read %s: %m", path);
		len += n;
	} while (n);
	text[len] = '\0';
	close(fd);
	return text;
}

void write_file(const char *path, const char *text)
{
	ssize_t len = strlen(text);
	int fd;

	fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	CHECK(fd >= 0, "open %s: %m", path);
	CHECK(write(fd, text, len) == len, "write '%s' to %s: %m", text, path);
	close(fd);
}

unsigned long read_number(const char *path)
{
	char *text = read_file(path);
	unsigned long n;

	CHECK(sscanf(text, "%lu", &n) == 1, "%s has no number: %s", path, text);
	free(text);
	return n;
}

/* For polling. */
void pause_briefly(void)
{
	usleep(20 * 1000);
}

unsigned long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The value of @name=N on the kernel command line. */
unsigned int number_asked_for(const char *name, unsigned int otherwise)
{
	const char *text = getenv(name);

	return text ? strtoul(text, NULL, 10) : otherwise;
}
