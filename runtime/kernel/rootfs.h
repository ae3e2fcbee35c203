/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root of the container: a detached clone of root.path, attached in the guest's mount namespace
 * and pivoted into.
 *
 * A struct rootfs owns its fd until rootfs_done.
 */
#ifndef COOPERAGE_ROOTFS_H
#define COOPERAGE_ROOTFS_H

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

struct rootfs {
	int fd;                  /* the mount's root */
	enum oci_propagation propagation; /* linux.rootfsPropagation; 0: not said */
	bool readonly;
	bool no_pivot;           /* --no-pivot: move and chroot, for a root on an initramfs */
};

/* Host side */

/* Clones the tree at `path` (relative to the bundle) with all that is mounted below it. */
int rootfs_open(struct rootfs *rootfs, const struct oci_config *config, int bundle, struct error *err);
void rootfs_done(struct rootfs *rootfs);

/* Guest side, in its own mount namespace, in this order */

/* Cuts the new mount namespace from the host's, so that nothing we mount or unmount is seen there. */
int rootfs_isolate(const struct rootfs *rootfs, struct error *err);

/* Attaches the clone; from here on rootfs->fd is the place to resolve container paths from. */
int rootfs_attach(struct rootfs *rootfs, struct error *err);

/* Makes it "/" and drops the old root: after this no path of the host can be named. */
int rootfs_enter(struct rootfs *rootfs, struct error *err);

/* Propagation as asked for, and read-only if asked for: after the createContainer hooks and all writes. */
int rootfs_seal(const struct rootfs *rootfs, struct error *err);

#endif
