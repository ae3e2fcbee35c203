/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/variable.h"

#include "builder/build/pairs.h"
#include "libcommon/buffer.h"

/* All values see the variables as they were before: ENV a=1 b=$a gives b the old a. */
int
variable_plan_env(struct planner *planner, const struct statement *statement, struct error *err)
{
	scoped_buffer told = { 0 };
	struct pair_list fresh = { 0 };

	FOR_EACH(pair, &statement->pairs) {
		struct pair set = { 0 };

		TRY(planner_expand(&set.key, planner, pair->key, err));
		TRY(planner_expand(&set.value, planner, pair->value, err));
		if (set.key[0] == '\0')
			return fail(err, "the name \"%s\" is blank", pair->key);
		list_add(&fresh, planner->arena, set);
		buffer_add_format(&told, " %s=%s", set.key, set.value);
	}
	FOR_EACH(set, &fresh) {
		pairs_set(&planner->here->variables, planner->arena, set->key, set->value);
		pairs_set(&planner->here->environment, planner->arena, set->key, set->value);
	}
	planner_add_history(planner, NULL, "ENV%s", buffer_text(&told));
	return 0;
}

/* What --build-arg says, else the default, else what was said before the first FROM; or nothing. */
static int
find_value(const char **value, struct planner *planner, const struct pair *arg, struct error *err)
{
	*value = pairs_get(&planner->options->args, arg->key);
	if (*value == NULL && arg->value != NULL)
		return planner_expand(value, planner, arg->value, err);
	if (*value == NULL)
		*value = pairs_get(&planner->globals, arg->key);
	return 0;
}

int
variable_plan_arg(struct planner *planner, const struct statement *statement, struct error *err)
{
	scoped_buffer told = { 0 };

	FOR_EACH(arg, &statement->pairs) {
		const char *value;

		TRY(find_value(&value, planner, arg, err));
		if (value != NULL)
			pairs_set(&planner->here->variables, planner->arena, arg->key, value);
		pairs_set(&planner->here->args, planner->arena, arg->key,
			  value == NULL ? "" : value);
		buffer_add_format(&told, value == NULL ? " %s" : " %s=%s", arg->key, value);
	}
	planner_add_history(planner, NULL, "ARG%s", buffer_text(&told));
	return 0;
}
