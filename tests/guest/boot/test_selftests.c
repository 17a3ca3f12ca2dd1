// SPDX-License-Identifier: GPL-2.0
/* Selftests that the series adds to the kernel tree. tools/lib/initramfs builds them. */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "boot.h"

/* The lines of a program, until it ends. The last comment says why it failed. */
static void follow(FILE *lines, char *why, size_t size)
{
	char line[REASON_MAX];

	while (fgets(line, sizeof(line), lines)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' && strstr(line, ".c:"))
			snprintf(why, size, "%.*s", (int)size - 1, line + 1);
		if (!strncmp(line, "not ok", 6))
			fail("%s:%s", line, why);
		if (!strncmp(line, "ok ", 3) && strstr(line, "# SKIP"))
			skip("%s", line);
	}
}

static void selftest(const char *path)
{
	char why[REASON_MAX] = "";
	int out[2], status;
	FILE *lines;
	pid_t pid;

	if (access(path, X_OK))
		skip("the series is not applied");
	waiting_for("the end of %s", path);
	CHECK(!pipe(out), "pipe: %m");
	pid = fork();
	CHECK(pid >= 0, "fork: %m");
	if (!pid) {
		dup2(out[1], STDOUT_FILENO);
		execl(path, path, NULL);
		fail("exec %s: %m", path);
	}
	close(out[1]);
	lines = fdopen(out[0], "r");
	CHECK(lines, "fdopen: %m");
	follow(lines, why, sizeof(why));
	CHECK(waitpid(pid, &status, 0) == pid, "waitpid: %m");
	CHECK(WIFEXITED(status) && !WEXITSTATUS(status), "%s ended with status %#x", path, status);
}

void selftest_netns_nsid(void)
{
	selftest("/netns_nsid");
}
