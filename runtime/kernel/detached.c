/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/detached.h"

#include <errno.h>

#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif

/* In a user namespace a tree whose mounts are locked together cannot be taken apart. */
static int
fail_clone(const char *path, unsigned flags, struct error *err)
{
	if (path[0] == '\0')
		return fail_errno(err, "clone the mount");
	if (errno == EINVAL && (flags & AT_RECURSIVE) == 0)
		return fail_errno(err,
				  "clone the mount at \"%s\" alone, without what is mounted below",
				  path);
	return fail_errno(err, "clone the mount at \"%s\"", path);
}

int
detached_clone(int dir, const char *path, unsigned flags, struct error *err)
{
	unsigned empty = path[0] == '\0' ? AT_EMPTY_PATH : 0;
	int fd = sys_open_tree(dir, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | empty | flags);

	return fd < 0 ? fail_clone(path, flags, err) : fd;
}

static bool
is_nothing(const struct mount_attributes *attributes)
{
	return (attributes->set | attributes->clear | attributes->propagation) == 0;
}

static int
set_attributes(int mount, const struct mount_attributes *attributes, unsigned flags,
	       struct error *err)
{
	if (is_nothing(attributes) ||
	    sys_mount_setattr(mount, "", AT_EMPTY_PATH | flags, attributes) == 0)
		return 0;
	if (errno == ENOSYS)
		return 1;
	return fail_errno(err, "set mount flags");
}

int
detached_change(int mount, const struct mount_change *change, struct error *err)
{
	int old_kernel = GET(set_attributes(mount, &change->tree, AT_RECURSIVE, err));

	return old_kernel != 0 ? 1 : set_attributes(mount, &change->top, 0, err);
}

int
detached_attach(int mount, int target, struct error *err)
{
	const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;

	if (sys_move_mount(mount, "", target, "", flags) < 0)
		return fail_errno(err, "attach the mount");
	return 0;
}
