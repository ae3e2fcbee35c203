/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/planner.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "builder/build/op_source.h"
#include "builder/build/pairs.h"
#include "builder/dockerfile/expand.h"
#include "libcommon/number.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

/* Stages that wait for each other; far beyond what anybody writes, and small for the stack. */
#define DEPTH_LIMIT 1000

/* ---- variables ------------------------------------------------------------------------------- */

static const char *
look_up(void *variables, const char *name)
{
	return pairs_get(variables, name);
}

static struct expander
expander_of(struct planner *planner, struct pair_list *variables)
{
	return (struct expander){
		.arena = planner->arena,
		.lookup = look_up,
		.variables = variables,
		.escape = planner->escape,
	};
}

struct expander
planner_expander(struct planner *planner)
{
	return expander_of(planner, &planner->here->variables);
}

int
planner_expand(const char **out, struct planner *planner, const char *text, struct error *err)
{
	struct expander expander = planner_expander(planner);

	return expand_text(out, &expander, text, err);
}

int
planner_expand_words(struct text_list *out, struct planner *planner, const char *text,
		     struct error *err)
{
	struct expander expander = planner_expander(planner);

	return expand_words(out, &expander, text, err);
}

int
planner_expand_global(const char **out, struct planner *planner, const char *text,
		      struct error *err)
{
	struct expander expander = expander_of(planner, &planner->globals);

	return expand_text(out, &expander, text, err);
}

