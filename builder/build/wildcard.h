/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths with wildcards → the paths below a root that they match, sorted.
 *
 * Component by component: "*" never crosses a "/", and "**" stands for any number of directories. A
 * directory that matches is not looked into for more.
 */
#ifndef COOPERAGE_WILDCARD_H
#define COOPERAGE_WILDCARD_H

#include "libcommon/error.h"
#include "libcommon/list.h"

/* The first component with a wildcard, or NULL if there is none. */
const char *wildcard_find(const char *path);

/*
 * Adds what matches below `base`, which has no links in it; paths are from the root. With `deep`,
 * "**" has its meaning. Nothing is no error.
 */
int wildcard_expand(struct text_list *paths, int root, const char *base, const char *pattern,
		    bool deep, struct arena *arena, struct error *err);

#endif
