/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a mount shall appear: a path of the container, resolved beneath its root, made if missing,
 * and judged.
 *
 * The fd is the caller's.
 */
#ifndef COOPERAGE_MOUNT_TARGET_H
#define COOPERAGE_MOUNT_TARGET_H

#include <sys/types.h>

#include "libcommon/error.h"

/* The container's root, as its mount points are compared with it. */
struct mount_root {
	int fd; /* not ours */
	uint64_t mount_id, inode;
	uint32_t device[2];
};

int mount_target_read_root(struct mount_root *root, int fd, struct error *err);

struct mount_target {
	int fd; /* O_PATH */
	bool existed;
	mode_t mode; /* of what existed */
};

enum mount_shape { MOUNT_SHAPE_DIRECTORY = 1, MOUNT_SHAPE_FILE };

/*
 * Refuses the root itself, and what lies inside a procfs but for the few files that lxcfs shows
 * there. With O_NOFOLLOW in `flags` a link at the end is the mount point itself.
 */
int mount_target_open(struct mount_target *target, const struct mount_root *root, const char *path,
		      enum mount_shape shape, int flags, struct error *err);

/* True of the few paths in /proc that may be covered. */
bool mount_target_may_lie_in_proc(const char *path);

/*
 * For file systems that programs trust because of where they are: the last component must be a
 * directory and no link (CVE-2019-19921, CVE-2023-27561). Only a "proc" may cover a procfs.
 */
int mount_target_open_ordinary(struct mount_target *target, const struct mount_root *root,
			       const char *path, const char *type, struct error *err);

#endif
