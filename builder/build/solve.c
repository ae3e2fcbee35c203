/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/solve.h"

#include "builder/build/cache.h"
#include "builder/build/draft.h"
#include "builder/image/assemble.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"

/* ---- results --------------------------------------------------------------------------------- */

/* Layers by what is in them, and in which order: the chain id of OCI. */
static const char *
identify(const struct text_list *diff_ids, struct arena *arena)
{
	char chain[HASH_TEXT_SIZE];
	const char *identity = "nothing";

	FOR_EACH(diff_id, diff_ids) {
		if (diff_id == diff_ids->items) {
			identity = *diff_id;
			continue;
		}
		const char *both = arena_format(arena, "%s %s", identity, *diff_id);
		hash_bytes(chain, HASH_SHA256, both, strlen(both));
		identity = arena_text(arena, chain);
	}
	return identity;
}

/* An image that does not say when it was made is of the beginning of time. */
static void
take_image(struct solver *solver, const struct step *step)
{
	const struct base_image *base = step->details;
	struct result *result = &solver->results[step->number];
	struct error unused;

	*result = (struct result){
		.layers = base->image->manifest.layers,
		.diff_ids = base->image->config.rootfs->diff_ids,
		.image = base->image,
	};
	result->identity = identify(&result->diff_ids, solver->arena);
	if (base->image->config.created == NULL ||
	    timestamp_read(&result->epoch, base->image->config.created, &unused) < 0)
		result->epoch = (struct timespec){ 0 };
}

static void
add_layer(struct solver *solver, const struct step *step, const struct cached *made)
{
	const struct result *parent = solver_result(solver, step->parent);
	struct result *result = &solver->results[step->number];
	char *diff_id = arena_text(solver->arena, made->layer.diff_id);

	*result = (struct result){ .epoch = made->epoch };
	FOR_EACH(layer, &parent->layers)
		list_add(&result->layers, solver->arena, *layer);
	FOR_EACH(known, &parent->diff_ids)
		list_add(&result->diff_ids, solver->arena, *known);
	list_add(&result->layers, solver->arena, assemble_layer(&made->layer, solver->arena));
	list_add(&result->diff_ids, solver->arena, diff_id);
	result->identity = identify(&result->diff_ids, solver->arena);
}

/* ---- one step -------------------------------------------------------------------------------- */

static int
write_recipe(struct recipe *recipe, struct solver *solver, const struct step *step,
	     struct error *err)
{
	recipe_add(recipe, "on", solver_result(solver, step->parent)->identity);
	if (solver->epoch != NULL)
		recipe_add(recipe, "epoch",
			   arena_format(solver->arena, "%lld", (long long) solver->epoch->tv_sec));
	step->op->describe(step, recipe);
	return step->op->examine == NULL ? 0 : step->op->examine(solver, step, recipe, err);
}

static int
make_layer(struct cached *made, struct solver *solver, const struct step *step, struct error *err)
{
	const struct result *parent = solver_result(solver, step->parent);
	struct epoch_cut cut = { .from = epoch_now() };
	scoped_draft draft = DRAFT_NONE;

	TRY(solver_unpack(solver, parent, err));
	TRY(draft_begin(&draft, solver->store, &parent->diff_ids, err));
	draft.epoch = parent->epoch;
	FOR_EACH(input, &step->inputs)
		draft_raise_epoch(&draft, solver_result(solver, *input)->epoch);
	TRY(step->op->execute(solver, step, &draft, err));
	if (solver->epoch != NULL)
		draft.epoch = cut.from = *solver->epoch;
	cut.to = made->epoch = draft.epoch;
	return draft_commit(&draft, &made->layer, &cut, err);
}

static int
do_step(struct cached *made, struct solver *solver, const struct step *step,
	const struct recipe *recipe, const char *key, struct error *err)
{
	scoped_buffer reason = { 0 };

	if (solver->no_cache)
		buffer_add_text(&reason, "the cache is not to be used");
	else
		TRY(cache_explain(&reason, solver, step, recipe, err));
	if (reason.length > 0)
		progress_say(solver->progress, buffer_text(&reason));
	TRY(make_layer(made, solver, step, err));
	TRY(cache_keep(made, solver, key, err));
	return cache_remember(solver, step, recipe, err);
}

/* A key stands for the result that it would have. */
static int
pretend_step(struct solver *solver, const struct step *step, const struct recipe *recipe,
	     const char *key)
{
	solver->results[step->number].identity = arena_text(solver->arena, key);
	buffer_add_format(solver->keys, "%s %s\n", key, plan_step_title(step, solver->arena));
	for (const char *line = buffer_text(&recipe->text); *line != '\0';) {
		size_t n = strcspn(line, "\n") + 1;
		buffer_add_char(solver->keys, '\t');
		buffer_add(solver->keys, line, n);
		line += n;
	}
	return 0;
}

static int
solve_step(struct solver *solver, const struct step *step, struct error *err)
{
	scoped_recipe recipe = { 0 };
	struct cached made = { 0 };
	char key[HASH_TEXT_SIZE];

	TRY(write_recipe(&recipe, solver, step, err));
	cache_key(key, step, &recipe);
	if (solver->pretend)
		return pretend_step(solver, step, &recipe, key);
	if (!solver->no_cache && GET(cache_find(&made, solver, key, err)) == 0) {
		progress_cached(solver->progress);
		add_layer(solver, step, &made);
		return 0;
	}
	TRY(do_step(&made, solver, step, &recipe, key, err));
	progress_end(solver->progress);
	add_layer(solver, step, &made);
	return 0;
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int
solve_any(struct solver *solver, const struct step *step, struct error *err)
{
	if (!solver->pretend)
		progress_begin(solver->progress, plan_step_title(step, solver->arena));
	if (step->op->execute == NULL) {
		take_image(solver, step);
		if (!solver->pretend)
			progress_cached(solver->progress);
		return 0;
	}
	if (solve_step(solver, step, err) == 0)
		return 0;
	if (!solver->pretend)
		progress_fail(solver->progress);
	return dockerfile_blame(solver->file, step->statement, err);
}

int
solve_run(struct solver *solver, struct error *err)
{
	const struct step_list *steps = &solver->plan->steps;

	solver->results = arena_alloc(solver->arena, (steps->count + 1) * sizeof(*solver->results));
	solver->results[0].identity = identify(&solver->results[0].diff_ids, solver->arena);
	FOR_EACH(step, steps)
		TRY(solve_any(solver, *step, err));
	return 0;
}
