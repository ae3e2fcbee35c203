/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth is bounded by what an attacker may nest, not by our stack or by PATH_MAX: directories that
 * are not empty are moved up beside their parent before they are emptied, so the walk never holds
 * more than two levels and never climbs.
 */
#include "libcommon/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"

static void
close_directory(DIR **dir)
{
	if (*dir != NULL)
		(void) closedir(*dir);
}
#define scoped_directory scoped(close_directory) DIR *

/* What is no directory, or an empty one. That it is gone already is well. */
static int
remove_one(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1; /* the cause: AT_REMOVEDIR would say that it is no directory */
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* Empties the directory `name`: what cannot be unlinked at once is moved to `top` under a new name. */
static int
empty_directory(int top, const char *name, unsigned long *moved, struct error *err)
{
	int fd = openat(top, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	scoped_directory dir = fd < 0 ? NULL : fdopendir(fd);

	if (dir == NULL)
		return fail_errno(err, "open directory %s", name);
	for (;;) {
		errno = 0;
		struct dirent *entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? fail_errno(err, "read directory %s", name) : 0;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (remove_one(fd, entry->d_name) == 0)
			continue;
		if (errno != ENOTEMPTY && errno != EEXIST)
			return fail_errno(err, "remove %s/%s", name, entry->d_name);

		char beside[64];
		do
			(void) snprintf(beside, sizeof(beside), ".removing-%d-%lu", (int) getpid(), (*moved)++);
		while (faccessat(top, beside, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
		if (renameat(fd, entry->d_name, top, beside) < 0)
			return fail_errno(err, "move %s/%s away to remove it", name, entry->d_name);
	}
}

static int
remove_moved(int top, unsigned long first, unsigned long *moved, struct error *err)
{
	for (unsigned long i = first; i < *moved; i++) {
		char beside[64];

		(void) snprintf(beside, sizeof(beside), ".removing-%d-%lu", (int) getpid(), i);
		if (unlinkat(top, beside, AT_REMOVEDIR) == 0 || errno == ENOENT)
			continue;
		TRY(empty_directory(top, beside, moved, err));
		if (unlinkat(top, beside, AT_REMOVEDIR) < 0)
			return fail_errno(err, "remove directory %s", beside);
	}
	return 0;
}

int
tree_remove(int dir, const char *name, struct error *err)
{
	unsigned long moved = 0;

	if (remove_one(dir, name) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return fail_errno(err, "remove %s", name);

	/* Children are moved into the tree's own top, so that a crash leaves nothing outside it. */
	scoped_fd top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0)
		return fail_errno(err, "open directory %s", name);
	for (;;) {
		int more = 0;
		unsigned long first = moved;
		scoped_directory entries = fdopendir(fcntl(top, F_DUPFD_CLOEXEC, 3));

		if (entries == NULL)
			return fail_errno(err, "open directory %s", name);
		rewinddir(entries);
		for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
			    remove_one(top, entry->d_name) == 0)
				continue;
			if (errno != ENOTEMPTY && errno != EEXIST)
				return fail_errno(err, "remove %s/%s", name, entry->d_name);
			TRY(empty_directory(top, entry->d_name, &moved, err));
			if (unlinkat(top, entry->d_name, AT_REMOVEDIR) < 0)
				return fail_errno(err, "remove directory %s/%s", name, entry->d_name);
			more = 1;
		}
		TRY(remove_moved(top, first, &moved, err));
		if (!more)
			break;
	}
	if (unlinkat(dir, name, AT_REMOVEDIR) < 0)
		return fail_errno(err, "remove directory %s", name);
	return 0;
}
