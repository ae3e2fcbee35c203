/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands for a device in the trees of one who may not make any: an empty file of its owner, mode
 * and time, with an attribute that says which device it is. So what comes out of such a tree, as a layer
 * or a copy, is what would come out of one that root made.
 *
 * The attribute does not travel (attributes.h). Only stores of users have effigies: in root's an
 * attribute of that name means nothing.
 */
#ifndef COOPERAGE_EFFIGY_H
#define COOPERAGE_EFFIGY_H

#include <sys/stat.h>

#include "libcommon/error.h"

#define EFFIGY_ATTRIBUTE "user.cooper.device"

/* The name must not be there yet. Fails with errno alone. */
int effigy_make(int directory, const char *name, mode_t mode, dev_t device);

/* If this is one, `about` becomes what is said of the device. */
int effigy_look(int directory, const char *name, struct stat *about, struct error *err);

#endif
