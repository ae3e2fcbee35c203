/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/lint_options.h"

#include <strings.h>

#include "builder/dockerfile/csv.h"
#include "libcommon/text.h"

static void
read_rules(struct text_list *rules, bool *all, const char *value, struct arena *arena)
{
	struct text_list names = text_split(arena, value, ',');

	*all = strcmp(value, "all") == 0;
	if (*all)
		return;
	FOR_EACH(name, &names)
		list_add(rules, arena, text_trimmed(arena, *name));
}

static int
read_option(struct lint_options *options, const char *text, struct arena *arena, struct error *err)
{
	const char *equals = strchr(text, '=');

	if (equals == NULL)
		return fail(err, "\"%s\" has no value", text);
	const char *name = text_trimmed(arena, arena_copy(arena, text, (size_t) (equals - text)));
	const char *value = text_trimmed(arena, equals + 1);

	if (strcmp(name, "skip") == 0)
		read_rules(&options->skip, &options->skip_all, value, arena);
	else if (strcmp(name, "experimental") == 0)
		read_rules(&options->experimental, &options->experimental_all, value, arena);
	else if (strcmp(name, "error") == 0)
		return csv_claim(&options->is_error, value, err);
	else
		return fail(err, "\"%s\" is not one of skip, experimental, error", name);
	return 0;
}

int
lint_options_read(struct lint_options *options, const char *text, struct arena *arena,
		  struct error *err)
{
	struct text_list parts = text_split(arena, text, ';');

	*options = (struct lint_options){ 0 };
	FOR_EACH(part, &parts)
		if (text_trimmed(arena, *part)[0] != '\0')
			TRY(read_option(options, text_trimmed(arena, *part), arena, err));
	return 0;
}

int
lint_options_of_comments(struct lint_options *options, const struct text_list *comments,
			 struct arena *arena, struct error *err)
{
	*options = (struct lint_options){ 0 };
	FOR_EACH(comment, comments) {
		const char *rest = *comment + 5;
		if (strncasecmp(*comment, "check", 5) != 0)
			continue;
		rest += strspn(rest, " \t");
		if (*rest != '=')
			continue;
		/* What follows a blank is for the reader. */
		rest = text_trimmed(arena, rest + 1);
		return lint_options_read(options, arena_copy(arena, rest, strcspn(rest, " ")),
					 arena, err);
	}
	return 1;
}
