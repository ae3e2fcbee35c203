/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images by what users call them: a name in the store, a digest or the beginning of one, or a layout
 * on disk, "oci:PATH[:TAG]".
 *
 * What is found lives in the arena given.
 */
#ifndef COOPERAGE_FINDER_H
#define COOPERAGE_FINDER_H

#include "builder/build/plan.h"

/* For the planner. `data` is the store. */
int finder_find(void *data, struct base_image *base, const char *reference,
		const struct oci_platform *platform, struct arena *arena, struct error *err);

/* What the user's word stands for; the target's name may be NULL. Returns 1 if there is nothing. */
struct name;
int finder_look(struct name *found, struct store *store, const char *reference,
		struct arena *arena, struct error *err);

/* The same. Fails if there is nothing. */
int finder_resolve(struct name *found, struct store *store, const char *reference,
		   struct arena *arena, struct error *err);

#endif
