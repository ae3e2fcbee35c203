/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A step: how one tree comes out of another.
 *
 * Steps are data. The instructions write them, nobody changes them afterwards, and they live in the
 * plan's arena. An op is all that printer, cache and solver know of a kind of step.
 */
#ifndef COOPERAGE_STEP_H
#define COOPERAGE_STEP_H

#include "builder/build/recipe.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

struct solver;
struct statement;
struct step;
struct planned_stage;
struct draft;

struct op {
	const char *name; /* as printed, and part of the key */

	/* Writes what the plan alone says of the step: all of it that its result depends on. */
	void (*describe)(const struct step *step, struct recipe *recipe);

	/* Adds what only the files say. NULL: nothing. */
	int (*examine)(struct solver *solver, const struct step *step, struct recipe *recipe,
		       struct error *err);

	/* Makes the tree. */
	int (*execute)(struct solver *solver, const struct step *step, struct draft *draft,
		       struct error *err);
};

struct step_list {
	const struct step **items;
	size_t count;
};

struct step {
	size_t number; /* from 1; a step's parent and inputs have lower ones */
	const struct op *op;
	const void *details;       /* the op's own struct */
	const struct step *parent; /* whose tree this one begins with; NULL: an empty one */
	struct step_list inputs;   /* whose trees it reads besides */

	const struct planned_stage *stage;
	size_t position;                   /* in its stage, from 1 */
	const char *text;                  /* the instruction, on one line */
	const struct statement *statement; /* to blame */
};

#endif
