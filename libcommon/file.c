/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"

int
file_open(int dir, const char *path, int flags, struct error *err)
{
	int fd = openat(dir, path, flags | O_CLOEXEC);

	return fd < 0 ? fail_errno(err, "open %s", path) : fd;
}

int
file_open_if_there(int *out, int dir, const char *path, int flags, struct error *err)
{
	*out = openat(dir, path, flags | O_CLOEXEC);
	if (*out < 0 && errno == ENOENT)
		return 1;
	return *out < 0 ? fail_errno(err, "open %s", path) : 0;
}

int
file_look_for(int dir, const char *path, struct error *err)
{
	if (faccessat(dir, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT || errno == ENOTDIR ? 1 : fail_errno(err, "look for %s", path);
}

int
file_is_gone(int fd, const char *path, struct error *err)
{
	struct stat about;

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", path);
	return about.st_nlink == 0 ? 1 : 0;
}

int
file_open_regular(int *out, int dir, const char *path, struct error *err)
{
	struct stat about;

	*out = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*out < 0 && (errno == ENOENT || errno == ELOOP))
		return errno == ENOENT ? 1 : 2;
	if (*out < 0)
		return fail_errno(err, "open %s", path);
	int result = fstat(*out, &about) < 0 ? fail_errno(err, "look at %s", path) : S_ISREG(about.st_mode) ? 0 : 2;
	if (result != 0)
		fd_close(out);
	return result;
}

int
file_create(int dir, const char *path, mode_t mode, struct error *err)
{
	int fd = openat(dir, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

	return fd < 0 ? fail_errno(err, "create %s", path) : fd;
}

/*
 * Files in /proc say size 0, so the size is only where to begin. Where it is what came, and more was asked
 * for, that was the end.
 */
int
file_read(int fd, const char *path, size_t limit, struct arena *arena, char **bytes, size_t *n,
	  struct error *err)
{
	struct stat about;
	size_t size = 4096, length = 0;

	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", path);
	if (S_ISDIR(about.st_mode))
		return fail(err, "read %s: it is a directory", path);
	if (about.st_size > 0 && (uintmax_t) about.st_size <= limit)
		size = (size_t) about.st_size + 1;

	char *room = arena_alloc(arena, size + 1);
	for (;;) {
		if (length == size) {
			char *bigger = arena_alloc(arena, size * 2 + 1);
			memcpy(bigger, room, length);
			room = bigger;
			size *= 2;
		}
		ssize_t got = read(fd, room + length, size - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail_errno(err, "read %s", path);
		if (got == 0)
			break;
		length += (size_t) got;
		if (length > limit)
			return fail(err, "read %s: larger than %zu bytes", path, limit);
		if (length == (size_t) about.st_size && length < size)
			break;
	}
	room[length] = '\0';
	*bytes = room;
	if (n != NULL)
		*n = length;
	return 0;
}

int
file_read_at(int dir, const char *path, size_t limit, struct arena *arena, char **bytes, size_t *n,
	     struct error *err)
{
	scoped_fd fd = GET(file_open(dir, path, O_RDONLY, err));

	return file_read(fd, path, limit, arena, bytes, n, err);
}

int
file_write(int fd, const char *path, const void *bytes, size_t n, struct error *err)
{
	const char *at = bytes;

	while (n > 0) {
		ssize_t put = write(fd, at, n);
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return fail_errno(err, "write %s", path);
		at += put;
		n -= (size_t) put;
	}
	return 0;
}

int
file_write_at(int dir, const char *path, const char *text, struct error *err)
{
	scoped_fd fd = GET(file_open(dir, path, O_WRONLY, err));
	size_t n = strlen(text);
	ssize_t put;

	do
		put = write(fd, text, n);
	while (put < 0 && errno == EINTR);
	if (put < 0)
		return fail_errno(err, "write \"%s\" to %s", text, path);
	if ((size_t) put != n)
		return fail(err, "write \"%s\" to %s: only %zd bytes were taken", text, path, put);
	return 0;
}

static int
replace(int dir, const char *path, const void *bytes, size_t n, mode_t mode, bool sync, struct error *err)
{
	char beside[PATH_MAX];

	if (snprintf(beside, sizeof(beside), "%s.new%d", path, (int) getpid()) >= (int) sizeof(beside))
		return fail(err, "write %s: the name is too long", path);
	(void) unlinkat(dir, beside, 0); /* left by a killed process that had our pid */

	scoped_fd fd = GET(file_create(dir, beside, mode, err));
	int result = file_write(fd, path, bytes, n, err);
	if (result == 0 && sync && fsync(fd) < 0)
		result = fail_errno(err, "write %s to disk", path);
	if (result == 0 && renameat(dir, beside, dir, path) < 0)
		result = fail_errno(err, "rename %s to %s", beside, path);
	if (result < 0)
		(void) unlinkat(dir, beside, 0); /* the first error is the one to tell */
	return result;
}

int
file_replace(int dir, const char *path, const void *bytes, size_t n, mode_t mode, struct error *err)
{
	return replace(dir, path, bytes, n, mode, false, err);
}

int
file_replace_synced(int dir, const char *path, const void *bytes, size_t n, mode_t mode, struct error *err)
{
	TRY(replace(dir, path, bytes, n, mode, true, err));
	return file_sync_parent(dir, path, err);
}

int
file_sync_parent(int dir, const char *path, struct error *err)
{
	char parent[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int length = slash == NULL ? 1 : slash == path ? 1 : (int) (slash - path);
	(void) snprintf(parent, sizeof(parent), "%.*s", length, slash == NULL ? "." : path);

	scoped_fd fd = GET(file_open(dir, parent, O_RDONLY | O_DIRECTORY, err));
	return fsync(fd) < 0 ? fail_errno(err, "write directory %s to disk", parent) : 0;
}

int
file_make_directories(int dir, const char *path, mode_t mode, struct error *err)
{
	char part[PATH_MAX];
	size_t n = strlen(path);

	if (n >= sizeof(part))
		return fail(err, "make directory %.100s…: the name is too long", path);
	for (size_t at = 1; at <= n; at++) {
		if (path[at] != '/' && path[at] != '\0')
			continue;
		memcpy(part, path, at);
		part[at] = '\0';
		if (mkdirat(dir, part, mode) < 0 && errno != EEXIST)
			return fail_errno(err, "make directory %s", part);
	}
	return 0;
}
