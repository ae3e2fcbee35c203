/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text as C strings: prefixes, splitting, joining, likeness.
 *
 * What is returned lives in the arena given, or inside the text given.
 */
#ifndef COOPERAGE_TEXT_H
#define COOPERAGE_TEXT_H

#include "libcommon/arena.h"
#include "libcommon/list.h"

/* A malloc'd string that ends with its block. */
void text_free(char **text);
#define scoped_text scoped(text_free) char *

bool text_equal(const char *a, const char *b); /* NULL equals only NULL */
bool text_is_empty(const char *text);          /* NULL or "" */

/* What follows the prefix, or NULL if the text does not begin with it. */
const char *text_after(const char *text, const char *prefix);
bool text_ends_with(const char *text, const char *suffix);

/* Splits at each separator; empty pieces are kept; "" gives one empty piece. */
struct text_list text_split(struct arena *arena, const char *text, char separator);
char *text_join(struct arena *arena, const struct text_list *list, const char *separator);

/* Without blanks at both ends. */
char *text_trimmed(struct arena *arena, const char *text);

/* ASCII only, whatever the locale. */
char *text_lower(struct arena *arena, const char *text);
char *text_upper(struct arena *arena, const char *text);

/* How many letters must change to make one of the other; for "did you mean". */
unsigned text_distance(const char *a, const char *b);

/* The choice that was perhaps meant: the nearest one less than three letters away and not all
 * of them changed, or NULL. */
const char *text_nearest(const char *text, const struct text_list *choices);

#endif
