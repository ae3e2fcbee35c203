/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leaving a root that cannot be pivoted away from, as an initramfs: what is mounted on it goes, and
 * the rest is covered.
 */
#ifndef COOPERAGE_INITRAMFS_H
#define COOPERAGE_INITRAMFS_H

#include "libcommon/error.h"

/*
 * Moves the mount `root` on top of our "/" and unmounts all else that is mounted there. A full
 * procfs or sysfs left behind would let the container mount fresh ones without the masks that it
 * has: no-pivot is weaker than pivot_root, but not by this.
 */
int initramfs_leave(int root, struct error *err);

#endif
