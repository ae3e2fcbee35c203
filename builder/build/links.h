/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a path inside a root leads: its symbolic links followed as after a chroot, and what is left
 * has none. The kernel opens such paths with beneath.h; this is for when the way itself must be known,
 * to match patterns or because its end is not there yet.
 */
#ifndef COOPERAGE_LINKS_H
#define COOPERAGE_LINKS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

/*
 * `resolved` is below the root, without "/" at either end, "." for the root itself. Components that
 * are not there are kept as they are written; returns 1 then.
 */
int links_resolve(const char **resolved, int root, const char *path, struct arena *arena,
		  struct error *err);

#endif
