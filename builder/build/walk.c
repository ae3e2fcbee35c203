/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory is read whole and sorted before its entries are looked at, so that two walks of one
 * tree say the same, whatever the file system. One fd is open for each level.
 */
#include "builder/build/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"

#define LEVELS_MAX 2000

struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	unsigned short d_reclen;
	unsigned char d_type;
	char d_name[];
};

struct level {
	int fd;
	struct buffer names;
	const char **sorted;
	size_t count, next;
	size_t path_length; /* of the directory's path */
};

struct walk {
	struct level *levels;
	size_t depth, size;
	struct buffer path;
};

static void
end_walk(struct walk *walk)
{
	while (walk->depth > 0) {
		struct level *level = &walk->levels[--walk->depth];

		fd_close(&level->fd);
		buffer_done(&level->names);
		free(level->sorted);
	}
	free(walk->levels);
	buffer_done(&walk->path);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static void
sort_names(struct level *level)
{
	level->sorted = level->count == 0 ? NULL : calloc(level->count, sizeof(*level->sorted));
	if (level->sorted == NULL && level->count > 0)
		abort();

	const char *name = buffer_text(&level->names);
	for (size_t i = 0; i < level->count; i++) {
		level->sorted[i] = name;
		name += strlen(name) + 1;
	}
	if (level->count > 1)
		qsort(level->sorted, level->count, sizeof(*level->sorted), compare_names);
}

static int
read_names(struct level *level, struct error *err)
{
	_Alignas(struct linux_dirent64) char block[32 * 1024];

	for (;;) {
		long n = syscall(SYS_getdents64, level->fd, block, sizeof(block));

		if (n < 0)
			return fail_errno(err, "read a directory");
		if (n == 0)
			break;
		for (long at = 0; at < n;) {
			const struct linux_dirent64 *entry = (const void *) (block + at);

			at += entry->d_reclen;
			if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
				continue;
			buffer_add(&level->names, entry->d_name, strlen(entry->d_name) + 1);
			level->count++;
		}
	}
	sort_names(level);
	return 0;
}

static int
enter(struct walk *walk, int parent, const char *name, struct error *err)
{
	if (walk->depth == LEVELS_MAX)
		return fail(err, "directories nest deeper than %d", LEVELS_MAX);
	if (walk->depth == walk->size) {
		walk->size = walk->size == 0 ? 16 : 2 * walk->size;
		walk->levels = realloc(walk->levels, walk->size * sizeof(*walk->levels));
		if (walk->levels == NULL)
			abort();
	}

	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return fail_errno(err, "open the directory");
	struct level *level = &walk->levels[walk->depth++];
	*level = (struct level){ .fd = fd, .path_length = walk->path.length };
	return read_names(level, err);
}

static void
leave(struct walk *walk)
{
	struct level *level = &walk->levels[--walk->depth];

	fd_close(&level->fd);
	buffer_done(&level->names);
	free(level->sorted);
}

static void
set_path(struct walk *walk, const struct level *level, const char *name)
{
	walk->path.length = level->path_length;
	if (level->path_length > 0)
		buffer_add_char(&walk->path, '/');
	buffer_add_text(&walk->path, name);
}

/* What vanished since its name was read is not there. */
static int
visit_next(struct walk *walk, walk_fn visit, void *data, struct error *err)
{
	struct level *level = &walk->levels[walk->depth - 1];
	const char *name = level->sorted[level->next++];
	struct stat about;

	set_path(walk, level, name);
	if (fstatat(level->fd, name, &about, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "look at it");

	struct walk_visit seen = {
		.directory = level->fd,
		.name = name,
		.path = buffer_text(&walk->path),
		.depth = walk->depth - 1,
		.about = &about,
	};
	int result = visit(data, &seen, err);
	if (result != 0 || !S_ISDIR(about.st_mode))
		return result < 0 ? -1 : 0;
	return enter(walk, level->fd, name, err);
}

int
walk_below(int directory, walk_fn visit, void *data, struct error *err)
{
	scoped(end_walk) struct walk walk = { 0 };

	TRY(enter(&walk, directory, ".", err));
	while (walk.depth > 0) {
		const struct level *level = &walk.levels[walk.depth - 1];

		if (level->next == level->count)
			leave(&walk);
		else if (visit_next(&walk, visit, data, err) < 0)
			return error_prefixf(err, "\"%s\"", buffer_text(&walk.path));
	}
	return 0;
}
