/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory of its own for a test, below TMPDIR or /var/tmp: a real file system, unlike /tmp at times.
 *
 *	scoped_scratch struct scratch scratch = scratch_make();
 *	scratch_run(&scratch, "mkdir -p a/b && echo hello > a/b/c");
 *	CHECK_TEXT(scratch_says(&scratch, "cat a/b/c"), "hello");
 *
 * Removed with its block; what scratch_says gives is valid until the next call.
 */
#ifndef COOPERAGE_SCRATCH_H
#define COOPERAGE_SCRATCH_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/tree.h"

struct scratch {
	char path[256];
	int fd;
	char said[65536];
};

static inline struct scratch
scratch_make(void)
{
	const char *base = getenv("TMPDIR");
	struct scratch scratch = { .fd = -1 };

	(void) snprintf(scratch.path, sizeof(scratch.path), "%s/cooperage-XXXXXX", base != NULL ? base : "/var/tmp");
	if (mkdtemp(scratch.path) == NULL)
		abort();
	scratch.fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch;
}

static inline void
scratch_remove(struct scratch *scratch)
{
	struct error err;

	fd_close(&scratch->fd);
	if (tree_remove(AT_FDCWD, scratch->path, &err) < 0)
		(void) fprintf(stderr, "%s: %s\n", scratch->path, err.text);
}
#define scoped_scratch scoped(scratch_remove)

/* Runs a line of shell inside; what it prints, without the last line end. */
static inline const char *printf_like(2, 3)
scratch_says(struct scratch *scratch, const char *format, ...)
{
	char line[8192], whole[8600];
	va_list args;

	va_start(args, format);
	(void) vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	(void) snprintf(whole, sizeof(whole), "cd '%s' && { %s\n} 2>&1", scratch->path, line);

	FILE *from = popen(whole, "r");
	if (from == NULL)
		abort();
	size_t n = fread(scratch->said, 1, sizeof(scratch->said) - 1, from);
	int status = pclose(from);
	while (n > 0 && scratch->said[n - 1] == '\n')
		n--;
	scratch->said[n] = '\0';
	if (status != 0) {
		(void) snprintf(scratch->said + n, sizeof(scratch->said) - n, " (status %d)", status);
		print_message("%s\n", scratch->said);
	}
	return scratch->said;
}

/* The same, and it must succeed and print nothing. */
#define scratch_run(scratch, ...) CHECK_TEXT(scratch_says(scratch, __VA_ARGS__), "")

static inline bool
scratch_is_root(void)
{
	if (geteuid() == 0)
		return true;
	print_message("needs root\n");
	return false;
}

/* Of the machine, not of a user namespace. */
static inline bool
scratch_is_real_root(void)
{
	unsigned first = 1, outside = 1, count = 0;
	FILE *map = fopen("/proc/self/uid_map", "re");

	if (map != NULL && fscanf(map, "%u %u %u", &first, &outside, &count) != 3)
		count = 0;
	if (map != NULL)
		(void) fclose(map);
	if (geteuid() == 0 && first == 0 && outside == 0 && count == 4294967295)
		return true;
	print_message("needs the machine's root\n");
	return false;
}

#endif
