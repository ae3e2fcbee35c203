/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file as it was understood: a line per stage and statement, and indented below it what was
 * given. Text is in quotes, with escapes for what would break a line.
 */
#include "builder/dockerfile/dockerfile.h"
#include "builder/dockerfile/duration.h"
#include "libcommon/word.h"

static void
print_text(struct buffer *out, const char *text)
{
	buffer_add_char(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char) *text;
		if (c == '"' || c == '\\')
			buffer_add_format(out, "\\%c", c);
		else if (c == '\n' || c == '\t')
			buffer_add_text(out, c == '\n' ? "\\n" : "\\t");
		else if (c < 0x20 || c == 0x7f)
			buffer_add_format(out, "\\x%02x", c);
		else
			buffer_add_char(out, *text);
	}
	buffer_add_char(out, '"');
}

static void
print_name(struct buffer *out, const char *indent, const char *name)
{
	buffer_add_text(out, indent);
	buffer_add_text(out, name);
}

/* "name "value"" on a line of its own. */
static void
print_line(struct buffer *out, const char *indent, const char *name, const char *text)
{
	print_name(out, indent, name);
	buffer_add_char(out, ' ');
	print_text(out, text);
	buffer_add_char(out, '\n');
}

static void
print_lines(struct buffer *out, struct line_range lines)
{
	if (lines.first == lines.last)
		buffer_add_format(out, "%u", lines.first);
	else
		buffer_add_format(out, "%u-%u", lines.first, lines.last);
}

/* ---- flags -------------------------------------------------------------------------------- */

/* What a flag was bound to, if it was given. */
static void
print_flag(struct buffer *out, const char *indent, const struct flag *flag, const void *place)
{
	scoped_arena arena = { 0 };
	const struct text_list *list = place;
	const int64_t *number = place;
	const bool *claim = flag->kind == FLAG_KIND_OPTIONAL ? *(const bool *const *) place : place;
	const char *name = arena_format(&arena, "--%s", flag->name), *text;

	switch (flag->kind) {
	case FLAG_KIND_BOOL:
	case FLAG_KIND_OPTIONAL:
		if (claim != NULL && (*claim || flag->kind == FLAG_KIND_OPTIONAL))
			print_line(out, indent, name, *claim ? "true" : "false");
		break;
	case FLAG_KIND_TEXT:
		text = *(const char *const *) place;
		if (text != NULL)
			print_line(out, indent, name, text);
		break;
	case FLAG_KIND_LIST:
		FOR_EACH(item, list)
			print_line(out, indent, name, *item);
		break;
	case FLAG_KIND_WORD:
		if (*(const int32_t *) place != 0)
			print_line(out, indent, name,
				   word_text(flag->words, *(const int32_t *) place));
		break;
	case FLAG_KIND_TIME:
		if (*number != 0)
			print_line(out, indent, name, duration_text(&arena, *number));
		break;
	case FLAG_KIND_NUMBER:
		if (*number != 0)
			print_line(out, indent, name,
				   arena_format(&arena, "%jd", (intmax_t) *number));
		break;
	}
}

static void
print_flags(struct buffer *out, const char *indent, const struct statement *statement)
{
	const struct flag *flag = statement->flags != NULL ? statement->row->flags : NULL;

	for (; flag != NULL && flag->name != NULL; flag++)
		print_flag(out, indent, flag, (const char *) statement->flags + flag->offset);
}

/* ---- operands ----------------------------------------------------------------------------- */

static const char *
operand_name(const struct statement *statement, size_t index)
{
	if (dockerfile_heredoc_at(statement, index) != NULL)
		return "heredoc";
	switch (statement->row->operands) {
	case OPERANDS_COMMAND:
		return statement->is_json ? "exec" : "shell";
	case OPERANDS_CHECK:
		return index == 0 ? "check" : statement->is_json ? "exec" : "shell";
	default:
		return "word";
	}
}

static void
print_pair(struct buffer *out, const char *indent, const struct pair *pair)
{
	print_name(out, indent, "name ");
	print_text(out, pair->key);
	if (pair->value != NULL) {
		buffer_add_text(out, " = ");
		print_text(out, pair->value);
	}
	buffer_add_char(out, '\n');
}

static void
print_heredoc(struct buffer *out, const char *indent, const struct heredoc *heredoc)
{
	print_name(out, indent, "body ");
	print_text(out, heredoc->name);
	if (heredoc->fd != 0)
		buffer_add_format(out, " fd %u", heredoc->fd);
	buffer_add_text(out, heredoc->expand ? " expanded" : " plain");
	buffer_add_text(out, heredoc->chomp ? " chomped\n" : "\n");
	for (const char *line = heredoc->content; *line != '\0';) {
		scoped_arena arena = { 0 };
		size_t n = strcspn(line, "\n");
		n += line[n] == '\n';
		print_line(out, indent, "    ", arena_copy(&arena, line, n));
		line += n;
	}
}

static void
print_parts(struct buffer *out, const char *indent, const struct statement *statement)
{
	print_flags(out, indent, statement);
	for (size_t i = 0; i < statement->operands.count; i++)
		print_line(out, indent, operand_name(statement, i), statement->operands.items[i]);
	FOR_EACH(pair, &statement->pairs)
		print_pair(out, indent, pair);
	FOR_EACH(heredoc, &statement->heredocs)
		print_heredoc(out, indent, heredoc);
	if (statement->trigger != NULL) {
		print_name(out, indent, statement->trigger->row->word);
		buffer_add_char(out, '\n');
		print_parts(out, "        ", statement->trigger);
	}
}

static void
print_statement(struct buffer *out, const struct statement *statement)
{
	print_lines(out, statement->lines);
	buffer_add_format(out, " %s%s\n", statement->row->word,
			  statement->is_legacy ? " (old form)" : "");
	print_parts(out, "    ", statement);
}

void
dockerfile_print(struct buffer *out, const struct dockerfile *file)
{
	FOR_EACH(directive, &file->directives)
		print_line(out, "directive ", directive->name, directive->value);
	FOR_EACH(statement, &file->globals)
		print_statement(out, statement);
	FOR_EACH(stage, &file->stages) {
		buffer_add_format(out, "\nstage %td", stage - file->stages.items);
		if (stage->name != NULL)
			buffer_add_format(out, " %s", stage->name);
		buffer_add_char(out, '\n');
		print_statement(out, stage->from);
		for (size_t i = 0; i < stage->count; i++)
			print_statement(out, &stage->statements[i]);
	}
	FOR_EACH(remark, &file->remarks) {
		buffer_add_format(out, "\nremark %s, line ", remark->rule);
		print_lines(out, remark->lines);
		buffer_add_char(out, '\n');
	}
}
