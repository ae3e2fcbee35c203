/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step takes from the context or from another step's tree, and what of it belongs in a recipe.
 *
 * Of the context each file is a line, so that a miss can name it. A tree that a step made never
 * changes, so what a selection of it holds is read once and remembered.
 */
#ifndef COOPERAGE_SELECTION_H
#define COOPERAGE_SELECTION_H

#include "builder/build/solver.h"

struct selection {
	const struct step *from; /* whose tree; NULL: an empty one, or the context */
	bool is_context;
	struct text_list sources; /* as COPY understands them */
	struct text_list exclude;
	bool parents;
};

/* `root` is the tree's; not needed of the context. */
int selection_gather(struct gathered_list *files, struct solver *solver,
		     const struct selection *selection, int root, struct error *err);

/* Writes what is in the files. Of the context `files` gets the list; else it may be left empty. */
int selection_examine(struct gathered_list *files, struct solver *solver,
		      const struct selection *selection, struct recipe *recipe, struct error *err);

#endif
