/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/describe.h"

#include <stdlib.h>

#include "builder/build/pairs.h"
#include "builder/dockerfile/ports.h"
#include "libcommon/text.h"

int
describe_plan_label(struct planner *planner, const struct statement *statement, struct error *err)
{
	scoped_buffer told = { 0 };

	FOR_EACH(pair, &statement->pairs) {
		const char *key, *value;

		TRY(planner_expand(&key, planner, pair->key, err));
		TRY(planner_expand(&value, planner, pair->value, err));
		if (key[0] == '\0')
			return fail(err, "the name \"%s\" is blank", pair->key);
		pairs_set(&planner->here->labels, planner->arena, key, value);
		buffer_add_format(&told, " %s=%s", key, value);
	}
	planner_add_history(planner, NULL, "LABEL%s", buffer_text(&told));
	return 0;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

int
describe_plan_expose(struct planner *planner, const struct statement *statement, struct error *err)
{
	struct text_list *known = &planner->here->config.exposed_ports;
	struct text_list ports = { 0 };

	FOR_EACH(operand, &statement->operands) {
		struct text_list words = { 0 };

		TRY(planner_expand_words(&words, planner, *operand, err));
		FOR_EACH(word, &words)
			TRY(ports_read(&ports, NULL, *word, planner->arena, err));
	}
	FOR_EACH(port, &ports)
		pairs_add_text_once(known, planner->arena, *port);
	if (known->count > 1)
		qsort(known->items, known->count, sizeof(*known->items), compare_texts);
	planner_add_history(planner, NULL, "EXPOSE [%s]", text_join(planner->arena, &ports, " "));
	return 0;
}

int
describe_plan_volume(struct planner *planner, const struct statement *statement, struct error *err)
{
	struct text_list paths = { 0 };

	FOR_EACH(operand, &statement->operands) {
		const char *path;

		TRY(planner_expand(&path, planner, *operand, err));
		if (path[0] == '\0')
			return fail(err, "the path \"%s\" is blank", *operand);
		pairs_add_text_once(&planner->here->config.volumes, planner->arena, path);
		list_add(&paths, planner->arena, path);
	}
	planner_add_history(planner, NULL, "VOLUME [%s]", text_join(planner->arena, &paths, " "));
	return 0;
}

int
describe_plan_maintainer(struct planner *planner, const struct statement *statement,
			 struct error *err)
{
	(void) err;
	planner->here->author = statement->operands.items[0];
	planner_add_history(planner, NULL, "MAINTAINER %s", planner->here->author);
	return 0;
}
