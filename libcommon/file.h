/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files: read whole, write whole or not at all, always below a directory fd (or AT_FDCWD).
 *
 * Not for paths inside a root we do not trust: that is beneath.h.
 */
#ifndef COOPERAGE_FILE_H
#define COOPERAGE_FILE_H

#include <sys/types.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"

/* Opens close-on-exec. Returns the fd. */
int file_open(int dir, const char *path, int flags, struct error *err);
int file_create(int dir, const char *path, mode_t mode, struct error *err); /* must not exist yet */

/* The same, into `out`. Returns 1 if there is no such file. */
int file_open_if_there(int *out, int dir, const char *path, int flags, struct error *err);

/* Whether something has this name; a link is not followed. Returns 1 if nothing has. */
int file_look_for(int dir, const char *path, struct error *err);

/*
 * Whether an open file has lost its name. Who locks what others may remove under the same lock asks afterwards.
 * Returns 1 if it has. `path` is for messages.
 */
int file_is_gone(int fd, const char *path, struct error *err);

/*
 * For reading, where somebody could have put anything: a link is not followed, a pipe not waited for.
 * Returns 1 if there is nothing, 2 if it is no file.
 */
int file_open_regular(int *out, int dir, const char *path, struct error *err);

/* All of it, NUL-terminated, in the arena; a file above `limit` bytes is refused. `path` is for messages. */
int file_read(int fd, const char *path, size_t limit, struct arena *arena, char **bytes, size_t *n,
	      struct error *err);

/* Open, read, close. */
int file_read_at(int dir, const char *path, size_t limit, struct arena *arena, char **bytes, size_t *n,
		 struct error *err);

/* Writes all of it, whatever the kernel takes at a time. `path` is for messages. */
int file_write(int fd, const char *path, const void *bytes, size_t n, struct error *err);

/* One write(2) that must take all, as files in /proc, /sys and cgroups demand. Truncates nothing. */
int file_write_at(int dir, const char *path, const char *text, struct error *err);

/* The file appears at once with all of this, or is not touched: written beside it, then renamed over it. */
int file_replace(int dir, const char *path, const void *bytes, size_t n, mode_t mode, struct error *err);

/* The same, and on disk before this returns. */
int file_replace_synced(int dir, const char *path, const void *bytes, size_t n, mode_t mode, struct error *err);

/* What was renamed to this path is there also after a loss of power. */
int file_sync_parent(int dir, const char *path, struct error *err);

/* Makes each missing directory of the path. */
int file_make_directories(int dir, const char *path, mode_t mode, struct error *err);

#endif
