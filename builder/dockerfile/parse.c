/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/parse.h"

#include "builder/dockerfile/judge.h"
#include "builder/dockerfile/lines.h"
#include "builder/dockerfile/statement.h"
#include "libcommon/text.h"

/* "Dockerfile:12: COPY: …", and the lines for the excerpt. */
static int
blame(struct dockerfile *file, const struct lines *lines, const struct statement *statement,
      struct error *err)
{
	if (statement != NULL && statement->row != NULL)
		return dockerfile_blame(file, statement, err);
	file->wrong = statement != NULL ? statement->lines
					: (struct line_range){ lines->number, lines->number };
	return error_prefixf(err, "%s:%u", file->name, file->wrong.first);
}

static int
read_statements(struct dockerfile *file, struct lines *lines, struct error *err)
{
	struct line line = { 0 };

	for (;;) {
		struct statement statement = { 0 };
		int end = lines_next(lines, &line, err);
		if (end > 0)
			return 0;
		if (end < 0)
			return blame(file, lines, NULL, err);
		if (statement_read(&statement, lines, &line, err) < 0 ||
		    judge_statement(&statement, lines->arena, err) < 0)
			return blame(file, lines, &statement, err);
		if (line.has_gap)
			list_add(&file->remarks, lines->arena,
				 (struct remark){ "NoEmptyContinuation", line.text, line.lines });
		list_add(&file->statements, lines->arena, statement);
	}
}

static struct stage
begin_stage(const struct statement *from, struct arena *arena)
{
	return (struct stage){
		.name = from->operands.count == 3 ? text_lower(arena, from->operands.items[2])
						  : NULL,
		.base = from->operands.items[0],
		.flags = from->flags,
		.from = from,
		.statements = from + 1,
	};
}

/* Deals the statements out to the stages. */
static int
find_stages(struct dockerfile *file, struct arena *arena, struct error *err)
{
	file->globals.items = file->statements.items;
	FOR_EACH(statement, &file->statements) {
		size_t begun = file->stages.count;
		if (statement->row->id == INSTRUCTION_FROM) {
			list_add(&file->stages, arena, begin_stage(statement, arena));
		} else if (begun > 0) {
			file->stages.items[begun - 1].count++;
		} else if (statement->row->id == INSTRUCTION_ARG) {
			file->globals.count++;
		} else {
			(void) fail(err, "stands before the first FROM, where only ARG may");
			return dockerfile_blame(file, statement, err);
		}
	}
	if (file->stages.count > 0)
		return 0;
	return fail(err, "%s: there is no FROM, so there is nothing to build", file->name);
}

static int
read_checks(struct dockerfile *file, struct arena *arena, struct error *err)
{
	FOR_EACH(directive, &file->directives) {
		if (strcmp(directive->name, "check") != 0 ||
		    lint_options_read(&file->lint, directive->value, arena, err) == 0)
			continue;
		file->wrong = (struct line_range){ directive->line, directive->line };
		return error_prefixf(err, "%s:%u: check", file->name, directive->line);
	}
	return 0;
}

int
parse_file(struct dockerfile *file, struct arena *arena, const char *name, const char *bytes,
	   size_t n, struct error *err)
{
	struct lines lines;

	*file = (struct dockerfile){ .name = name, .bytes = bytes, .length = n };
	lines_open(&lines, arena, bytes, n);
	TRY(read_statements(file, &lines, err));
	file->escape = lines.escape;
	file->directives = lines.directives;
	TRY(read_checks(file, arena, err));
	if (file->statements.count == 0)
		return fail(err, "%s: there is no instruction in it", name);
	return find_stages(file, arena, err);
}

int
parse_trigger(struct statement *statement, struct arena *arena, const char *text, struct error *err)
{
	struct lines lines;
	struct line line = { 0 };
	const char *word;

	*statement = (struct statement){ 0 };
	lines_open(&lines, arena, text, strlen(text));
	if (GET(lines_next(&lines, &line, err)) > 0)
		return fail(err, "the trigger is empty");
	int result = statement_read(statement, &lines, &line, err);
	if (result == 0)
		result = judge_statement(statement, arena, err);
	word = statement->row != NULL ? statement->row->word : NULL;
	if (result == 0 && statement->row->no_trigger)
		result = fail(err, "cannot wait for a child image");
	if (result == 0 && lines_next(&lines, &line, err) != 1)
		result = fail(err, "more than one instruction in a trigger");
	if (result < 0 && word != NULL)
		return error_prefix(err, word);
	return result;
}
