/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mounts that are attached nowhere yet: made, changed, and then attached once, by fd. No path of a
 * root that somebody else wrote is ever given to mount(2).
 *
 * What is returned is the caller's fd; it stays a name of the mount after it was attached.
 */
#ifndef COOPERAGE_DETACHED_H
#define COOPERAGE_DETACHED_H

#include "libcommon/error.h"
#include "runtime/kernel/syscalls.h"

/* What shall be so of a mount, and of all that are below it. */
struct mount_change {
	struct mount_attributes top;
	struct mount_attributes tree;
};

/*
 * Clones what is mounted at the path; "" stands for `dir` itself. Flags: AT_RECURSIVE (with all
 * that is mounted below), AT_SYMLINK_NOFOLLOW. Returns the fd, or -1 with err->code EPERM where only a
 * namespace of our own would let us.
 */
int detached_clone(int dir, const char *path, unsigned flags, struct error *err);

/*
 * Changes the mount `mount`, attached or not. Returns 1 if this kernel (before 5.12) cannot change
 * it before it is attached: then it is to be attached first and changed with remount_change.
 */
int detached_change(int mount, const struct mount_change *change, struct error *err);

/* Attaches it on the directory or file that `target` (an O_PATH fd) is. */
int detached_attach(int mount, int target, struct error *err);

#endif
