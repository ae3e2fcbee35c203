/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The story of a build: a Dockerfile and a context become an image.
 *
 * Ownership: everything that a build reads and makes lives in its arena; store, context and progress
 * are the caller's. What an instruction means and where images are found is the caller's to say.
 */
#ifndef COOPERAGE_PIPELINE_H
#define COOPERAGE_PIPELINE_H

#include "builder/build/output.h"
#include "builder/build/planner.h"
#include "builder/build/solver.h"

enum pipeline_print {
	PIPELINE_PRINT_NOTHING,
	PIPELINE_PRINT_FILE,
	PIPELINE_PRINT_PLAN,
	PIPELINE_PRINT_KEYS
};

struct build {
	struct arena *arena;
	const char *file_name, *file_bytes; /* the Dockerfile, as complaints call it */
	size_t file_size;
	struct plan_options options;
	const struct meaning *meanings;
	struct context *context;
	struct store *store;
	struct progress *progress;
	struct text_list names; /* whole references; none: the image is kept without one */
	struct output_list outputs;
	const char *runtime;
	bool no_cache;
	const char *epoch;         /* SOURCE_DATE_EPOCH of the environment, or NULL */
	enum pipeline_print print; /* stop there, and tell */

	struct dockerfile file;
	struct plan plan;
	struct solver solver;
	struct timespec fixed_epoch;
	struct buffer *printed;

	struct oci_descriptor manifest; /* what came of it */
	const char *id;
};

int pipeline_run(struct build *build, struct error *err);

#endif
