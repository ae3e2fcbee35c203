/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ignore patterns along a walk: what they say of a directory is kept for those in it, so that no path
 * is matched from its beginning again.
 *
 * Ownership: the patterns are the caller's; filter_done frees the rest.
 */
#ifndef COOPERAGE_FILTER_H
#define COOPERAGE_FILTER_H

#include "builder/dockerfile/ignore.h"

struct filter {
	const struct ignore *ignore; /* NULL: leaves nothing out */
	uint64_t *bits;              /* what the patterns said, for each level */
	size_t levels;
};

void filter_done(struct filter *filter);
#define scoped_filter scoped(filter_done) struct filter

/* Is the path left out? It has `level` slashes, and the directory it is in was asked for before. */
bool filter_leaves_out(struct filter *filter, const char *path, size_t level);

/* The same for a path out of nowhere: the directories on the way are asked for first. */
bool filter_leaves_out_whole(struct filter *filter, const char *path);

/* The directory is left out, and nothing below it can be taken back. */
bool filter_prunes(const struct filter *filter, const char *directory);

#endif
