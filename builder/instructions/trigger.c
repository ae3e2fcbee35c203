/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/trigger.h"

#include "builder/dockerfile/heredoc.h"
#include "builder/dockerfile/parse.h"

int
trigger_plan(struct planner *planner, const struct statement *statement, struct error *err)
{
	const struct statement *waits = statement->trigger;
	const char *text = heredoc_join(planner->arena, waits->text, &waits->heredocs);

	(void) err; /* what waits was judged when it was parsed */
	list_add(&planner->here->config.on_build, planner->arena, text);
	planner_add_history(planner, NULL, "ONBUILD %s", text);
	return 0;
}

int
trigger_fire(struct planner *planner, const struct statement *from, struct error *err)
{
	const struct text_list waiting = planner->here->config.on_build;

	planner->here->config.on_build = (struct text_list){ 0 };
	FOR_EACH(text, &waiting) {
		struct statement *statement = arena_new(planner->arena, struct statement);

		if (parse_trigger(statement, planner->arena, *text, err) < 0)
			return error_prefixf(err, "the trigger \"%s\" of the image", *text);
		statement->lines = from->lines;
		TRY(planner_obey(planner, statement, err));
	}
	return 0;
}
