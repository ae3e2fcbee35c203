/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/dockerfile.h"

#include <strings.h>

#include "libcommon/number.h"

const char *
dockerfile_directive(const struct dockerfile *file, const char *name)
{
	FOR_EACH(directive, &file->directives)
		if (strcmp(directive->name, name) == 0)
			return directive->value;
	return NULL;
}

const struct stage *
dockerfile_stage(const struct dockerfile *file, const char *name)
{
	struct error unused;
	uint64_t index;

	for (size_t i = file->stages.count; i-- > 0;)
		if (file->stages.items[i].name != NULL &&
		    strcasecmp(file->stages.items[i].name, name) == 0)
			return &file->stages.items[i];
	if (number_unsigned(&index, name, INT32_MAX, &unused) == 0 && index < file->stages.count)
		return &file->stages.items[index];
	return NULL;
}

int
dockerfile_blame(struct dockerfile *file, const struct statement *statement, struct error *err)
{
	file->wrong = statement->lines;
	return error_prefixf(err, "%s:%u: %s", file->name, statement->lines.first,
			     statement->row->word);
}

/* ---- the excerpt -------------------------------------------------------------------------- */

/* A line for a terminal: nothing in it may move the cursor. */
static void
write_harmless(struct buffer *out, const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char) line[i];
		if (c == '\r' && i + 1 == n)
			continue;
		buffer_add_char(out, (c < 0x20 && c != '\t') || c == 0x7f ? '?' : line[i]);
	}
}

static unsigned
count_lines(const struct dockerfile *file)
{
	unsigned n = 1;

	for (size_t i = 0; i < file->length; i++)
		n += file->bytes[i] == '\n';
	return n;
}

/* More lines around the wrong ones, the more the fewer those are. */
static struct line_range
widen(struct line_range wrong, unsigned count)
{
	unsigned around = wrong.first == wrong.last ? 2 : 1;

	return (struct line_range){
		.first = wrong.first > around ? wrong.first - around : 1,
		.last = wrong.last + around < count ? wrong.last + around : count,
	};
}

void
dockerfile_excerpt(struct buffer *out, const struct dockerfile *file, struct line_range lines)
{
	const char *at = file->bytes, *end = at + file->length;
	struct line_range shown = widen(lines, count_lines(file));

	if (lines.first == 0)
		return;
	buffer_add_format(out, "%s:%u\n--------------------\n", file->name, lines.first);
	for (unsigned number = 1; number <= shown.last && at < end; number++) {
		const char *newline = memchr(at, '\n', (size_t) (end - at));
		size_t n = (size_t) ((newline != NULL ? newline : end) - at);
		if (number >= shown.first) {
			bool wrong = number >= lines.first && number <= lines.last;
			buffer_add_format(out, "%4u | %s ", number, wrong ? ">>>" : "   ");
			write_harmless(out, at, n);
			buffer_add_char(out, '\n');
		}
		at += n + (newline != NULL);
	}
	buffer_add_text(out, "--------------------\n");
}

/* ---- heredocs ----------------------------------------------------------------------------- */

const struct heredoc *
dockerfile_heredoc_at(const struct statement *statement, size_t operand)
{
	FOR_EACH(heredoc, &statement->heredocs)
		if (heredoc->operand == operand)
			return heredoc;
	return NULL;
}
