/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names in a directory, or in several that are merged: sorted, each with where it was found. For diff.
 *
 * Ownership: directories that were added are the listing's until listing_done.
 */
#ifndef COOPERAGE_LISTING_H
#define COOPERAGE_LISTING_H

#include "libcommon/buffer.h"
#include "libcommon/error.h"

struct listing_item {
	size_t name;  /* where in the names: listing_name */
	size_t from;  /* which of the directories */
	bool is_gone; /* a whiteout */
};

struct listing {
	int *directories; /* the topmost first */
	size_t directory_count;
	struct listing_item *items;
	size_t count, room;
	struct buffer names;
};

enum listing_order {
	LISTING_PLAIN,           /* by name; whiteouts are devices like others */
	LISTING_WHITEOUTS_FIRST, /* then by name */
	LISTING_MERGED,          /* by name, and those of one name from the top down */
};

void listing_done(struct listing *listing);
void listing_add_directory(struct listing *listing, int fd /* taken */);

/* Reads all directories. The path is for messages. */
int listing_read(struct listing *listing, enum listing_order order, const char *path, struct error *err);

static inline const char *
listing_name(const struct listing *listing, const struct listing_item *item)
{
	return listing->names.bytes + item->name;
}

#endif
