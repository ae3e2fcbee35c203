/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of members, made into paths below a root.
 */
#ifndef COOPERAGE_TAR_PATH_H
#define COOPERAGE_TAR_PATH_H

#include "builder/layer/tar_read.h"
#include "libcommon/buffer.h"

/*
 * Without "/" at either end, without "." and empty components, and with ".." taken back; "." for the
 * root. Refused: no name at all, one that climbs above the root, and what is beyond the limits or longer
 * in one component than a file name can be.
 */
int tar_path_clean(struct buffer *path, const char *name, const struct tar_limits *limits, struct error *err);

#endif
