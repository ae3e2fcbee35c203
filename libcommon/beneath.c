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

#define MAX_LINKS 40 /* as many as the kernel follows */

static int
open_in_root(int root, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
		.mode = (flags & O_CREAT) != 0 ? mode : 0,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};

	for (int i = 0;; i++) {
		int fd = (int) syscall(SYS_openat2, root, path[0] == '\0' ? "." : path, &how,
				       sizeof(how));
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
 * A link whose target is missing stands for a path that is to be made. Puts the link's text where
 * its name was: what precedes the name if the link is relative, then the link, then the rest.
 */
static int
splice_link(int parent, const char *leaf, char path[PATH_MAX], size_t start, size_t end,
	    struct error *err)
{
	char link[PATH_MAX], rest[PATH_MAX];
	ssize_t n = readlinkat(parent, leaf, link, sizeof(link) - 1);

	if (n < 0)
		return fail_errno(err, "read the link %.*s", (int) end, path);
	link[n] = '\0';
	(void) strcpy(rest, path + end);
	if (link[0] == '/')
		start = 0;
	if (start + (size_t) n + strlen(rest) >= PATH_MAX)
		return fail(err, "follow the link %.*s: the name is too long", (int) end, path);
	(void) strcpy(stpcpy(path + start, link), rest);
	return 0;
}

/* Makes the last component of `sofar`. Returns 1 if a link without a target lies there instead. */
static int
make_step(int root, const char *sofar, mode_t mode, int *parent, char leaf[256], struct error *err)
{
	scoped_fd there = open_in_root(root, sofar, O_PATH | O_DIRECTORY, 0);

	if (there >= 0)
		return 0;
	if (errno != ENOENT)
		return fail_errno(err, "open directory %s", sofar);
	*parent = GET(beneath_open_parent(root, sofar, leaf, err));
	if (mkdirat(*parent, leaf, mode) == 0)
		return 0;
	if (errno != EEXIST)
		return fail_errno(err, "make directory %s", sofar);
	struct stat st;
	return fstatat(*parent, leaf, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode);
}

/*
 * Each step is resolved from the root again with all that precedes it, because a link on the way
 * may be absolute; only the step itself is made, in the directory that was opened for it.
 */
static int
make_steps(int root, char path[PATH_MAX], mode_t mode, struct error *err)
{
	char sofar[PATH_MAX];
	unsigned links = 0;

	for (size_t start = 0, at = 1; path[at - 1] != '\0'; at++) {
		char leaf[256];
		scoped_fd parent = -1;

		if (path[at - 1] == '/')
			start = at;
		if ((path[at] != '/' && path[at] != '\0') || path[at - 1] == '/')
			continue;
		memcpy(sofar, path, at);
		sofar[at] = '\0';
		if (GET(make_step(root, sofar, mode, &parent, leaf, err)) == 0)
			continue;
		if (++links > MAX_LINKS)
			return fail(err, "make directory %s: too many links", sofar);
		TRY(splice_link(parent, leaf, path, start, at, err));
		start = at = 0;
	}
	return 0;
}

int
beneath_make_directories(int root, const char *path, mode_t mode, struct error *err)
{
	char sofar[PATH_MAX];
	scoped_fd whole = open_in_root(root, path, O_PATH | O_DIRECTORY, 0);

	if (whole >= 0)
		return fd_take(&whole);
	if (errno != ENOENT)
		return fail_errno(err, "open directory %s", path);
	if (strlen(path) >= sizeof(sofar))
		return fail(err, "make directory %.100s…: the name is too long", path);
	(void) strcpy(sofar, path);
	TRY(make_steps(root, sofar, mode, err));
	return beneath_open(root, path, O_PATH | O_DIRECTORY, 0, err);
}

/* Makes the file that `path` names. Returns 1 if a link without a target lies there: then `path` is its. */
static int
make_file(int root, char path[PATH_MAX], mode_t mode, int *out, struct error *err)
{
	char directory[PATH_MAX], leaf[256];

	TRY(split_path(path, directory, leaf, err));
	scoped_fd parent = GET(
		beneath_make_directories(root, directory[0] == '\0' ? "/" : directory, 0755, err));
	scoped_fd made =
		openat(parent, leaf, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
	int cause = errno;

	*out = openat(parent, leaf, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0 && cause != EEXIST) {
		errno = cause;
		return fail_errno(err, "create %s", path);
	}
	struct stat st;
	if (*out < 0 || fstat(*out, &st) < 0)
		return fail_errno(err, "open %s", path);
	if (!S_ISLNK(st.st_mode))
		return 0;
	fd_close(out);
	size_t start = strlen(directory);
	TRY(splice_link(parent, leaf, path, start, start + strlen(leaf), err));
	return 1;
}

int
beneath_make_file(int root, const char *path, mode_t mode, struct error *err)
{
	char name[PATH_MAX];
	scoped_fd fd = open_in_root(root, path, O_PATH, 0);

	if (fd >= 0)
		return fd_take(&fd);
	if (errno != ENOENT)
		return fail_errno(err, "open %s", path);
	if (strlen(path) >= sizeof(name))
		return fail(err, "create %.100s…: the name is too long", path);
	(void) strcpy(name, path);
	for (unsigned links = 0; links <= MAX_LINKS; links++) {
		if (GET(make_file(root, name, mode, &fd, err)) == 0)
			return fd_take(&fd);
	}
	return fail(err, "create %s: too many links", path);
}
