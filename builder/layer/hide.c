/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/hide.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "builder/layer/entry.h"
#include "libcommon/fd.h"

static int
make_opaque(int parent, const char *leaf, enum whiteout_dialect dialect, const char *path, struct error *err)
{
	scoped_fd fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || fsetxattr(fd, whiteout_opaque_attribute(dialect), "y", 1, 0) < 0)
		return fail_errno(err, "\"%s\": make it opaque", entry_shown(path).text);
	return 0;
}

/* Is there a directory below in which something could be hidden? If nobody knows, there is. */
static int
hides_nothing(const struct parents *parents, const char *directory, struct error *err)
{
	struct stat about;

	if (parents->below == NULL || strcmp(directory, ".") == 0)
		return 0;
	return GET(stack_look(parents->below, directory, &about, NULL, err)) == 1 || !S_ISDIR(about.st_mode);
}

/* The directory that holds it, made if need be. Returns 1 if there is nothing that could be hidden. */
static int
open_to_hide(int *parent, struct parents *parents, const char *path, struct error *err)
{
	scoped_buffer directory = { 0 };
	const char *leaf = parents_leaf(path);

	buffer_add(&directory, path, leaf > path ? (size_t) (leaf - path - 1) : 0);
	if (GET(parents_find(parent, parents, path, err)) == 0)
		return 0;
	if (GET(hides_nothing(parents, directory.length > 0 ? directory.bytes : ".", err)) == 1)
		return 1;
	*parent = GET(parents_open(parents, path, err));
	return 0;
}

int
hide_path(struct parents *parents, const char *path, enum whiteout_dialect dialect, struct error *err)
{
	const char *leaf = parents_leaf(path);
	struct stat about;
	int parent;

	if (GET(open_to_hide(&parent, parents, path, err)) == 1)
		return 0;
	if (mknodat(parent, leaf, S_IFCHR, makedev(0, 0)) == 0)
		return 0;
	if (errno != EEXIST || fstatat(parent, leaf, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "\"%s\": make a whiteout", entry_shown(path).text);
	return S_ISDIR(about.st_mode) ? make_opaque(parent, leaf, dialect, path, err) : 0;
}

/* A directory of which the layer says nothing but that it is opaque, is there with the mode it has below. */
int
hide_inside(struct parents *parents, const char *path, enum whiteout_dialect dialect, struct error *err)
{
	scoped_buffer inside = { 0 };

	if (strcmp(path, ".") == 0)
		return make_opaque(parents->root, ".", dialect, path, err);
	if (GET(hides_nothing(parents, path, err)) == 1)
		return 0;
	buffer_add_format(&inside, "%s/x", path);
	int directory = GET(parents_open(parents, inside.bytes, err));
	return make_opaque(directory, ".", dialect, path, err);
}
