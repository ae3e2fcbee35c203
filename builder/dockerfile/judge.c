/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/judge.h"

#include <strings.h>

#include "builder/dockerfile/exec_form.h"
#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/ports.h"
#include "builder/dockerfile/rune.h"
#include "builder/dockerfile/stop_signal.h"
#include "libcommon/text.h"

static const char *
last_operand(const struct statement *statement)
{
	return statement->operands.items[statement->operands.count - 1];
}

/* An expander without variables: it finds quotes that do not close and ${} that make no sense. */
static struct expander
expander_for(const struct statement *statement, struct arena *arena)
{
	return (struct expander){ arena, .escape = statement->escape, .keep_unset = true };
}

/* ---- one for each instruction that needs it ------------------------------------------------ */

static int
judge_paths(const struct statement *statement, struct error *err)
{
	size_t last = statement->operands.count - 1;

	if (dockerfile_heredoc_at(statement, last) != NULL)
		return fail(err, "the destination \"%s\" is a heredoc", last_operand(statement));
	return 0;
}

int
judge_copy(const struct statement *statement, struct arena *arena, struct error *err)
{
	(void) arena;
	for (size_t i = 0; i + 1 < statement->operands.count; i++) {
		const char *source = statement->operands.items[i];
		if (text_after(source, "http://") != NULL || text_after(source, "https://") != NULL)
			return fail(err, "\"%s\" is not in the build context; ADD fetches", source);
	}
	return judge_paths(statement, err);
}

int
judge_add(const struct statement *statement, struct arena *arena, struct error *err)
{
	const struct add_flags *flags = statement->flags;

	(void) arena;
	if (!text_is_empty(flags->checksum) && statement->operands.count > 2)
		return fail(err, "--checksum is for a single source, and there are %zu",
			    statement->operands.count - 1);
	return judge_paths(statement, err);
}

int
judge_expose(const struct statement *statement, struct arena *arena, struct error *err)
{
	struct expander expander = expander_for(statement, arena);
	struct text_list words, unused = { 0 };

	FOR_EACH(operand, &statement->operands) {
		if (strchr(*operand, '$') != NULL)
			continue;
		TRY(expand_words(&words, &expander, *operand, err));
		FOR_EACH(word, &words)
			TRY(ports_read(&unused, NULL, *word, arena, err));
	}
	return 0;
}

static bool
is_stage_name(const char *name)
{
	size_t n =
		strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

	return name[n] == '\0' && strchr("0123456789-_.", name[0]) == NULL;
}

int
judge_from(const struct statement *statement, struct arena *arena, struct error *err)
{
	const char *const *words = statement->operands.items;

	(void) arena;
	if (statement->operands.count == 1)
		return 0;
	if (statement->operands.count == 2 || strcasecmp(words[1], "as") != 0)
		return fail(err, "behind the image \"%s\" may stand only AS and a name, not \"%s\"",
			    words[0], words[1]);
	if (!is_stage_name(words[2]))
		return fail(err,
			    "stage name \"%s\" does not begin with a letter, or has more than "
			    "letters, digits and -_. in it",
			    words[2]);
	return 0;
}

int
judge_healthcheck(const struct statement *statement, struct arena *arena, struct error *err)
{
	const char *word = statement->operands.items[0];

	(void) arena;
	if (strcmp(word, "NONE") == 0) {
		if (statement->operands.count > 1)
			return fail(err, "NONE takes nothing, not \"%s\"",
				    statement->operands.items[1]);
		return 0;
	}
	if (strcmp(word, "CMD") != 0)
		return fail(err, "\"%s\" is neither CMD nor NONE", word);
	if (statement->operands.count == 1)
		return fail(err, "the command behind CMD is missing");
	return 0;
}

int
judge_names(const struct statement *statement, struct arena *arena, struct error *err)
{
	(void) arena;
	FOR_EACH(pair, &statement->pairs)
		if (pair->key[0] == '\0')
			return fail(err, "there is no name before \"=%s\"", pair->value);
	return 0;
}

int
judge_onbuild(const struct statement *statement, struct arena *arena, struct error *err)
{
	if (judge_statement(statement->trigger, arena, err) < 0)
		return error_prefix(err, statement->trigger->row->word);
	return 0;
}

int
judge_shell(const struct statement *statement, struct arena *arena, struct error *err)
{
	(void) arena;
	if (!statement->is_json)
		return fail(err, "needs a JSON array of strings, such as [\"/bin/bash\", \"-c\"]");
	return 0;
}

int
judge_stopsignal(const struct statement *statement, struct arena *arena, struct error *err)
{
	struct expander expander = expander_for(statement, arena);
	const char *signal = last_operand(statement);

	if (strchr(signal, '$') != NULL)
		return 0;
	TRY(expand_text(&signal, &expander, signal, err));
	return stop_signal_check(signal, err);
}

int
judge_volume(const struct statement *statement, struct arena *arena, struct error *err)
{
	(void) arena;
	FOR_EACH(operand, &statement->operands)
		if (*rune_skip_blanks(*operand) == '\0')
			return fail(err, "the path of a volume is empty");
	return 0;
}

/* ---- what holds for all ------------------------------------------------------------------- */

static size_t
count_operands(const struct statement *statement)
{
	return statement->operands.count + statement->pairs.count + (statement->trigger != NULL);
}

/* What those need who wrote quotes around a name with blanks. */
static int
recommend_array(const struct statement *statement, struct error *err)
{
	struct error was = *err;

	if (statement->row->operands != OPERANDS_PATHS || statement->is_json)
		return -1;
	return fail(err, "%s; names with blanks need the form [\"a b\", \"c\"]", was.text);
}

/* Quotes must close and ${} must make sense, whatever the variables will be. */
static int
judge_expansion(const struct statement *statement, struct arena *arena, struct error *err)
{
	struct expander expander = expander_for(statement, arena);
	const char *unused;

	for (size_t i = 0; i < statement->operands.count; i++)
		if (dockerfile_heredoc_at(statement, i) == NULL &&
		    expand_text(&unused, &expander, statement->operands.items[i], err) < 0)
			return recommend_array(statement, err);
	FOR_EACH(pair, &statement->pairs) {
		TRY(expand_text(&unused, &expander, pair->key, err));
		if (pair->value != NULL)
			TRY(expand_text(&unused, &expander, pair->value, err));
	}
	return 0;
}

static int
judge_nul(const struct statement *statement, struct error *err)
{
	FOR_EACH(operand, &statement->operands)
		if (strstr(*operand, EXEC_FORM_NUL) != NULL && statement->is_json)
			return fail(
				err,
				"a string has a \\u0000 in it, which no program could be given");
	return 0;
}

int
judge_statement(struct statement *statement, struct arena *arena, struct error *err)
{
	const struct instruction *row = statement->row;

	TRY(flags_bind(&statement->flags, row, &statement->flag_words, arena, err));
	if (count_operands(statement) < row->min)
		return fail(err, "needs %s", row->needs);
	if (count_operands(statement) > row->max)
		return fail(err, "takes no more than %zu words", row->max);
	TRY(judge_nul(statement, err));
	if (row->expands)
		TRY(judge_expansion(statement, arena, err));
	return row->judge != NULL ? row->judge(statement, arena, err) : 0;
}
