/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole directory trees, without following links and without recursion in our stack.
 */
#ifndef COOPERAGE_TREE_H
#define COOPERAGE_TREE_H

#include "libcommon/error.h"

/*
 * Removes `name` in `dir` and everything below it, however deep. Nothing there is no error, nor is another who
 * removes the same. Does not cross into other mounts: a mount point below is an error (EBUSY), and what is
 * mounted stays.
 */
int tree_remove(int dir, const char *name, struct error *err);

#endif
