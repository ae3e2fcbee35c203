/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/pipeline.h"

#include "builder/build/epoch.h"
#include "builder/build/solve.h"
#include "builder/dockerfile/parse.h"
#include "builder/image/assemble.h"
#include "builder/store/names.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"

/* ---- the steps that have no room of their own ------------------------------------------------ */

static int
parse_build(struct build *build, struct error *err)
{
	return parse_file(&build->file, build->arena, build->file_name, build->file_bytes,
			  build->file_size, err);
}

static int
plan_build(struct build *build, struct error *err)
{
	return plan_make(&build->plan, &build->file, &build->options, build->meanings, build->arena,
			 err);
}

/* An argument says more than the environment; "" in either is as if it were not there. */
static int
set_clock(struct build *build, struct error *err)
{
	const char *text = build->plan.epoch != NULL ? build->plan.epoch : build->epoch;

	if (text == NULL || text[0] == '\0')
		return 0;
	TRY(epoch_read(&build->fixed_epoch, text, err));
	build->solver.epoch = &build->fixed_epoch;
	return 0;
}

static int
solve_build(struct build *build, struct error *err)
{
	struct solver *solver = &build->solver;
	struct error unused;

	solver->store = build->store;
	solver->plan = &build->plan;
	solver->file = &build->file;
	solver->context = build->context;
	solver->progress = build->progress;
	solver->arena = build->arena;
	solver->runtime = build->runtime;
	solver->no_cache = build->no_cache;
	solver->slot = arena_format(build->arena, "%s\n%s",
				    build->context->is_passing ? "-" : build->context->path,
				    build->file_name);
	solver->pretend = build->print == PIPELINE_PRINT_KEYS;
	solver->keys = build->printed;
	bool remembers = build->context->root >= 0 && !build->context->is_passing;

	if (remembers)
		TRY(digests_load(&build->context->digests, build->store, build->context->path,
				 err));

	/* What was read of the context is worth remembering even if a step failed. */
	int result = solve_run(solver, err);
	if (remembers)
		(void) digests_save(&build->context->digests, build->store, build->context->path,
				    &unused);
	return result;
}

/* A line of history is of the time of the layer that it stands on. */
static struct oci_history_list
tell_history(const struct build *build)
{
	const struct planned_stage *target = build->plan.target;
	const struct timespec *fixed = build->solver.epoch;
	struct timespec now = build->solver.results[0].epoch;
	struct oci_history_list history = { 0 };
	char text[TIMESTAMP_SIZE];

	if (target->base != NULL)
		FOR_EACH(step, &build->plan.steps)
			if ((*step)->details == target->base)
				now = solver_result(&build->solver, *step)->epoch;
	FOR_EACH(line, &target->history) {
		if (line->inherited != NULL) {
			list_add(&history, build->arena, *line->inherited);
			continue;
		}
		if (line->step != NULL)
			now = solver_result(&build->solver, line->step)->epoch;
		timestamp_write(text, fixed != NULL ? *fixed : now);
		list_add(&history, build->arena,
			 (struct oci_history){
				 .created = arena_text(build->arena, text),
				 .author = line->author,
				 .created_by = line->created_by,
				 .comment = "cooper",
				 .empty_layer = line->step == NULL,
			 });
	}
	return history;
}

static int
assemble_build(struct build *build, struct error *err)
{
	const struct planned_stage *target = build->plan.target;
	const struct result *result = solver_result(&build->solver, target->last);
	struct oci_image_config *config = arena_new(build->arena, struct oci_image_config);

	*config = plan_config(target, build->arena);
	const struct assembly assembly = {
		.config = {
			.author = target->author,
			.architecture = target->platform.architecture,
			.variant = target->platform.variant,
			.os = target->platform.os,
			.os_version = target->platform.os_version,
			.config = config,
			.history = tell_history(build),
		},
		.layers = result->layers,
		.diff_ids = result->diff_ids,
		.created = build->solver.epoch != NULL ? *build->solver.epoch : result->epoch,
	};
	return assemble_image(&build->manifest, &build->id, build->store, &assembly, build->arena,
			      err);
}

/* Naming waits until all is on disk: a build that changed nothing need not. */
static int
is_named(const struct build *build, struct error *err)
{
	FOR_EACH(name, &build->names) {
		struct oci_descriptor target;

		if (GET(names_find(&target, build->store, *name, build->arena, err)) > 0 ||
		    !text_equal(target.digest, build->manifest.digest))
			return 0;
	}
	return build->names.count > 0;
}

static int
name_image(struct build *build, struct error *err)
{
	if (GET(is_named(build, err)) > 0)
		return 0;
	if (build->names.count == 0)
		return names_set(build->store, NULL, &build->manifest, err);
	return names_set_all(build->store, &build->names, &build->manifest, err);
}

static int
write_outputs(struct build *build, struct error *err)
{
	FOR_EACH(output, &build->outputs)
		TRY(output_write(output, build->store, &build->manifest, &build->names,
				 build->arena, err));
	return 0;
}

/* ---- the story ------------------------------------------------------------------------------- */

/* What goes wrong in a line of the Dockerfile begins with that line, and with nothing before it. */
int
pipeline_run(struct build *build, struct error *err)
{
	log_step("read the Dockerfile");
	TRY(parse_build(build, err));
	if (build->print == PIPELINE_PRINT_FILE) {
		dockerfile_print(build->printed, &build->file);
		return 0;
	}

	log_step("plan the build");
	TRY(plan_build(build, err));
	if (build->print == PIPELINE_PRINT_PLAN) {
		plan_print(build->printed, &build->plan, build->arena);
		return 0;
	}

	STEP("set the clock", set_clock(build, err));
	log_step("solve the plan");
	TRY(solve_build(build, err));
	if (build->print == PIPELINE_PRINT_KEYS)
		return 0;

	STEP("assemble the image", assemble_build(build, err));
	STEP("name the image", name_image(build, err));
	STEP("write the outputs", write_outputs(build, err));
	return 0;
}
