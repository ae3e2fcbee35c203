/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The road for kernels before 5.12, which have no mount_setattr: flags are changed by mount(2),
 * which wants a path. The only path given to it is the name of our own fd in a private procfs.
 */
#ifndef COOPERAGE_REMOUNT_H
#define COOPERAGE_REMOUNT_H

#include "libcommon/error.h"
#include "runtime/kernel/detached.h"

/*
 * detached_change for a mount that is attached by now. Flags for a whole tree are refused: this
 * kernel cannot set them at once. Leaves the working directory somewhere else.
 */
int remount_change(int mount, const struct mount_change *change, struct error *err);

/*
 * A new file system, attached at once to the directory `target` (an O_PATH fd). `flags` are MS_*,
 * `data` is all words joined with commas. Leaves the working directory somewhere else.
 */
int remount_new(const char *type, const char *source, int target, unsigned long flags,
		const char *data, struct error *err);

#endif
