/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places to mount on that a tree does not have: made in a directory of their own, which is laid
 * between the tree and what a step changes. So they are there while the step runs, and nothing of
 * them is in what it changed, whatever it did to them.
 *
 * Ownership: fds are the caller's. Directories on the way look like those of the tree below, since
 * they stand in for them.
 */
#ifndef COOPERAGE_STUBS_H
#define COOPERAGE_STUBS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

/*
 * `tree` is what the step will see, `place` the directory of their own. Returns 1 if something had
 * to be made, 0 if the path was there.
 */
int stubs_make(int place, int tree, const char *path, bool is_directory, struct error *err);

#endif
