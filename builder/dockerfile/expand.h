/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shell-like expansion: $name, ${name:-word} and its relations, quotes and escapes.
 *
 * The modifiers are :- - :+ + :? ? # ## % %% / and //; there is no command substitution and no
 * arithmetic. What is returned lives in the expander's arena. Knows no variables: they are asked
 * for one by one.
 */
#ifndef COOPERAGE_EXPAND_H
#define COOPERAGE_EXPAND_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

/* Bytes that the variables of one text may come to: ${a//b/c} within itself multiplies. */
#define EXPAND_MOST ((size_t) 1 << 20)

struct expander {
	struct arena *arena;
	/* The value of a variable, or NULL if it is not set. NULL as function: nothing is set. */
	const char *(*lookup)(void *variables, const char *name);
	void *variables;
	char escape; /* '\\' or '`', as the file's directive says */

	/* Departures from how a word is read; all false for ordinary operands. */
	bool plain_quotes; /* quotes are ordinary characters: bodies of heredocs */
	bool keep_quotes;  /* quotes quote but stay: finding heredocs */
	bool keep_escapes; /* escapes escape but stay */
	bool keep_unset;   /* a variable that is not set stays as it is written */

	/* Grown by each call: names that were asked for, each once. */
	struct text_list set, unset;
};

/* One text → one text: variables replaced, quotes and escapes removed. Blanks stay. */
int expand_text(const char **out, struct expander *expander, const char *text, struct error *err);

/* One text → words, split at blanks that are not quoted or escaped, also those in values. */
int expand_words(struct text_list *out, struct expander *expander, const char *text,
		 struct error *err);

/* The body of a heredoc of COPY or ADD: variables, and a backslash as escape in any file. */
int expand_body(const char **out, struct expander *expander, const char *body, struct error *err);

#endif
