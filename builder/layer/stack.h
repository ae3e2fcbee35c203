/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories as overlayfs stacks them, seen through without a mount: what is at a path, and where.
 *
 * Ownership: the directories are the caller's. Links are not followed unless it says so.
 */
#ifndef COOPERAGE_STACK_H
#define COOPERAGE_STACK_H

#include "builder/layer/whiteout.h"
#include "libcommon/error.h"

struct stack {
	const int *directories; /* the topmost first */
	size_t count;
	enum whiteout_dialect dialect;
	size_t root; /* which of them says how the root directory itself is */
};

/*
 * What one sees at the path, and in which directory it lies (`where` may be NULL). Returns 1 if there
 * is nothing, or a whiteout.
 */
int stack_look(const struct stack *stack, const char *path, struct stat *about, size_t *where,
	       struct error *err);

/* Is this directory opaque? Returns 1 if it is. */
int stack_is_opaque(int directory, enum whiteout_dialect dialect, struct error *err);

#endif
