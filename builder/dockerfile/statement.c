/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/statement.h"

#include "builder/dockerfile/exec_form.h"
#include "builder/dockerfile/heredoc.h"
#include "builder/dockerfile/rune.h"
#include "builder/dockerfile/words.h"
#include "libcommon/text.h"

static int
find_row(struct statement *statement, const char *word, struct error *err)
{
	const char *nearest;

	statement->word = word;
	statement->row = syntax_find(word);
	if (statement->row != NULL)
		return 0;
	nearest = syntax_nearest(word);
	if (nearest != NULL)
		return fail(err, "there is no instruction \"%s\"; did you mean %s?", word, nearest);
	return fail(err, "there is no instruction \"%s\"", word);
}

/* ---- one function per shape --------------------------------------------------------------- */

/* A JSON array's strings, or the text as it is. */
static int
read_command(struct statement *statement, const char *rest, struct arena *arena, struct error *err)
{
	struct text_list strings;

	statement->is_json = GET(exec_form_read(&strings, rest, arena, err)) == 0;
	if (!statement->is_json && rest[0] != '\0')
		list_add(&statement->operands, arena, rest);
	FOR_EACH(string, &strings)
		if (statement->is_json)
			list_add(&statement->operands, arena, *string);
	return 0;
}

static int
read_check(struct statement *statement, const char *rest, struct arena *arena, struct error *err)
{
	struct pair split;

	if (rest[0] == '\0')
		return 0;
	(void) words_split_name(&split, rest, arena); /* a word alone is judged later */
	list_add(&statement->operands, arena, text_upper(arena, split.key));
	return read_command(statement, split.value, arena, err);
}

static int
read_paths(struct statement *statement, const char *rest, struct arena *arena, struct error *err)
{
	statement->is_json = GET(exec_form_read(&statement->operands, rest, arena, err)) == 0;
	if (statement->is_json)
		return 0;
	statement->operands = statement->row->takes_heredocs && strstr(rest, "<<") != NULL
				      ? words_with_heredocs(rest, arena)
				      : words_between_blanks(rest, arena);
	return 0;
}

static struct pair
split_pair(const char *word, struct arena *arena)
{
	const char *equals = strchr(word, '=');

	if (equals == NULL)
		return (struct pair){ word, NULL };
	return (struct pair){ arena_copy(arena, word, (size_t) (equals - word)), equals + 1 };
}

/* Whether the first word has a "=" decides between the two forms. */
static int
read_pairs(struct statement *statement, const char *rest, struct arena *arena, struct error *err)
{
	struct text_list words = words_quoted(rest, statement->escape, arena);
	struct pair pair;

	statement->is_legacy = words.count > 0 && strchr(words.items[0], '=') == NULL;
	if (statement->is_legacy) {
		if (!words_split_name(&pair, rest, arena))
			return fail(err, "\"%s\" has no value; write %s=value", rest, rest);
		list_add(&statement->pairs, arena, pair);
		return 0;
	}
	FOR_EACH(word, &words) {
		if (strchr(*word, '=') == NULL)
			return fail(err,
				    "there is no = in \"%s\"; quote a value that has blanks in it",
				    *word);
		list_add(&statement->pairs, arena, split_pair(*word, arena));
	}
	return 0;
}

static void
read_names(struct statement *statement, const char *rest, struct arena *arena)
{
	struct text_list words = words_quoted(rest, statement->escape, arena);

	FOR_EACH(word, &words)
		list_add(&statement->pairs, arena, split_pair(*word, arena));
}

static int begin_line(struct statement *statement, struct words_line *line, struct lines *lines,
		      const char *text, struct error *err);
static int finish_line(struct statement *statement, const struct words_line *line,
		       struct lines *lines, struct error *err);

