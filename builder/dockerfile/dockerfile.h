/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Dockerfile as the planner sees it: stages of statements, with everything that later complaints,
 * lint rules and the history need to quote.
 *
 * Everything lives in the arena that parse_file was given. Nothing is expanded yet: operands,
 * pairs and flags are as they stand in the file, quotes included, and expand.h turns them into
 * values when the variables are known.
 */
#ifndef COOPERAGE_DOCKERFILE_H
#define COOPERAGE_DOCKERFILE_H

#include "builder/dockerfile/flags.h"
#include "builder/dockerfile/instruction.h"
#include "builder/dockerfile/lines.h"
#include "builder/dockerfile/lint_options.h"
#include "libcommon/buffer.h"
#include "libcommon/list.h"

/* One instruction as it was used. */
struct statement {
	const struct instruction *row;
	const char *word; /* as written: a lint rule looks at its case */
	const char *text; /* the logical line, continuations joined, without bodies of heredocs */
	struct line_range lines; /* with continuations and heredocs */
	char escape;             /* for expanding what is in it */

	struct text_list flag_words; /* "--from=x", quotes removed */
	const void *flags; /* the struct of the row (flags.h), filled; NULL if it has no flags */

	/*
	 * Operands by shape (instruction.h):
	 *   COMMAND      is_json: the array's strings; else one text, or none
	 *   CHECK        the word in capitals (CMD or NONE), then as COMMAND
	 *   PATHS WORDS  one text each; PATHS of a JSON array: is_json
	 *   TEXT         one text
	 *   PAIRS NAMES  empty; see pairs
	 *   INSTRUCTION  empty; see trigger
	 */
	struct text_list operands;
	struct pair_list pairs; /* ENV, LABEL, ARG; the value is NULL for an ARG without "=" */
	bool is_json;
	bool is_legacy; /* ENV and LABEL in the form without "=" */

	struct heredoc_list heredocs;
	struct statement *trigger; /* ONBUILD: what waits; images keep its text (heredoc_join) */
	struct text_list comments; /* the block above, a text per line, without "#" */
};

struct statement_list {
	struct statement *items;
	size_t count;
};

struct stage {
	const char *name; /* lower case, or NULL */
	const char *base; /* as written: an image, an earlier stage, "scratch"; not expanded */
	const struct from_flags *flags;
	const struct statement *from;
	const struct statement *statements; /* those after the FROM */
	size_t count;
};

struct stage_list {
	struct stage *items;
	size_t count;
};

/* Found while parsing, not fatal: rule names are those of the build checks. */
struct remark {
	const char *rule;
	const char *text;
	struct line_range lines;
};

struct remark_list {
	struct remark *items;
	size_t count;
};

struct dockerfile {
	const char *name;  /* as complaints call it */
	const char *bytes; /* the caller's */
	size_t length;

	char escape; /* '\\' or '`' */
	struct directive_list directives;
	struct lint_options lint;            /* what the directive says */
	struct statement_list statements; /* all, in order */
	struct statement_list globals;    /* the ARGs before the first FROM: a part of statements */
	struct stage_list stages;
	struct remark_list remarks;

	struct line_range wrong; /* what dockerfile_blame or a failed parse pointed at */
};

/* The value of a directive, or NULL. */
const char *dockerfile_directive(const struct dockerfile *file, const char *name);

/* The last stage of that name in any case, or with that number; NULL if there is none. */
const struct stage *dockerfile_stage(const struct dockerfile *file, const char *name);

/* Puts "Dockerfile:12: COPY: " before the complaint and remembers the lines. Always -1. */
int dockerfile_blame(struct dockerfile *file, const struct statement *statement, struct error *err);

/* The wrong lines, marked with ">>>", and a few around them; nothing if no line is known. */
void dockerfile_excerpt(struct buffer *out, const struct dockerfile *file, struct line_range lines);

/* What `cooper build --print=file` shows. Stable: goldens compare it. */
void dockerfile_print(struct buffer *out, const struct dockerfile *file);

/* The heredoc that an operand is (a source of COPY or ADD, all of a RUN), or NULL. */
const struct heredoc *dockerfile_heredoc_at(const struct statement *statement, size_t operand);

#endif
