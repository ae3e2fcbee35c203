/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan: a graph of steps, and what each stage's image will say of itself.
 *
 * Pure: making it needs no privilege, no store and no file of the context. Images that FROM names
 * are found by a function of the caller's, and what an instruction means is the caller's table too
 * (planner.h). Everything lives in the arena given and keeps pointers into the Dockerfile.
 */
#ifndef COOPERAGE_PLAN_H
#define COOPERAGE_PLAN_H

#include "builder/build/step.h"
#include "builder/dockerfile/dockerfile.h"
#include "builder/image/image.h"
#include "oci-spec/platform.h"

/* An image as the finder found it. */
struct base_image {
	const char *name; /* in full, as it is shown */
	const struct image *image;
};

struct image_finder {
	int (*find)(void *data, struct base_image *base, const char *reference,
		    const struct oci_platform *platform, struct arena *arena, struct error *err);
	void *data;
};

struct plan_options {
	const char *target;           /* a stage's name or number; NULL: the last */
	struct pair_list args;        /* --build-arg */
	struct pair_list labels;      /* --label: added last, so they win */
	struct oci_platform platform; /* built for and on: nothing else can run here */
	const char *network;          /* what RUN --network=default means: "host" or "none" */
	const struct image_finder *finder;
};

/* A line of the image's history. */
struct planned_history {
	const struct oci_history *inherited; /* from the base image, kept as it is; else NULL */
	const char *created_by, *author;
	const struct step *step; /* whose layer it tells of; NULL: none */
};

struct planned_history_list {
	struct planned_history *items;
	size_t count;
};

/* What has been planned of a stage; complete once every instruction was. */
struct planned_stage {
	const struct stage *stage;
	const char *name; /* as progress shows it */

	const struct step *last;      /* whose tree it is; NULL: an empty one */
	size_t steps;                 /* how many are its own */
	struct pair_list variables;   /* ENV and ARG, for expansion and for RUN */
	struct pair_list args;        /* those that ARG declared, for the history of RUN */
	struct pair_list environment; /* what the image keeps */
	struct pair_list labels;
	struct oci_image_config config; /* all but env and labels, which plan_config adds */
	struct planned_history_list history;
	struct oci_platform platform;
	const char *author;
	const struct base_image *base; /* below it all; NULL: scratch */
	bool has_cmd;                  /* a CMD stands in the stage itself */
};

struct plan {
	struct step_list steps; /* in an order in which they can be done */
	const struct planned_stage *target;
	const char *epoch; /* SOURCE_DATE_EPOCH as an argument gave it, or NULL */
};

struct meaning;

/* `meanings` has a row for each instruction, by its id. */
int plan_make(struct plan *plan, struct dockerfile *file, const struct plan_options *options,
	      const struct meaning *meanings, struct arena *arena, struct error *err);

/* The config as the image will carry it. */
struct oci_image_config plan_config(const struct planned_stage *stage, struct arena *arena);

/* "[build 2/5] RUN make": how progress names a step. */
const char *plan_step_title(const struct step *step, struct arena *arena);

/* What `--print=plan` shows. Stable: goldens compare it. */
void plan_print(struct buffer *out, const struct plan *plan, struct arena *arena);

#endif
