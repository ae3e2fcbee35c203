/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What solving a plan needs and has found out, step by step.
 *
 * A result is a list of layers. It is never changed; what a later step adds, it adds to a copy.
 * Ownership: all of it lives in the solver's arena; store, context and progress are the caller's.
 */
#ifndef COOPERAGE_SOLVER_H
#define COOPERAGE_SOLVER_H

#include "builder/build/context.h"
#include "builder/build/draft.h"
#include "builder/build/gather.h"
#include "builder/build/plan.h"
#include "builder/build/progress.h"
#include "builder/store/snapshots.h"
#include "oci-spec/image_manifest.h"

struct result {
	struct oci_descriptor_list layers; /* base first */
	struct text_list diff_ids;
	struct timespec epoch;     /* the newest of what came into it (epoch.h) */
	const char *identity;      /* what is hashed for it in the keys of others */
	const struct image *image; /* of a source step: where its layers can be unpacked from */
};

struct solver {
	struct store *store;
	const struct plan *plan;
	struct dockerfile *file;
	struct context *context;
	struct progress *progress;
	struct arena *arena;
	struct result *results;        /* by the step's number */
	struct gathered_list gathered; /* what the step at hand takes from the context */
	const struct timespec *epoch;  /* SOURCE_DATE_EPOCH; NULL: from what comes in */
	const char *runtime;           /* the program that runs containers */
	const char *runtime_state;     /* where it remembers them; NULL until it is needed */
	const char *slot; /* whose last recipes to compare with: the Dockerfile's identity */
	bool no_cache;
	bool pretend; /* only keys: nothing is looked up or made, and a key stands for its result */
	struct buffer *keys; /* where they are told, or NULL */
};

/* The result of a step; of NULL, an empty tree. */
const struct result *solver_result(const struct solver *solver, const struct step *step);

/* The tree of a step, to read from: its root is the draft's (draft.h). */
int solver_open_tree(int *root, struct draft *draft, struct solver *solver, const struct step *step,
		     struct error *err);

/* Every layer of the result is unpacked when this returns. */
int solver_unpack(struct solver *solver, const struct result *result, struct error *err);

#endif
