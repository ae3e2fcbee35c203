/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/plan.h"

#include <string.h>

#include "builder/build/pairs.h"
#include "builder/build/planner.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"

int
plan_make(struct plan *plan, struct dockerfile *file, const struct plan_options *options,
	  const struct meaning *meanings, struct arena *arena, struct error *err)
{
	struct planner planner = {
		.plan = plan,
		.arena = arena,
		.file = file,
		.options = options,
		.meanings = meanings,
	};

	*plan = (struct plan){ 0 };
	return planner_run(&planner, err);
}

struct oci_image_config
plan_config(const struct planned_stage *stage, struct arena *arena)
{
	struct oci_image_config config = stage->config;

	config.env = pairs_to_texts(arena, &stage->environment);
	config.labels = stage->labels;
	return config;
}

/* A long instruction was written on several lines, with blanks to please the eye. */
static const char *
squeeze(struct arena *arena, const char *text)
{
	char *squeezed = arena_text(arena, text), *to = squeezed;

	for (const char *from = text; *from != '\0'; from++)
		if (!(*from == ' ' || *from == '\t') || to == squeezed || to[-1] != ' ')
			*to++ = *from == '\t' ? ' ' : *from;
	*to = '\0';
	return squeezed;
}

const char *
plan_step_title(const struct step *step, struct arena *arena)
{
	const struct planned_stage *stage = step->stage;
	const char *text = squeeze(arena, step->text);

	if (step->position == 0)
		return text;
	return arena_format(arena, "[%s%s%zu/%zu] %s", stage->name,
			    stage->name[0] == '\0' ? "" : " ", step->position, stage->steps,
			    step->text);
}

/* ---- as text --------------------------------------------------------------------------------- */

static void
print_step(struct buffer *out, const struct step *step, struct arena *arena)
{
	scoped_recipe recipe = { 0 };

	buffer_add_format(out, "step %zu %s: %s\n", step->number, step->op->name,
			  plan_step_title(step, arena));
	if (step->parent != NULL)
		buffer_add_format(out, "\ton step %zu\n", step->parent->number);
	FOR_EACH(input, &step->inputs)
		buffer_add_format(out, "\twith step %zu\n", (*input)->number);
	step->op->describe(step, &recipe);
	for (const char *line = buffer_text(&recipe.text); *line != '\0';) {
		size_t n = strcspn(line, "\n") + 1;
		buffer_add_char(out, '\t');
		buffer_add(out, line, n);
		line += n;
	}
	buffer_add_char(out, '\n');
}

static void
print_history(struct buffer *out, const struct planned_stage *stage)
{
	FOR_EACH(line, &stage->history) {
		const char *text =
			line->inherited != NULL ? line->inherited->created_by : line->created_by;

		if (line->step != NULL)
			buffer_add_format(out, "\tstep %zu: ", line->step->number);
		else if (line->inherited != NULL && !line->inherited->empty_layer)
			buffer_add_text(out, "\tlayer: ");
		else
			buffer_add_char(out, '\t');
		recipe_quote(out, text == NULL ? "" : text);
		buffer_add_char(out, '\n');
	}
}

void
plan_print(struct buffer *out, const struct plan *plan, struct arena *arena)
{
	const struct planned_stage *target = plan->target;
	struct oci_image_config config = plan_config(target, arena);

	FOR_EACH(step, &plan->steps)
		print_step(out, *step, arena);
	buffer_add_text(out, "image");
	if (target->last != NULL)
		buffer_add_format(out, " on step %zu", target->last->number);
	buffer_add_char(out, '\n');
	print_history(out, target);
	if (!text_is_empty(target->author)) {
		buffer_add_text(out, "author ");
		recipe_quote(out, target->author);
		buffer_add_char(out, '\n');
	}
	buffer_add_text(out, "config ");
	schema_write(&oci_image_config_schema, &config, SCHEMA_PRETTY, out);
}
