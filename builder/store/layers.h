/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories in layers/: what is written beside each tree, and which of them are to be trusted.
 *
 *	layers/<hex>/tree      as overlayfs stacks it
 *	layers/<hex>/about     what it is, and during which run of the machine it was made
 *	layers/<hex>/synced    is there once all of it is known to be on disk
 *
 * A layer appears whole, by a rename. For this room only; snapshots.h is what others see.
 */
#ifndef COOPERAGE_LAYERS_H
#define COOPERAGE_LAYERS_H

#include "builder/layer/hash.h"
#include "builder/store/store.h"
#include "libcommon/list.h"

#define LAYERS_NAME_SIZE 140

struct layer_about {
	char boot[STORE_BOOT_SIZE];
	char diff_id[HASH_TEXT_SIZE];
	int64_t size; /* of the archive */
	uint64_t entries, bytes;
	bool has_root; /* the tree's own mode and owner come from the layer */
};

/* The name of a layer that stands for itself, and of one that is bound to what is below it. */
int layers_name(char name[LAYERS_NAME_SIZE], const char *diff_id, struct error *err);
int layers_bound_name(char name[LAYERS_NAME_SIZE], const struct text_list *diff_ids, size_t which,
		      struct error *err);

/*
 * Reads about a layer that is to be trusted. Returns 1 if it is not there, or was being written when
 * the machine went down.
 */
int layers_read(struct layer_about *about, struct store *store, const char *name, struct error *err);

/* The tree, as a directory fd. */
int layers_open(struct store *store, const char *name, struct error *err);

/*
 * A directory of the session with `tree` in it becomes the layer. If there is one already that can be
 * trusted, that one stays. Takes it into use.
 */
int layers_publish(struct store *store, const char *name, const char *session_name,
		   struct layer_about *about, struct error *err);

/* Each layer's name. A function that returns < 0 ends it. */
int layers_each(struct store *store, int (*visit)(void *, struct store *, const char *name, struct error *),
		void *data, struct error *err);

/* One syncfs; then all layers that were there before it are marked. */
int layers_settle(struct store *store, struct error *err);

#endif
