/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Directories that outlive a build and belong to no image: what RUN --mount=type=cache shows.
 *
 * They lie in the store's mounts/, under the hash of their id, so that no id is a path. A shared one
 * may be in use by many, a locked one by one after the other, a private one by one: who comes while
 * it is taken gets another.
 * Ownership: a shelf holds the lock until shelf_close.
 */
#ifndef COOPERAGE_SHELF_H
#define COOPERAGE_SHELF_H

#include "builder/dockerfile/run_mount.h"
#include "builder/store/store.h"

struct shelf {
	int directory;
	const char *path;
	int lock;
	bool is_new; /* nothing was there before */
};

#define SHELF_NONE                                                                                 \
	{                                                                                          \
		.directory = -1, .lock = -1                                                        \
	}

int shelf_open(struct shelf *shelf, struct store *store, const struct run_mount *mount,
	       struct arena *arena, struct error *err);
void shelf_close(struct shelf *shelf);

#endif
