/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/copy_up.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/list.h"

/* Each level costs two fds and a frame; no tree that somebody works with is as deep. */
#define MAX_DEPTH 200

#define XATTRS_MAX 65536 /* XATTR_LIST_MAX and XATTR_SIZE_MAX of the kernel */

static void
close_directory(DIR **directory)
{
	if (*directory != NULL)
		(void) closedir(*directory);
}

/* One that belongs to a name space that tmpfs or we may not write is no loss to the copy. */
static void
copy_listed_xattrs(int from, int to)
{
	char names[XATTRS_MAX];
	ssize_t n = flistxattr(from, names, sizeof(names));

	for (const char *name = names; n > 0 && name < names + n; name += strlen(name) + 1) {
		char value[XATTRS_MAX];
		ssize_t size = fgetxattr(from, name, value, sizeof(value));

		if (size >= 0)
			(void) fsetxattr(to, name, value, (size_t) size, 0);
	}
}

/*
 * Owner before mode, since a change of owner takes setuid away; and where the owner has no number
 * here, the file becomes ours and must not run as us.
 */
static int
copy_attributes(int from, int to, const struct stat *st, const char *name, struct error *err)
{
	const struct timespec times[] = { st->st_atim, st->st_mtim };
	mode_t mode = st->st_mode & 07777;

	if (fchown(to, st->st_uid, st->st_gid) < 0) {
		if (errno != EINVAL && errno != EPERM)
			return fail_errno(err, "set the owner of \"%s\"", name);
		mode &= S_ISDIR(st->st_mode) ? 07777u : 0777u;
	}
	if (flistxattr(from, NULL, 0) > 0)
		copy_listed_xattrs(from, to);
	if (fchmod(to, mode) < 0)
		return fail_errno(err, "set the mode of \"%s\"", name);
	if (futimens(to, times) < 0)
		return fail_errno(err, "set the times of \"%s\"", name);
	return 0;
}

static int
copy_file(int from_dir, int to_dir, const char *name, const struct stat *st, struct error *err)
{
	scoped_fd from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (from < 0)
		return fail_errno(err, "open \"%s\"", name);
	scoped_fd to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (to < 0)
		return fail_errno(err, "create \"%s\"", name);

	for (ssize_t n; (n = sendfile(to, from, NULL, SSIZE_MAX / 2)) != 0;) {
		if (n < 0 && errno != EINTR)
			return fail_errno(err, "copy \"%s\"", name);
	}
	return copy_attributes(from, to, st, name, err);
}

static int
copy_link(int from_dir, int to_dir, const char *name, struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (n < 0)
		return fail_errno(err, "read the link \"%s\"", name);
	target[n] = '\0';
	return symlinkat(target, to_dir, name) < 0 ? fail_errno(err, "make the link \"%s\"", name)
						   : 0;
}

/* A node that we may not make (in a user namespace) the container could not have used either. */
static int
copy_node(int to_dir, const char *name, const struct stat *st, struct error *err)
{
	if (mknodat(to_dir, name, st->st_mode, st->st_rdev) == 0 || errno == EPERM)
		return 0;
	return fail_errno(err, "make the node \"%s\"", name);
}

/* Owners of what has no content, and so was not opened. */
static int
copy_owner(int to_dir, const char *name, const struct stat *st, struct error *err)
{
	if (fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	if (errno == EINVAL || errno == EPERM || errno == ENOENT)
		return 0;
	return fail_errno(err, "set the owner of \"%s\"", name);
}

static int copy_directory(int from, int to, unsigned depth, struct error *err);

static int
copy_below(int from_dir, int to_dir, const char *name, const struct stat *st, unsigned depth,
	   struct error *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	scoped_fd from = openat(from_dir, name, flags);

	if (from < 0)
		return fail_errno(err, "open \"%s\"", name);
	if (depth == MAX_DEPTH)
		return fail(err, "\"%s\": the tree is more than %d levels deep", name, MAX_DEPTH);
	if (mkdirat(to_dir, name, 0700) < 0)
		return fail_errno(err, "make the directory \"%s\"", name);
	scoped_fd to = openat(to_dir, name, flags);
	if (to < 0)
		return fail_errno(err, "open \"%s\"", name);
	if (copy_directory(from, to, depth + 1, err) < 0)
		return error_prefix(err, name);
	return copy_attributes(from, to, st, name, err);
}

static int
copy_entry(int from, int to, const char *name, unsigned depth, struct error *err)
{
	struct stat st;

	if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "look at \"%s\"", name);
	switch (st.st_mode & S_IFMT) {
	case S_IFREG: return copy_file(from, to, name, &st, err);
	case S_IFDIR: return copy_below(from, to, name, &st, depth, err);
	case S_IFLNK: TRY(copy_link(from, to, name, err)); break;
	case S_IFSOCK: return 0;
	default: TRY(copy_node(to, name, &st, err)); break;
	}
	return copy_owner(to, name, &st, err);
}

static int
copy_directory(int from, int to, unsigned depth, struct error *err)
{
	int own = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory scoped(close_directory) = own < 0 ? NULL : fdopendir(own);
	const struct dirent *entry;

	if (directory == NULL)
		return fail_errno(err, "open the directory");
	while (errno = 0, (entry = readdir(directory)) != NULL) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			TRY(copy_entry(from, to, entry->d_name, depth, err));
	}
	return errno != 0 ? fail_errno(err, "read the directory") : 0;
}

int
copy_up_tree(int from, int to, struct error *err)
{
	scoped_fd source = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (source < 0)
		return fail_errno(err, "open what is to be copied");
	scoped_fd target = openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (target < 0)
		return fail_errno(err, "open where it is to be copied to");
	return copy_directory(source, target, 0, err);
}
