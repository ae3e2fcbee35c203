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

/* Cuts the path into its directory (possibly "") and its last component, whatever slashes follow. */
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

/* Where the last component of path[0..end) begins, slashes after it not counted. */
static size_t
find_last(const char *path, size_t end)
{
	while (end > 0 && path[end - 1] == '/')
		end--;
	while (end > 0 && path[end - 1] != '/')
		end--;
	return end;
}

/* Opens the deepest directory of the path that is there; `at` gets where the path goes on. */
static int
open_deepest(int root, const char *path, size_t *at, struct error *err)
{
	char prefix[PATH_MAX];

	for (size_t end = find_last(path, strlen(path));; end = find_last(path, end)) {
		memcpy(prefix, path, end);
		prefix[end] = '\0';
		int fd = open_in_root(root, prefix, O_PATH | O_DIRECTORY, 0);
		if (fd < 0 && (errno != ENOENT || end == 0))
			return fail_errno(err, "open directory %s", prefix);
		*at = end;
		if (fd >= 0)
			return fd;
	}
}

/* Goes on to a directory that is opened from the root again: only there ".." has its meaning. */
static int
climb(int root, int *dir, const char *path, size_t end, struct error *err)
{
	char prefix[PATH_MAX];

	memcpy(prefix, path, end);
	prefix[end] = '\0';
	fd_close(dir);
	*dir = GET(beneath_open(root, prefix, O_PATH | O_DIRECTORY, 0, err));
	return 0;
}

/*
 * Goes on to the directory path[start..end) of `dir`, which is made if it is missing. Returns 1 if
 * a link lies there, which then has no target: the path goes through it now.
 */
static int
make_step(int *dir, char path[PATH_MAX], size_t start, size_t end, mode_t mode, struct error *err)
{
	char name[256];
	struct stat st;

	if (end - start >= sizeof(name))
		return fail(err, "make directory %.100s…: the name is too long", path + start);
	memcpy(name, path + start, end - start);
	name[end - start] = '\0';
	if (mkdirat(*dir, name, mode) < 0 && errno != EEXIST)
		return fail_errno(err, "make directory %.*s", (int) end, path);

	int next = openat(*dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (next >= 0) {
		fd_close(dir);
		*dir = next;
		return 0;
	}
	if (errno != ENOTDIR || fstatat(*dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !S_ISLNK(st.st_mode))
		return fail_errno(err, "open directory %.*s", (int) end, path);
	TRY(splice_link(*dir, name, path, start, end, err));
	return 1;
}

/* Makes the steps of the path from `at` on, which leaves `dir`. Returns 1 if the path changed. */
static int
make_steps(int root, int *dir, char path[PATH_MAX], size_t at, mode_t mode, struct error *err)
{
	for (size_t end;; at = end) {
		at += strspn(path + at, "/");
		end = at + strcspn(path + at, "/");
		if (end == at)
			return 0;
		if (end - at == 2 && memcmp(path + at, "..", 2) == 0)
			TRY(climb(root, dir, path, end, err));
		else if (GET(make_step(dir, path, at, end, mode, err)) != 0)
			return 1;
	}
}

/*
 * Nothing is looked up twice: the deepest directory that is there is found from the end, and from
 * it on each step is made in the fd of the step before.
 */
int
beneath_add_directories(int root, const char *path, mode_t mode, struct error *err)
{
	char way[PATH_MAX];

	if (strlen(path) >= sizeof(way))
		return fail(err, "make directory %.100s…: the name is too long", path);
	(void) strcpy(way, path);
	for (unsigned links = 0; links <= MAX_LINKS; links++) {
		size_t at = 0;
		scoped_fd dir = GET(open_deepest(root, way, &at, err));

		if (GET(make_steps(root, &dir, way, at, mode, err)) == 0)
			return fd_take(&dir);
	}
	return fail(err, "make directory %s: too many links", path);
}

int
beneath_make_directories(int root, const char *path, mode_t mode, struct error *err)
{
	scoped_fd whole = open_in_root(root, path, O_PATH | O_DIRECTORY, 0);

	if (whole >= 0)
		return fd_take(&whole);
	if (errno != ENOENT)
		return fail_errno(err, "open directory %s", path);
	return beneath_add_directories(root, path, mode, err);
}

/* Makes the file that the path names. Returns 1 if a link without a target lies there: see make_step. */
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
beneath_add_file(int root, const char *path, mode_t mode, struct error *err)
{
	char name[PATH_MAX];
	int fd;

	if (strlen(path) >= sizeof(name))
		return fail(err, "create %.100s…: the name is too long", path);
	(void) strcpy(name, path);
	for (unsigned links = 0; links <= MAX_LINKS; links++) {
		if (GET(make_file(root, name, mode, &fd, err)) == 0)
			return fd;
	}
	return fail(err, "create %s: too many links", path);
}

int
beneath_make_file(int root, const char *path, mode_t mode, struct error *err)
{
	scoped_fd fd = open_in_root(root, path, O_PATH, 0);

	if (fd >= 0)
		return fd_take(&fd);
	if (errno != ENOENT)
		return fail_errno(err, "open %s", path);
	return beneath_add_file(root, path, mode, err);
}
