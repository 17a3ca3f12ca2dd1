// SPDX-License-Identifier: GPL-2.0
/*
 * The content of /proc/sys/net. Paths are relative to it, and those of directories end
 * with "/"; "" is /proc/sys/net itself.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot.h"

/* A descriptor, or a negative errno. */
int sysctl_open(const char *path, int flags)
{
	char full[SYSCTL_PATH_MAX];
	int fd;

	CHECK(snprintf(full, sizeof(full), SYSCTLS "/%s", path) < SYSCTL_PATH_MAX,
	      "%s is longer than was expected", path);
	fd = open(full, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void __printf(4, 5) append(char *text, size_t *len, size_t size, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	*len += vsnprintf(text + *len, size - *len, fmt, ap);
	va_end(ap);
	CHECK(*len < size, SYSCTLS " has more names than were expected");
}

static void add_name(struct sysctl_list *list, const struct dirent64 *entry)
{
	if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
		return;
	CHECK(entry->d_type == DT_DIR || entry->d_type == DT_REG, "%s is listed with type %u",
	      entry->d_name, entry->d_type);
	append(list->text, &list->len, sizeof(list->text), "%s%s\n", entry->d_name,
	       entry->d_type == DT_DIR ? "/" : "");
}

/*
 * Reads the open directory @fd to its end, by calls of getdents64() that each have room
 * for @bytes. Returns 0, or the errno. Entries before the error stay in @list.
 */
int sysctl_list_fd(int fd, size_t bytes, struct sysctl_list *list)
{
	char buf[SYSCTL_LIST_BYTES] __attribute__((aligned(8)));
	const struct dirent64 *entry;
	ssize_t n, at;

	list->len = 0;
	list->text[0] = '\0';
	while ((n = getdents64(fd, buf, bytes)) > 0)
		for (at = 0; at < n; at += entry->d_reclen) {
			entry = (const struct dirent64 *)(buf + at);
			add_name(list, entry);
		}
	return n ? errno : 0;
}

/* As sysctl_list_fd(), with the directory's path. */
int sysctl_list(const char *path, size_t bytes, struct sysctl_list *list)
{
	int err, fd = sysctl_open(path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return -fd;
	err = sysctl_list_fd(fd, bytes, list);
	close(fd);
	return err;
}

/* True if the line @name is in @list. */
bool sysctl_is_listed(const struct sysctl_list *list, const char *name)
{
	size_t len = strlen(name);
	const char *line = list->text;

	while (*line) {
		size_t n = strcspn(line, "\n");

		if (n == len && !strncmp(line, name, len))
			return true;
		line += n + 1;
	}
	return false;
}

static void add_entry(struct sysctl_tree *tree, const char *path)
{
	bool is_dir = path[strlen(path) - 1] == '/';
	struct stat st;
	int fd, err;

	fd = sysctl_open(path, O_PATH | O_NOFOLLOW);
	CHECK(fd >= 0, "%s is listed, and opening it: %s", path, strerror(-fd));
	err = fstat(fd, &st);
	CHECK(!err, "fstat of %s: %m", path);
	close(fd);
	CHECK(is_dir ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode),
	      "%s is listed with another type than mode %o", path, st.st_mode);
	append(tree->text, &tree->len, sizeof(tree->text), "%s %o %u %u\n", path, st.st_mode,
	       st.st_uid, st.st_gid);
	if (is_dir)
		tree->directories++;
	else
		tree->files++;
}

static void walk(struct sysctl_tree *tree, const char *path)
{
	struct sysctl_list *list = malloc(sizeof(*list));
	char below[SYSCTL_PATH_MAX], *name, *rest;
	int err;

	CHECK(list, "no memory for a list");
	err = sysctl_list(path, SYSCTL_LIST_BYTES, list);
	CHECK(!err, "listing " SYSCTLS "/%s: %s", path, strerror(err));
	rest = list->text;
	while ((name = strsep(&rest, "\n")) && *name) {
		snprintf(below, sizeof(below), "%s%s", path, name);
		add_entry(tree, below);
		if (below[strlen(below) - 1] == '/')
			walk(tree, below);
	}
	free(list);
}

/* All of what the namespace that the caller is in has, in the order of getdents64(). */
void sysctl_walk(struct sysctl_tree *tree)
{
	tree->files = 0;
	tree->directories = 0;
	tree->len = 0;
	tree->text[0] = '\0';
	walk(tree, "");
}

/* The entry at @line of a tree. False at the end; else the next one is at @line. */
bool sysctl_next(const char **line, struct sysctl_entry *entry)
{
	if (!**line)
		return false;
	CHECK(sscanf(*line, "%127s %o %u %u", entry->path, &entry->mode, &entry->uid,
		     &entry->gid) == 4, "a broken line of a tree: %.40s", *line);
	*line += strcspn(*line, "\n") + 1;
	return true;
}

bool sysctl_is_dir(const struct sysctl_entry *entry)
{
	return S_ISDIR(entry->mode);
}
