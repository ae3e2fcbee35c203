/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instructions are given while a plan is made: the stage they stand in, the variables, the
 * stages and images that can be named, and the ways to add to the plan.
 *
 * Stages are planned when they are first needed, so that one which nothing needs is never found
 * wanting. Everything lives in the planner's arena.
 */
#ifndef COOPERAGE_PLANNER_H
#define COOPERAGE_PLANNER_H

#include "builder/build/plan.h"

struct planner;

/* What an instruction does to the stage it stands in. */
struct meaning {
	int (*plan)(struct planner *planner, const struct statement *statement, struct error *err);
};

struct image_source {
	const char *reference;
	const char *platform;
	const struct base_image *base;
	const struct step *step;
};

struct image_source_list {
	struct image_source *items;
	size_t count;
};

struct planner {
	struct plan *plan;
	struct arena *arena;
	struct dockerfile *file;
	const struct plan_options *options;
	const struct meaning *meanings;
	struct pair_list globals;       /* what FROM may use */
	struct planned_stage **stages;  /* by number; NULL: not yet planned */
	struct planned_stage *here;     /* the one that is being planned */
	char escape;                    /* of the instruction that is being obeyed */
	struct image_source_list found; /* images that were asked for */
	unsigned depth;                 /* of stages that wait for others */
};

int planner_run(struct planner *planner, struct error *err);

/* ---- variables ------------------------------------------------------------------------------- */

/* With the stage's variables. */
int planner_expand(const char **out, struct planner *planner, const char *text, struct error *err);
int planner_expand_words(struct text_list *out, struct planner *planner, const char *text,
			 struct error *err);

/* With those that were declared before the first FROM. */
int planner_expand_global(const char **out, struct planner *planner, const char *text,
			  struct error *err);

/* Where the stage's variables are looked up, for those who expand by themselves. */
struct expander planner_expander(struct planner *planner);

/* ---- what can be named ----------------------------------------------------------------------- */

/* A stage that stands before this one, planned; 1 if none has this name. */
int planner_stage_for_from(const struct planned_stage **stage, struct planner *planner,
			   const char *name, struct error *err);

/* What --from names: an earlier stage by name or number, or an image. NULL for an empty tree. */
int planner_tree_named(const struct step **tree, struct planner *planner, const char *name,
		       struct error *err);

/* An image, and the step that makes its tree. `from` is the FROM that begins with it, or NULL. */
int planner_find_image(const struct image_source **source, struct planner *planner,
		       const char *reference, const struct statement *from, struct error *err);

/* ---- what is added --------------------------------------------------------------------------- */

/* The step's op, details, inputs and statement are the caller's; its tree becomes the stage's. */
const struct step *planner_add_step(struct planner *planner, struct step step);

/* `step` is the one that made a layer, or NULL. */
void planner_add_history(struct planner *planner, const struct step *step, const char *format, ...)
	printf_like(3, 4);

/* Does what an instruction means, here and now; a complaint gets its line. */
int planner_obey(struct planner *planner, const struct statement *statement, struct error *err);

/* The working directory of the stage, and a path seen from there. */
const char *planner_directory(const struct planner *planner);

#endif
