/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes → logical lines: directives and comments gone, continuations joined.
 *
 * A reader is asked for one line after the other, since only the instruction on a line says whether
 * bodies of heredocs follow it. Texts live in the arena, the bytes must live as long as the reader.
 * Knows nothing of instructions.
 */
#ifndef COOPERAGE_LINES_H
#define COOPERAGE_LINES_H

#include "builder/dockerfile/heredoc.h"
#include "libcommon/list.h"

#define LINES_LONGEST 65535 /* bytes of a line in the file */

struct line_range {
	unsigned first, last; /* both inclusive, from 1; 0 if there is no line to blame */
};

struct directive {
	const char *name; /* lower case: syntax, escape, check */
	const char *value;
	unsigned line;
};

struct directive_list {
	struct directive *items;
	size_t count;
};

struct lines {
	struct arena *arena;
	const char *at, *end;
	unsigned number; /* of the line last read */
	char escape;
	struct directive_list directives;
	bool in_directives;        /* nothing but directives so far */
	bool after_shebang;        /* a line for the kernel comes before them */
	struct text_list comments; /* since the last instruction */
};

struct line {
	const char *text;
	struct line_range lines;
	struct text_list comments;
	bool has_gap; /* a blank line within a continuation */
};

void lines_open(struct lines *lines, struct arena *arena, const char *bytes, size_t n);

/* The next line that says something. Returns 1 at the end. A failure is of lines->number. */
int lines_next(struct lines *lines, struct line *line, struct error *err);

/* The body of a heredoc, past its end. */
int lines_read_body(struct lines *lines, struct heredoc *heredoc, struct error *err);

#endif
