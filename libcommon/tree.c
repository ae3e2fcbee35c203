/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Depth is bounded by what an attacker may nest, not by our stack or by PATH_MAX: directories that
 * are not empty are moved up beside their parent before they are emptied, so the walk never holds
 * more than two levels and never climbs. Another may be removing the same: what is gone is well.
 */
#include "libcommon/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "libcommon/directory.h"
#include "libcommon/fd.h"

#define ROUNDS_MAX 100 /* at the end, as long as another moves directories up behind our back */

static bool
is_not_empty(int code)
{
	return code == ENOTEMPTY || code == EEXIST;
}

static int
remove_empty(int dir, const char *name)
{
	return unlinkat(dir, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : -1;
}

/* What is no directory, or an empty one. */
static int
remove_one(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR)
		return -1; /* the cause: AT_REMOVEDIR would say that it is no directory */
	return remove_empty(dir, name);
}

/* What cannot be removed at once goes to `top`, under a new name. */
static int
move_up(int top, int dir, const char *name, unsigned long *moved, struct error *err)
{
	char beside[64];

	do
		(void) snprintf(beside, sizeof(beside), ".removing-%d-%lu", (int) getpid(), (*moved)++);
	while (faccessat(top, beside, F_OK, AT_SYMLINK_NOFOLLOW) == 0);
	if (renameat(dir, name, top, beside) < 0 && errno != ENOENT)
		return fail_errno(err, "move %s away to remove it", name);
	return 0;
}

static int
remove_directory(int top, const char *name, unsigned long *moved, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	if (directory_open(&stream, top, name, err) < 0)
		return err->code == ENOENT ? 0 : -1;
	while (GET(directory_next(&entry, stream, name, err)) == 1) {
		if (remove_one(dirfd(stream), entry->d_name) == 0)
			continue;
		if (!is_not_empty(errno))
			return fail_errno(err, "remove %s/%s", name, entry->d_name);
		TRY(move_up(top, dirfd(stream), entry->d_name, moved, err));
	}
	return remove_empty(top, name) < 0 ? fail_errno(err, "remove directory %s", name) : 0;
}

static int
remove_moved(int top, unsigned long first, unsigned long *moved, struct error *err)
{
	for (unsigned long i = first; i < *moved; i++) {
		char beside[64];

		(void) snprintf(beside, sizeof(beside), ".removing-%d-%lu", (int) getpid(), i);
		if (remove_empty(top, beside) < 0)
			TRY(remove_directory(top, beside, moved, err));
	}
	return 0;
}

/* Children are moved into the tree's own top, so that a crash leaves nothing outside it. */
static int
empty_top(int top, const char *name, unsigned long *moved, struct error *err)
{
	for (bool more = true; more;) {
		scoped_directory stream = NULL;
		unsigned long first = *moved;
		struct dirent *entry;

		more = false;
		TRY(directory_open(&stream, top, ".", err));
		while (GET(directory_next(&entry, stream, name, err)) == 1) {
			if (remove_one(top, entry->d_name) == 0)
				continue;
			if (!is_not_empty(errno))
				return fail_errno(err, "remove %s/%s", name, entry->d_name);
			TRY(remove_directory(top, entry->d_name, moved, err));
			more = true;
		}
		TRY(remove_moved(top, first, moved, err));
	}
	return 0;
}

int
tree_remove(int dir, const char *name, struct error *err)
{
	unsigned long moved = 0;

	if (remove_one(dir, name) == 0)
		return 0;
	if (!is_not_empty(errno))
		return fail_errno(err, "remove %s", name);

	scoped_fd top = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (top < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "open directory %s", name);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		TRY(empty_top(top, name, &moved, err));
		if (remove_empty(dir, name) == 0)
			return 0;
		if (!is_not_empty(errno))
			break;
	}
	return fail_errno(err, "remove directory %s", name);
}
