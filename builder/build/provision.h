/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a RUN is given besides its tree: name resolution, scripts, and its --mounts; as mounts for the
 * runtime, and places in the tree that they need.
 *
 * Ownership: trees that are shown and locks on caches are the provision's until provision_done.
 */
#ifndef COOPERAGE_PROVISION_H
#define COOPERAGE_PROVISION_H

#include "builder/build/op_run.h"
#include "builder/build/solver.h"
#include "oci-spec/runtime_config.h"

struct provision_place {
	const char *path;
	bool is_directory;
};

struct provision_place_list {
	struct provision_place *items;
	size_t count;
};

struct provision_hold;

struct provision {
	struct oci_mount_list mounts;
	struct provision_place_list places;
	struct provision_hold *holds; /* the newest first */
	struct arena *arena;
};

/* Files of ours go beside the tree of `draft`. */
int provision_make(struct provision *provision, struct solver *solver, const struct run_step *run,
		   struct draft *draft, struct error *err);
void provision_done(struct provision *provision);

/* What the mounts show, for the recipe. */
int provision_examine(struct solver *solver, const struct run_step *run, struct recipe *recipe,
		      struct error *err);

#endif
