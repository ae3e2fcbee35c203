/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A logical line → its word, its flags and the rest; the rest → words.
 *
 * Nothing is expanded, and but for flags no quote is removed. Everything lives in the arena given.
 */
#ifndef COOPERAGE_WORDS_H
#define COOPERAGE_WORDS_H

#include "libcommon/list.h"

struct words_line {
	const char *word;
	struct text_list flags; /* "--x=y", without quotes and escapes; a bare "--" ended them */
	const char *rest;       /* without blanks at both ends */
};

void words_split_line(struct words_line *out, const char *line, char escape, struct arena *arena);

/* Between blanks; quotes mean nothing. */
struct text_list words_between_blanks(const char *rest, struct arena *arena);

/* The same for a line with heredocs, where << and its delimiter are one word, blanks or not. */
struct text_list words_with_heredocs(const char *rest, struct arena *arena);

/* Between blanks that are neither quoted nor escaped; quotes and escapes stay. */
struct text_list words_quoted(const char *rest, char escape, struct arena *arena);

/* "name   rest of line" → both, without the blanks between them; false if there is no value. */
bool words_split_name(struct pair *out, const char *rest, struct arena *arena);

#endif
