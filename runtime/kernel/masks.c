/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/masks.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/filesystem.h"
#include "runtime/kernel/remount.h"

/*
 * A mount that covers many places. The first place gets the mount itself and the others clones of
 * it, because before Linux 6.15 only what is attached can be cloned.
 */
struct cover {
	int fd;
	bool is_attached;
};

static int
put_cover(struct cover *cover, int target, struct error *err)
{
	if (!cover->is_attached) {
		TRY(detached_attach(cover->fd, target, err));
		cover->is_attached = true;
		return 0;
	}
	scoped_fd clone = GET(detached_clone(cover->fd, "", 0, err));

	return detached_attach(clone, target, err);
}

/* Empty, and with room for nothing: nr_blocks=1 is the least that does not mean "no limit". */
static int
make_empty(int *fd, const char *label, struct error *err)
{
	static const char *const words[] = { "nr_blocks=1", "nr_inodes=1", "mode=0755" };
	const char *items[] = { words[0], words[1], words[2] };
	const struct text_list data = { items, COUNT(items) };
	const struct filesystem tmpfs = {
		.type = "tmpfs",
		.source = "tmpfs",
		.flags = MS_RDONLY,
		.attributes = MOUNT_ATTR_RDONLY,
		.data = &data,
		.label = label,
	};

	if (*fd < 0)
		*fd = GET(filesystem_make(&tmpfs, err));
	return 0;
}

static int
hide(const char *path, int root, struct cover *file, struct cover *directory, const char *label,
     struct error *err)
{
	scoped_fd target = -1;
	struct stat st;

	if (GET(beneath_open_if_there(&target, root, path, O_PATH, err)) != 0)
		return 0;
	if (fstat(target, &st) < 0)
		return fail_errno(err, "look at it");
	if (!S_ISDIR(st.st_mode))
		return put_cover(file, target, err);
	TRY(make_empty(&directory->fd, label, err));
	return put_cover(directory, target, err);
}

static bool
was_listed(const struct text_list *paths, size_t end)
{
	for (size_t i = 0; i < end; i++) {
		if (strcmp(paths->items[i], paths->items[end]) == 0)
			return true;
	}
	return false;
}

int
masks_hide(const struct text_list *paths, int root, int null, const char *label, struct error *err)
{
	struct cover file = { .fd = null }, directory = { .fd = -1 };
	scoped_arena arena = { 0 };
	const char *context =
		text_is_empty(label) ? NULL : arena_format(&arena, "context=%s", label);
	int result = 0;

	for (size_t i = 0; i < paths->count && result == 0; i++) {
		if (!was_listed(paths, i))
			result = hide(paths->items[i], root, &file, &directory, context, err);
		if (result < 0)
			(void) error_prefixf(err, "mask \"%s\"", paths->items[i]);
	}
	fd_close(&directory.fd);
	return result;
}

static int
protect(const char *path, int root, struct error *err)
{
	const struct mount_change change = {
		.tree = { .set = MOUNT_ATTR_RDONLY, .propagation = MS_PRIVATE },
	}, only_top = { .top = { .set = MOUNT_ATTR_RDONLY } };
	scoped_fd target = -1;

	if (GET(beneath_open_if_there(&target, root, path, O_PATH, err)) != 0)
		return 0;
	scoped_fd clone = GET(detached_clone(target, "", AT_RECURSIVE, err));
	bool wait = GET(detached_change(clone, &change, err)) != 0;

	TRY(detached_attach(clone, target, err));
	return wait ? remount_change(clone, &only_top, err) : 0;
}

int
masks_write_protect(const struct text_list *paths, int root, struct error *err)
{
	FOR_EACH(path, paths) {
		if (protect(*path, root, err) < 0)
			return error_prefixf(err, "make \"%s\" read-only", *path);
	}
	return 0;
}