/* The names that a Dockerfile may declare to learn what is built where. */
static void
declare_platform(struct planner *planner, const char *side)
{
	const struct oci_platform *p = &planner->options->platform;
	struct arena *arena = planner->arena;
	const char *variant = p->variant == NULL ? "" : p->variant;
	const char *whole = arena_format(arena, "%s/%s%s%s", p->os, p->architecture,
					 variant[0] == '\0' ? "" : "/", variant);
	const struct pair rows[] = {
		{ "PLATFORM", whole },
		{ "OS", p->os },
		{ "ARCH", p->architecture },
		{ "VARIANT", variant },
		{ "OSVERSION", p->os_version == NULL ? "" : p->os_version },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		pairs_set(&planner->globals, arena, arena_format(arena, "%s%s", side, rows[i].key),
			  rows[i].value);
}

static int
declare_globals(struct planner *planner, const struct stage *target, struct error *err)
{
	planner->escape = planner->file->escape;
	declare_platform(planner, "BUILD");
	declare_platform(planner, "TARGET");
	pairs_set(&planner->globals, planner->arena, "TARGETSTAGE",
		  target->name == NULL ? "default" : target->name);
	FOR_EACH(known, &planner->globals) {
		const char *given = pairs_get(&planner->options->args, known->key);
		if (given != NULL)
			known->value = given;
	}

	FOR_EACH(statement, &planner->file->globals)
		FOR_EACH(arg, &statement->pairs) {
			const char *value = pairs_get(&planner->options->args, arg->key);

			if (value == NULL && arg->value != NULL &&
			    planner_expand_global(&value, planner, arg->value, err) < 0)
				return dockerfile_blame(planner->file, statement, err);
			if (value != NULL)
				pairs_set(&planner->globals, planner->arena, arg->key, value);
		}
	return 0;
}

/* ---- stages ---------------------------------------------------------------------------------- */

static const char *
name_of_stage(const struct planner *planner, size_t number)
{
	const struct stage *stage = &planner->file->stages.items[number];

	if (stage->name != NULL)
		return stage->name;
	if (planner->file->stages.count == 1)
		return "";
	return arena_format(planner->arena, "stage-%zu", number);
}

static int
plan_instructions(struct planner *planner, const struct stage *stage, struct error *err)
{
	TRY(planner_obey(planner, stage->from, err));
	for (size_t i = 0; i < stage->count; i++)
		TRY(planner_obey(planner, &stage->statements[i], err));
	return 0;
}

static int
need_stage(struct planner *planner, size_t number, struct error *err)
{
	struct planned_stage *waiting = planner->here;
	struct planned_stage *stage;

	if (planner->stages[number] != NULL)
		return 0;
	if (++planner->depth > DEPTH_LIMIT)
		return fail(err, "more than %d stages wait for each other", DEPTH_LIMIT);
	stage = arena_new(planner->arena, struct planned_stage);
	stage->stage = &planner->file->stages.items[number];
	stage->name = name_of_stage(planner, number);
	stage->platform = planner->options->platform;
	planner->stages[number] = stage;
	planner->here = stage;
	TRY(plan_instructions(planner, stage->stage, err));
	planner->here = waiting;
	planner->depth--;
	return 0;
}

static size_t
number_here(const struct planner *planner)
{
	return (size_t) (planner->here->stage - planner->file->stages.items);
}

int
planner_stage_for_from(const struct planned_stage **stage, struct planner *planner,
		       const char *name, struct error *err)
{
	const char *lower = text_lower(planner->arena, name);

	for (size_t i = number_here(planner); i-- > 0;)
		if (text_equal(planner->file->stages.items[i].name, lower)) {
			TRY(need_stage(planner, i, err));
			*stage = planner->stages[i];
			return 0;
		}
	return 1;
}

int
planner_tree_named(const struct step **tree, struct planner *planner, const char *name,
		   struct error *err)
{
	const struct stage *stage = dockerfile_stage(planner->file, name);
	const struct image_source *source;

	if (stage == NULL && number_is_decimal(name))
		return fail(err, "there is no stage %s: the first is 0, the last is %zu", name,
			    planner->file->stages.count - 1);
	if (stage != NULL) {
		size_t number = (size_t) (stage - planner->file->stages.items);

		if (number >= number_here(planner))
			return fail(err,
				    "the stage \"%s\" must stand before the one that takes from it",
				    name);
		TRY(need_stage(planner, number, err));
		*tree = planner->stages[number]->last;
		return 0;
	}
	if (strcasecmp(name, "scratch") == 0) {
		*tree = NULL;
		return 0;
	}
	TRY(planner_find_image(&source, planner, name, NULL, err));
	*tree = source->step;
	return 0;
}

/* ---- images ---------------------------------------------------------------------------------- */

int
planner_find_image(const struct image_source **source, struct planner *planner,
		   const char *reference, const struct statement *from, struct error *err)
{
	const struct image_finder *finder = planner->options->finder;
	struct base_image *base;

	const char *platform = platform_text(&planner->here->platform, planner->arena);

	FOR_EACH(known, &planner->found)
		if (strcmp(known->reference, reference) == 0 &&
		    strcmp(known->platform, platform) == 0) {
			*source = known;
			return 0;
		}

	base = arena_new(planner->arena, struct base_image);
	TRY(finder->find(finder->data, base, reference, &planner->here->platform, planner->arena,
			 err));
	struct step *step = arena_new(planner->arena, struct step);
	*step = (struct step){
		.number = planner->plan->steps.count + 1,
		.op = &op_source,
		.details = base,
		.stage = planner->here,
		.position = from == NULL ? 0 : ++planner->here->steps,
		.text = arena_format(planner->arena, "FROM %s", base->name),
		.statement = from,
	};
	list_add(&planner->plan->steps, planner->arena, step);
	list_add(&planner->found, planner->arena,
		 (struct image_source){
			 .reference = reference,
			 .platform = platform,
			 .base = base,
			 .step = step,
		 });
	*source = &planner->found.items[planner->found.count - 1];
	return 0;
}

/* ---- what is added --------------------------------------------------------------------------- */

const struct step *
planner_add_step(struct planner *planner, struct step step)
{
	struct step *added = arena_new(planner->arena, struct step);

	*added = step;
	added->number = planner->plan->steps.count + 1;
	added->parent = planner->here->last;
	added->stage = planner->here;
	added->position = ++planner->here->steps;
	if (added->text == NULL)
		added->text = step.statement->text;
	list_add(&planner->plan->steps, planner->arena, added);
	planner->here->last = added;
	return added;
}

void
planner_add_history(struct planner *planner, const struct step *step, const char *format, ...)
{
	scoped_text text = NULL;
	va_list args;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		abort();
	va_end(args);
	list_add(&planner->here->history, planner->arena,
		 (struct planned_history){
			 .created_by = arena_text(planner->arena, text),
			 .author = planner->here->author,
			 .step = step,
		 });
}

int
planner_obey(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct meaning *meaning = &planner->meanings[statement->row->id];
	char escape = planner->escape;

	planner->escape = statement->escape;
	int result = meaning->plan(planner, statement, err);
	planner->escape = escape;
	/* What went wrong in a stage that this one needs has its line already. */
	if (result < 0 && planner->file->wrong.first == 0)
		return dockerfile_blame(planner->file, statement, err);
	return result;
}

const char *
planner_directory(const struct planner *planner)
{
	const char *directory = planner->here->config.working_dir;

	return text_is_empty(directory) ? "/" : directory;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static int
refuse_target(const struct planner *planner, const char *wanted, struct error *err)
{
	const char *nearest = NULL;
	unsigned best = 3;

	FOR_EACH(stage, &planner->file->stages) {
		unsigned distance = stage->name == NULL ? best : text_distance(wanted, stage->name);
		if (distance < best) {
			best = distance;
			nearest = stage->name;
		}
	}
	if (nearest != NULL)
		return fail(err, "there is no stage \"%s\" to build; did you mean \"%s\"?", wanted,
			    nearest);
	return fail(err, "there is no stage \"%s\" to build", wanted);
}

int
planner_run(struct planner *planner, struct error *err)
{
	const struct stage_list *stages = &planner->file->stages;
	const char *wanted = planner->options->target;
	const struct stage *target = &stages->items[stages->count - 1];

	if (wanted != NULL)
		target = dockerfile_stage(planner->file, wanted);
	if (target == NULL)
		return refuse_target(planner, wanted, err);

	planner->stages = arena_alloc(planner->arena, stages->count * sizeof(*planner->stages));
	TRY(declare_globals(planner, target, err));
	TRY(need_stage(planner, (size_t) (target - stages->items), err));

	struct planned_stage *built = planner->stages[target - stages->items];
	FOR_EACH(label, &planner->options->labels)
		pairs_set(&built->labels, planner->arena, label->key, label->value);
	planner->plan->target = built;
	planner->plan->epoch = pairs_get(&planner->options->args, "SOURCE_DATE_EPOCH");
	if (planner->plan->epoch == NULL)
		planner->plan->epoch = pairs_get(&planner->globals, "SOURCE_DATE_EPOCH");
	return 0;
}
