/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/from.h"

#include "builder/build/pairs.h"
#include "builder/instructions/trigger.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static int
read_platform(struct planner *planner, const struct from_flags *flags, struct error *err)
{
	const char *text;

	if (flags->platform == NULL)
		return 0;
	TRY(planner_expand_global(&text, planner, flags->platform, err));
	if (text[0] == '\0')
		return fail(err, "the platform \"%s\" is blank", flags->platform);
	return platform_parse(&planner->here->platform, planner->arena, text,
			      &planner->options->platform, err);
}

/* Lists are copied: what the one adds must not appear in the other. */
static struct oci_image_config
copy_config(struct arena *arena, const struct oci_image_config *from)
{
	struct oci_image_config config = *from;

	config.exposed_ports = pairs_copy_texts(arena, &from->exposed_ports);
	config.volumes = pairs_copy_texts(arena, &from->volumes);
	config.on_build = pairs_copy_texts(arena, &from->on_build);
	return config;
}

static void
begin_with_stage(struct planner *planner, const struct planned_stage *base)
{
	struct planned_stage *here = planner->here;
	struct arena *arena = planner->arena;

	here->last = base->last;
	here->variables = pairs_copy(arena, &base->variables);
	here->args = pairs_copy(arena, &base->args);
	here->environment = pairs_copy(arena, &base->environment);
	here->labels = pairs_copy(arena, &base->labels);
	here->config = copy_config(arena, &base->config);
	FOR_EACH(line, &base->history)
		list_add(&here->history, arena, *line);
	here->platform = base->platform;
	here->author = base->author;
	here->base = base->base;
}

static void
begin_with_image(struct planner *planner, const struct image_source *source)
{
	static const struct oci_image_config nothing;
	struct planned_stage *here = planner->here;
	const struct oci_image *image = &source->base->image->config;
	const struct oci_image_config *config = image->config == NULL ? &nothing : image->config;

	here->last = source->step;
	here->base = source->base;
	here->author = image->author;
	here->config = copy_config(planner->arena, config);
	if (!text_is_empty(config->working_dir))
		here->config.working_dir = path_join(planner->arena, "/", config->working_dir);
	here->environment = pairs_from_texts(planner->arena, &config->env);
	here->labels = pairs_copy(planner->arena, &config->labels);
	FOR_EACH(line, &image->history)
		list_add(&here->history, planner->arena,
			 (struct planned_history){ .inherited = line });
}

int
from_plan(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct stage *stage = planner->here->stage;
	const struct planned_stage *base;
	const struct image_source *source;
	const char *name;

	TRY(planner_expand_global(&name, planner, stage->base, err));
	if (name[0] == '\0')
		return fail(err, "the image to begin with is blank: \"%s\" expands to nothing",
			    stage->base);
	TRY(read_platform(planner, stage->flags, err));
	if (GET(planner_stage_for_from(&base, planner, name, err)) == 0) {
		begin_with_stage(planner, base);
		return trigger_fire(planner, statement, err);
	}
	if (!text_equal(name, "scratch")) {
		TRY(planner_find_image(&source, planner, name, statement, err));
		begin_with_image(planner, source);
	}
	if (pairs_get(&planner->here->environment, "PATH") == NULL)
		pairs_set(&planner->here->environment, planner->arena, "PATH", DEFAULT_PATH);
	planner->here->variables = pairs_copy(planner->arena, &planner->here->environment);
	return trigger_fire(planner, statement, err);
}
