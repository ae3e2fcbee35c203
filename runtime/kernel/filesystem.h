/* SPDX-License-Identifier: Apache-2.0 */
/*
 * New instances of file systems, made by fsopen(2) and returned as detached mounts.
 *
 * What the kernel has to say about an option is part of the error: "tmpfs: Unknown parameter
 * 'foo'".
 */
#ifndef COOPERAGE_FILESYSTEM_H
#define COOPERAGE_FILESYSTEM_H

#include "libcommon/error.h"
#include "libcommon/list.h"

struct filesystem {
	const char *type;
	const char *source;           /* what /proc/mounts shows first, or a device; may be NULL */
	unsigned long flags;          /* MS_* of the super block: MS_SYNCHRONOUS, MS_RDONLY, … */
	uint64_t attributes;          /* MOUNT_ATTR_* of the mount */
	const struct text_list *data; /* "size=64k", "newinstance"; may be NULL */
	const char *without;          /* leaves out data that begins with this; may be NULL */
	const char *label;            /* one word more, "context=LABEL"; may be NULL */
};

/*
 * True if a word of the data is longer than fsconfig(2) takes (255 bytes), as lowerdir= of overlays
 * can be: then remount_new is the way.
 */
bool filesystem_is_wordy(const struct text_list *data);

/* Returns the fd of the detached mount. */
int filesystem_make(const struct filesystem *filesystem, struct error *err);

/* Gives the file system at `target` (an O_PATH fd of its root) new data and super block flags. */
int filesystem_reconfigure(int target, const struct filesystem *filesystem, struct error *err);

#endif
