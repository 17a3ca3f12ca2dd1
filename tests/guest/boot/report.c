// SPDX-License-Identifier: GPL-2.0
/* How a case reports its result; reading and writing small files. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "boot.h"

#define REASON_MAX 256

/* Shared with the case's processes, so that it outlives them. */
static struct {
	bool final;		/* only the first failure is reported */
	char text[REASON_MAX];
} *reason;

static int kmsg = STDOUT_FILENO;

void report_init(void)
{
	int fd = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		kmsg = fd;
	reason = mmap(NULL, sizeof(*reason), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (reason == MAP_FAILED)
		abort();
}

/* The next case starts. */
void report_start(void)
{
	reason->final = false;
	waiting_for("its end");
}

const char *report_reason(void)
{
	return reason->text;
}

/*
 * A line is a single write to /dev/kmsg: in a line written to the console,
 * kernel messages could appear.
 */
void ktap(const char *fmt, ...)
{
	char line[512] = "<6>";
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	vsnprintf(line + 3, sizeof(line) - 4, fmt, ap);
	va_end(ap);
	len = strlen(line);
	line[len++] = '\n';
	if (write(kmsg, line, len) < 0)
		abort();
}

static void set_reason(const char *fmt, va_list ap)
{
	char *c;

	if (reason->final)
		return;
	vsnprintf(reason->text, REASON_MAX, fmt, ap);
	for (c = reason->text; *c; c++)
		if (*c == '\n')
			*c = ' ';
}

void fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(fmt, ap);
	va_end(ap);
	reason->final = true;
	_exit(EXIT_FAILURE);
}

void skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(fmt, ap);
	va_end(ap);
	_exit(EXIT_SKIP);
}

void waiting_for(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	set_reason(fmt, ap);
	va_end(ap);
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
