/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/rootfs.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "libcommon/fd.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/initramfs.h"
#include "runtime/kernel/remount.h"

#ifndef STATX_MNT_ID_UNIQUE
#define STATX_MNT_ID_UNIQUE                                                                        \
	0x4000 /* since Linux 6.8 it is never used again; before, it is ignored */
#endif

static int
find_path(struct rootfs *rootfs, int fd, struct arena *arena, struct error *err)
{
	char link[32], path[4096];

	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path));
	if (n < 0 || n == sizeof(path))
		return fail_errno(err, "find its absolute path");
	rootfs->path = arena_copy(arena, path, (size_t) n);
	return 0;
}

/*
 * The clone leaves the peer groups of what it was cloned from: nothing that the container mounts
 * may appear on the host. As a slave it still sees what the host mounts, if that is asked for.
 */
static struct mount_change
find_change(const struct rootfs *rootfs)
{
	bool sees_host = rootfs->propagation == OCI_PROPAGATION_SLAVE ||
			 rootfs->propagation == OCI_PROPAGATION_RSLAVE;

	return (struct mount_change){ .tree = { .propagation =
							sees_host ? MS_SLAVE : MS_PRIVATE } };
}

static int
clone_root(struct rootfs *rootfs, int dir, const char *path, struct error *err)
{
	struct mount_change change = find_change(rootfs);
	scoped_fd clone = GET(detached_clone(dir, path, AT_RECURSIVE, err));

	rootfs->is_peer = GET(detached_change(clone, &change, err)) != 0;
	rootfs->fd = fd_take(&clone);
	return 0;
}

static int
open_root(struct rootfs *rootfs, const char *path, int bundle, struct arena *arena,
	  struct error *err)
{
	scoped_fd fd = openat(bundle, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "open");
	TRY(find_path(rootfs, fd, arena, err));
	if (clone_root(rootfs, fd, "", err) < 0 && err->code != EPERM)
		return -1;
	return 0;
}

/* One that is joined is somebody's too. */
static bool
has_own_mounts(const struct oci_linux *linux_)
{
	if (linux_ == NULL)
		return false;
	FOR_EACH(namespace, &linux_->namespaces) {
		if (namespace->type == OCI_NAMESPACE_MOUNT)
			return namespace->path == NULL;
	}
	return false;
}

int
rootfs_open(struct rootfs *rootfs, const struct oci_config *config, int bundle, struct arena *arena,
	    struct error *err)
{
	const struct oci_root *root = config->root;

	if (root == NULL || root->path == NULL)
		return fail(err, "root.path: missing");
	*rootfs = (struct rootfs){
		.fd = -1,
		.propagation = config->linux_ != NULL ? config->linux_->rootfs_propagation : 0,
		.readonly = root->readonly,
		.no_pivot = rootfs->no_pivot,
		.own_mounts = has_own_mounts(config->linux_),
	};
	if (open_root(rootfs, root->path, bundle, arena, err) < 0)
		return error_prefixf(err, "root file system \"%s\"", root->path);
	return 0;
}

void
rootfs_done(struct rootfs *rootfs)
{
	fd_close(&rootfs->fd);
}

int
rootfs_isolate(const struct rootfs *rootfs, struct error *err)
{
	if (!rootfs->own_mounts)
		return 0;
	/* Slaves, not private: what the host unmounts meanwhile must not be kept busy by our
	 * copies. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
		return fail_errno(err, "isolate the mount namespace");
	return 0;
}

int
rootfs_attach(struct rootfs *rootfs, struct error *err)
{
	if (rootfs->fd < 0)
		TRY(clone_root(rootfs, AT_FDCWD, rootfs->path, err));
	if (sys_move_mount(rootfs->fd, "", AT_FDCWD, rootfs->path, MOVE_MOUNT_F_EMPTY_PATH) < 0 &&
	    sys_move_mount(rootfs->fd, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail_errno(err, "attach the root file system");
	if (rootfs->is_peer) {
		struct mount_change change = find_change(rootfs);

		TRY(remount_change(rootfs->fd, &change, err));
		rootfs->is_peer = false;
	}
	return 0;
}

/* pivot_root(2): with "." for both the old root ends up on top of the new one, named by ".". */
static int
pivot(struct error *err)
{
	if (sys_pivot_root(".", ".") < 0)
		return fail_errno(err, "pivot into the root file system");
	if (umount2(".", MNT_DETACH) < 0)
		return fail_errno(err, "drop the host's root");
	return 0;
}

static int
change_root(struct error *err)
{
	return chroot(".") < 0 ? fail_errno(err, "enter the root file system") : 0;
}

int
rootfs_enter(struct rootfs *rootfs, struct error *err)
{
	if (rootfs->own_mounts && rootfs->no_pivot)
		TRY(initramfs_leave(rootfs->fd, err));
	if (fchdir(rootfs->fd) < 0)
		return fail_errno(err, "enter the root file system");
	TRY(rootfs->own_mounts && !rootfs->no_pivot ? pivot(err) : change_root(err));
	if (chdir("/") < 0)
		return fail_errno(err, "enter the root file system");
	return 0;
}

static struct mount_change
find_seal(const struct rootfs *rootfs)
{
	struct mount_change change = { .top = { .set = rootfs->readonly ? MOUNT_ATTR_RDONLY : 0 } };

	switch (rootfs->propagation) {
	case OCI_PROPAGATION_SHARED: change.top.propagation = MS_SHARED; break;
	case OCI_PROPAGATION_RSHARED: change.tree.propagation = MS_SHARED; break;
	case OCI_PROPAGATION_UNBINDABLE: change.top.propagation = MS_UNBINDABLE; break;
	case OCI_PROPAGATION_RUNBINDABLE: change.tree.propagation = MS_UNBINDABLE; break;
	default: break; /* private and slave were settled when it was cloned */
	}
	return change;
}

int
rootfs_seal(const struct rootfs *rootfs, struct error *err)
{
	struct mount_change change = find_seal(rootfs);

	if (GET(detached_change(rootfs->fd, &change, err)) != 0)
		return remount_change(rootfs->fd, &change, err);
	return 0;
}

uint64_t
rootfs_find_mount(const char *path)
{
	struct statx stx;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MNT_ID_UNIQUE | STATX_MNT_ID, &stx) <
	    0)
		return 0;
	return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0 ? stx.stx_mnt_id : 0;
}

int
rootfs_unmount(const char *path, uint64_t mount_, struct error *err)
{
	if (mount_ == 0 || rootfs_find_mount(path) != mount_)
		return 0;
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
		return fail_errno(err, "unmount the root file system \"%s\"", path);
	return 0;
}
