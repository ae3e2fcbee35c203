/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the container: a detached clone of root.path, attached in the guest's mount namespace
 * and pivoted into.
 *
 * A struct rootfs owns its fd until rootfs_done; its path lives in the arena given to rootfs_open.
 */
#ifndef COOPERAGE_ROOTFS_H
#define COOPERAGE_ROOTFS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

struct rootfs {
	/* linux.rootfsPropagation; 0: not said */
	enum oci_propagation propagation;

	int fd;           /* the mount's root; -1 until attached where the host may not clone it */
	const char *path; /* absolute, as the host knows it */
	bool readonly;    /* root.readonly */
	bool no_pivot;    /* --no-pivot: move and chroot, for a root on an initramfs */
	bool own_mounts;  /* a new mount namespace: else only what we add to it is ours */
	bool is_peer;     /* the clone is yet to be cut from its original (old kernels) */
};

/* clang-format off */
#define ROOTFS_NONE { .fd = -1 }
/* clang-format on */

/* Host side */

/* Clones the tree at root.path (relative to the bundle) with all that is mounted below it. */
int rootfs_open(struct rootfs *rootfs, const struct oci_config *config, int bundle,
		struct arena *arena, struct error *err);
void rootfs_done(struct rootfs *rootfs);

/* Guest side, in its own mount namespace, in this order */

/* Cuts the new mount namespace from the host's: nothing that we mount or unmount is seen there. */
int rootfs_isolate(const struct rootfs *rootfs, struct error *err);

/*
 * Attaches the clone where the host has the root, so that hooks that enter our mount namespace find
 * there what the container will have; or on top of "/" if a user namespace bars the way to it.
 * From here on rootfs->fd is the place to resolve container paths from, and host paths still work.
 */
int rootfs_attach(struct rootfs *rootfs, struct error *err);

/*
 * Makes it "/" and drops the old root: after this no path of the host can be named. In a mount
 * namespace that is not ours alone it only becomes our root directory.
 */
int rootfs_enter(struct rootfs *rootfs, struct error *err);

/* Propagation and read-only as asked for: after the createContainer hooks and all writes. */
int rootfs_seal(const struct rootfs *rootfs, struct error *err);

/* Host side, for a container in a mount namespace that stays when it ends */

/* Which mount is at the path: a number for rootfs_unmount; 0 if that cannot be told. */
uint64_t rootfs_find_mount(const char *path);

/* Takes the container's mounts away, if this one is still there. */
int rootfs_unmount(const char *path, uint64_t mount, struct error *err);

#endif
