/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts as overlayfs has them, made in a tree that will lie on others: for place.
 *
 * What the tree has itself stays; only what lies below is hidden.
 */
#ifndef COOPERAGE_HIDE_H
#define COOPERAGE_HIDE_H

#include "builder/layer/parents.h"

/* Nothing from below is seen at the path. */
int hide_path(struct parents *parents, const char *path, enum whiteout_dialect dialect,
	      struct error *err);

/* Nothing from below is seen in the directory. */
int hide_inside(struct parents *parents, const char *path, enum whiteout_dialect dialect,
		struct error *err);

#endif
