/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two spellings of "gone": in archives ".wh.NAME" beside, and ".wh..wh..opq" inside; in the
 * directories that overlayfs stacks a character device 0:0, and an attribute of the directory.
 *
 * Overlayfs reads "trusted.overlay.*" or, mounted with userxattr as without privilege it must be,
 * "user.overlay.*". Which one a store speaks is decided when it is made.
 */
#ifndef COOPERAGE_WHITEOUT_H
#define COOPERAGE_WHITEOUT_H

#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "libcommon/base.h"

#define WHITEOUT_PREFIX  ".wh."
#define WHITEOUT_OPAQUE  ".wh..wh..opq"
#define WHITEOUT_PRIVATE ".wh..wh." /* of aufs, but for the opaque one: means nothing today */

enum whiteout_dialect {
	WHITEOUT_TRUSTED, /* trusted.overlay.opaque */
	WHITEOUT_USER,    /* user.overlay.opaque */
};

static inline bool
whiteout_is_name(const char *name)
{
	return strncmp(name, WHITEOUT_PREFIX, sizeof(WHITEOUT_PREFIX) - 1) == 0;
}

static inline bool
whiteout_is_device(const struct stat *about)
{
	return S_ISCHR(about->st_mode) && about->st_rdev == makedev(0, 0);
}

/* The attribute that makes a directory opaque; its value is "y". */
static inline const char *
whiteout_opaque_attribute(enum whiteout_dialect dialect)
{
	return dialect == WHITEOUT_USER ? "user.overlay.opaque" : "trusted.overlay.opaque";
}

#endif
