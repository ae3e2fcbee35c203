/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths that the container shall not read (linux.maskedPaths) or not write (linux.readonlyPaths).
 */
#ifndef COOPERAGE_MASKS_H
#define COOPERAGE_MASKS_H

#include "libcommon/error.h"
#include "libcommon/list.h"

/*
 * Guest side. Files are covered by `null` (a detached clone of /dev/null, attached after this),
 * directories by one read-only empty tmpfs that all of them share; what does not exist is skipped,
 * and what is listed twice is covered once. `label`: linux.mountLabel, or NULL.
 */
int masks_hide(const struct text_list *paths, int root, int null, const char *label,
	       struct error *err);

/* Guest side. Binds each over itself read-only, with all below it, keeping its other flags. */
int masks_write_protect(const struct text_list *paths, int root, struct error *err);

#endif
