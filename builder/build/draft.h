/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layer while it is being made: an empty upper directory on the layers below, and the tree that
 * both show when it is first asked for.
 *
 * Ownership: a draft owns its staging directory, the chain below and the mount; draft_done gives all
 * of it back. The mount is seen by this process and its children only (seclusion.h).
 */
#ifndef COOPERAGE_DRAFT_H
#define COOPERAGE_DRAFT_H

#include "builder/build/epoch.h"
#include "builder/store/snapshots.h"

struct draft {
	struct store *store;
	struct staging staging;
	struct chain below;
	int merged;            /* the mount's root, -1 until it is asked for */
	const char *path;      /* of the mount */
	struct timespec epoch; /* the newest of what came into it */
	struct arena memory;
};

#define DRAFT_NONE                                                                                 \
	{                                                                                          \
		.staging = STAGING_NONE, .merged = -1                                              \
	}
#define scoped_draft scoped(draft_done) struct draft

/* `diff_ids` are the layers below, base first; they are unpacked already. Stages nothing yet. */
int draft_begin(struct draft *draft, struct store *store, const struct text_list *diff_ids,
		struct error *err);
void draft_done(struct draft *draft);

/* The root of the tree, to read and to write. Returns the fd, which stays the draft's. */
int draft_root(struct draft *draft, struct error *err);

/* The same, only to read: without a mount where there is a single layer. */
int draft_root_to_read(struct draft *draft, struct error *err);

/*
 * The same, only to put files into: without a mount where there is nothing below. `upper` is where
 * that ends up which meets nothing below: put there, it need not go through the mount.
 */
int draft_root_to_fill(int *upper, struct draft *draft, struct error *err);

/*
 * Lays a directory between what is below and what is being made: it is seen, but is of neither.
 * Mounts anew what is mounted.
 */
int draft_lay_under(struct draft *draft, int directory, struct error *err);

/* A directory of our own beside the tree, that goes with the draft. Returns its fd. */
int draft_make_place(const char **path, struct draft *draft, const char *name, struct error *err);

/* The tree becomes a layer, with its times cut. Unmounts. */
int draft_commit(struct draft *draft, struct layer *layer, const struct epoch_cut *cut,
		 struct error *err);

void draft_raise_epoch(struct draft *draft, struct timespec time);

/* Makes the directories of the path that are missing, with this mode and owner. */
int draft_make_directories(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
			   struct error *err);

#endif
