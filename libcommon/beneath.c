/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"

/*
 * openat2 answers EAGAIN when a rename elsewhere raced with a ".." of ours: an attacker can make
 * that likely but not certain, so trying again often is enough.
 */
#define RACE_TRIES 128

static int
open_in_root(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0;; i++) {
		int fd = (int) syscall(SYS_openat2, root, path[0] == '\0' ? "." : path, &how, sizeof(how));
		if (fd >= 0 || (errno != EAGAIN && errno != EINTR) || i == RACE_TRIES)
			return fd;
	}
}

int
beneath_open(int root, const char *path, int flags, mode_t mode, struct error *err)
{
	int fd = open_in_root(root, path, flags, mode);

	return fd < 0 ? fail_errno(err, "open %s", path) : fd;
}

int
beneath_open_if_there(int *out, int root, const char *path, int flags, struct error *err)
{
	*out = open_in_root(root, path, flags, 0);
	if (*out < 0 && errno == ENOENT)
		return 1;
	return *out < 0 ? fail_errno(err, "open %s", path) : 0;
}

/* Cuts the path into its directory (possibly "") and its last component. Trailing slashes are ignored. */
static int
split_path(const char *path, char directory[PATH_MAX], char leaf[256], struct error *err)
{
	size_t end = strlen(path), start;

	while (end > 0 && path[end - 1] == '/')
		end--;
	for (start = end; start > 0 && path[start - 1] != '/';)
		start--;
	if (end - start > 255 || start >= PATH_MAX)
		return fail(err, "%.100s…: the name is too long", path);
	memcpy(directory, path, start);
	directory[start] = '\0';
	memcpy(leaf, path + start, end - start);
	leaf[end - start] = '\0';
	if (leaf[0] == '\0')
		(void) strcpy(leaf, ".");
	return 0;
}

int
beneath_open_parent(int root, const char *path, char leaf[256], struct error *err)
{
	char directory[PATH_MAX];

	TRY(split_path(path, directory, leaf, err));
	if (strcmp(leaf, "..") == 0) {
		(void) strcpy(leaf, ".");
		return beneath_open(root, path, O_PATH | O_DIRECTORY, 0, err);
	}
	return beneath_open(root, directory, O_PATH | O_DIRECTORY, 0, err);
}

/*
 * Each step is resolved from the root again with all that precedes it, because a link on the way
 * may be absolute; only the step itself is made, in the directory that was opened for it.
 */
int
beneath_make_directories(int root, const char *path, mode_t mode, struct error *err)
{
	char sofar[PATH_MAX];
	size_t n = strlen(path);
	scoped_fd whole = open_in_root(root, path, O_PATH | O_DIRECTORY, 0);

	if (whole >= 0)
		return fd_take(&whole);
	if (errno != ENOENT)
		return fail_errno(err, "open directory %s", path);
	if (n >= sizeof(sofar))
		return fail(err, "make directory %.100s…: the name is too long", path);
	for (size_t at = 1; at <= n; at++) {
		char leaf[256];

		if ((path[at] != '/' && path[at] != '\0') || path[at - 1] == '/')
			continue;
		memcpy(sofar, path, at);
		sofar[at] = '\0';

		scoped_fd there = open_in_root(root, sofar, O_PATH | O_DIRECTORY, 0);
		if (there >= 0)
			continue;
		if (errno != ENOENT)
			return fail_errno(err, "open directory %s", sofar);
		scoped_fd parent = GET(beneath_open_parent(root, sofar, leaf, err));
		if (mkdirat(parent, leaf, mode) < 0 && errno != EEXIST)
			return fail_errno(err, "make directory %s", sofar);
	}
	return beneath_open(root, path, O_PATH | O_DIRECTORY, 0, err);
}

int
beneath_make_file(int root, const char *path, mode_t mode, struct error *err)
{
	char directory[PATH_MAX], leaf[256];
	scoped_fd there = open_in_root(root, path, O_PATH, 0);

	if (there >= 0)
		return fd_take(&there);
	if (errno != ENOENT)
		return fail_errno(err, "open %s", path);
	TRY(split_path(path, directory, leaf, err));

	scoped_fd parent = GET(beneath_make_directories(root, directory[0] == '\0' ? "/" : directory, 0755, err));
	scoped_fd made = openat(parent, leaf, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
	if (made < 0)
		return fail_errno(err, "create %s", path);
	int fd = openat(parent, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail_errno(err, "open %s", path) : fd;
}