/* What may not wait is refused before it is read: ONBUILD would nest without end. */
static int
read_waiting(struct statement *trigger, struct lines *lines, const char *text, struct error *err)
{
	struct words_line line;

	TRY(begin_line(trigger, &line, lines, text, err));
	if (trigger->row->no_trigger)
		return fail(err, "cannot wait for a child image");
	return finish_line(trigger, &line, lines, err);
}

static int
read_trigger(struct statement *statement, struct lines *lines, const char *rest, struct error *err)
{
	struct statement *trigger = arena_new(lines->arena, struct statement);

	if (rest[0] == '\0')
		return 0;
	trigger->lines = statement->lines;
	statement->trigger = trigger;
	if (read_waiting(trigger, lines, rest, err) < 0)
		return trigger->row != NULL ? error_prefix(err, trigger->row->word) : -1;
	return 0;
}

/* ---- heredocs ----------------------------------------------------------------------------- */

/* The operand that a heredoc is: the next one of that name. */
static void
place_heredoc(struct statement *statement, struct heredoc *heredoc, size_t *from,
	      struct arena *arena)
{
	struct heredoc read;
	struct error unused;

	for (size_t i = *from; i < statement->operands.count; i++) {
		if (heredoc_read(&read, statement->operands.items[i], arena, &unused) != 0 ||
		    strcmp(read.name, heredoc->name) != 0)
			continue;
		heredoc->operand = i;
		*from = i + 1;
		return;
	}
}

static int
read_heredocs(struct statement *statement, struct lines *lines, struct error *err)
{
	size_t from = 0;

	TRY(heredoc_find(&statement->heredocs, statement->text, lines->arena, err));
	FOR_EACH(heredoc, &statement->heredocs) {
		if (statement->row->operands == OPERANDS_PATHS || statement->heredocs.count == 1)
			place_heredoc(statement, heredoc, &from, lines->arena);
		TRY(lines_read_body(lines, heredoc, err));
	}
	return 0;
}

/* ---- the line ----------------------------------------------------------------------------- */

static int
read_operands(struct statement *statement, struct lines *lines, const char *rest, struct error *err)
{
	struct arena *arena = lines->arena;

	switch (statement->row->operands) {
	case OPERANDS_COMMAND:
		return read_command(statement, rest, arena, err);
	case OPERANDS_CHECK:
		return read_check(statement, rest, arena, err);
	case OPERANDS_PATHS:
		return read_paths(statement, rest, arena, err);
	case OPERANDS_WORDS:
		statement->operands = words_between_blanks(rest, arena);
		return 0;
	case OPERANDS_TEXT:
		if (rest[0] != '\0')
			list_add(&statement->operands, arena, rest);
		return 0;
	case OPERANDS_PAIRS:
		return read_pairs(statement, rest, arena, err);
	case OPERANDS_NAMES:
		read_names(statement, rest, arena);
		return 0;
	case OPERANDS_INSTRUCTION:
		return read_trigger(statement, lines, rest, err);
	}
	return 0;
}

static int
begin_line(struct statement *statement, struct words_line *line, struct lines *lines,
	   const char *text, struct error *err)
{
	statement->text = text;
	statement->escape = lines->escape;
	words_split_line(line, text, lines->escape, lines->arena);
	statement->flag_words = line->flags;
	return find_row(statement, line->word, err);
}

static int
finish_line(struct statement *statement, const struct words_line *line, struct lines *lines,
	    struct error *err)
{
	TRY(read_operands(statement, lines, line->rest, err));
	if (statement->row->takes_heredocs && !statement->is_json)
		TRY(read_heredocs(statement, lines, err));
	return 0;
}

int
statement_read(struct statement *statement, struct lines *lines, const struct line *line,
	       struct error *err)
{
	struct words_line words;

	*statement = (struct statement){ .lines = line->lines, .comments = line->comments };
	TRY(begin_line(statement, &words, lines, line->text, err));
	int result = finish_line(statement, &words, lines, err);
	if (lines->number > statement->lines.last)
		statement->lines.last = lines->number;
	return result;
}
