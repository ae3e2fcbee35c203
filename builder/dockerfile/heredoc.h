/* SPDX-License-Identifier: Apache-2.0 */
/*
 * <<EOF in RUN, COPY and ADD: which words of a line are heredocs, what their delimiters say, and
 * what becomes of their bodies. The bodies are lines.c's to read.
 *
 * Text lives in the arena given.
 */
#ifndef COOPERAGE_HEREDOC_H
#define COOPERAGE_HEREDOC_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

#define HEREDOC_OF_COMMAND SIZE_MAX

struct heredoc {
	const char *name;    /* the delimiter without quotes; the file's name for COPY and ADD */
	const char *content; /* as in the file, tabs not chomped, with the last newline */
	size_t operand;      /* the index of the one it is; HEREDOC_OF_COMMAND: a part of RUN's */
	unsigned fd;         /* the digits before <<, 0 if there are none */
	bool expand;         /* no part of the delimiter was quoted */
	bool chomp;          /* <<- */
};

struct heredoc_list {
	struct heredoc *items;
	size_t count;
};

/* Everything but the content, from one word. Returns 1 if the word is no heredoc. */
int heredoc_read(struct heredoc *heredoc, const char *word, struct arena *arena, struct error *err);

/* Those of a line, in order. Where quotes do not close there are none: that is for the shell. */
int heredoc_find(struct heredoc_list *out, const char *line, struct arena *arena,
		 struct error *err);

/* The content as the file or script it becomes: tabs chomped if it was <<-. */
const char *heredoc_text(struct arena *arena, const struct heredoc *heredoc);

/* The line with all bodies and their ends behind it, as a shell or the next parser reads it. */
const char *heredoc_join(struct arena *arena, const char *line,
			 const struct heredoc_list *heredocs);

#endif
