/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What steps gave before, by key; and why one was not found.
 *
 * A key is the hash of a recipe, and the recipe says everything that the result depends on. The last
 * recipe of each step of a Dockerfile is kept beside, so that a miss can be told in words.
 * All of it are hints in the store: lost or damaged, a step is done again.
 */
#ifndef COOPERAGE_CACHE_H
#define COOPERAGE_CACHE_H

#include "builder/build/solver.h"

struct cached {
	struct layer layer;
	struct timespec epoch;
};

void cache_key(char key[HASH_TEXT_SIZE], const struct step *step, const struct recipe *recipe);

/* Returns 1 if nothing is known, or the layer is gone. */
int cache_find(struct cached *cached, struct solver *solver, const char *key, struct error *err);
int cache_keep(const struct cached *cached, struct solver *solver, const char *key,
	       struct error *err);

/* Compares with the recipe of this step last time. Says nothing if there was none. */
int cache_explain(struct buffer *out, struct solver *solver, const struct step *step,
		  const struct recipe *recipe, struct error *err);

/* This is the last time from now on. */
int cache_remember(struct solver *solver, const struct step *step, const struct recipe *recipe,
		   struct error *err);

#endif
