/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/text.h"

#include <stdlib.h>
#include <string.h>

void
text_free(char **text)
{
	free(*text);
	*text = NULL;
}

bool
text_equal(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool
text_is_empty(const char *text)
{
	return text == NULL || text[0] == '\0';
}

const char *
text_after(const char *text, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

bool
text_ends_with(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n >= m && strcmp(text + n - m, suffix) == 0;
}

struct text_list
text_split(struct arena *arena, const char *text, char separator)
{
	struct text_list list = { 0 };

	for (;;) {
		const char *end = strchrnul(text, separator);
		list_add(&list, arena, arena_copy(arena, text, (size_t) (end - text)));
		if (*end == '\0')
			return list;
		text = end + 1;
	}
}

char *
text_join(struct arena *arena, const struct text_list *list, const char *separator)
{
	size_t total = 0, gap = strlen(separator);

	FOR_EACH(item, list)
		total += strlen(*item) + gap;

	char *joined = arena_alloc(arena, total + 1), *at = joined;
	FOR_EACH(item, list) {
		if (item > list->items)
			at = stpcpy(at, separator);
		at = stpcpy(at, *item);
	}
	return joined;
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

char *
text_trimmed(struct arena *arena, const char *text)
{
	size_t n;

	while (is_blank(*text))
		text++;
	n = strlen(text);
	while (n > 0 && is_blank(text[n - 1]))
		n--;
	return arena_copy(arena, text, n);
}

char *
text_lower(struct arena *arena, const char *text)
{
	char *lower = arena_text(arena, text);

	for (char *c = lower; *c != '\0'; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char) (*c - 'A' + 'a');
	return lower;
}

char *
text_upper(struct arena *arena, const char *text)
{
	char *upper = arena_text(arena, text);

	for (char *c = upper; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char) (*c - 'a' + 'A');
	return upper;
}

#define FARTHEST 64 /* letters that are compared */

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* A letter put in, left out, or another; or two changed places, as fingers do. */
unsigned
text_distance(const char *a, const char *b)
{
	unsigned table[3][FARTHEST + 1]; /* the row, the one before it, and the one before that */
	size_t n = strlen(a), m = strlen(b);

	if (m > FARTHEST || n > FARTHEST)
		return (unsigned) (n > m ? n : m);
	for (unsigned i = 0; i <= n; i++) {
		unsigned *row = table[i % 3], *above = table[(i + 2) % 3];
		const unsigned *higher = table[(i + 1) % 3];
		row[0] = i;
		for (unsigned j = 1; j <= m; j++) {
			bool crossed = i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				       a[i - 2] == b[j - 1];
			row[j] = i == 0 ? j : least(row[j - 1] + 1, above[j] + 1,
						    above[j - 1] + (a[i - 1] != b[j - 1]));
			if (crossed && higher[j - 2] + 1 < row[j])
				row[j] = higher[j - 2] + 1;
		}
	}
	return table[n % 3][m];
}

const char *
text_nearest(const char *text, const struct text_list *choices)
{
	const char *nearest = NULL;
	unsigned best = 3;

	FOR_EACH(choice, choices) {
		unsigned distance = text_distance(text, *choice);
		if (distance < best && distance < strlen(*choice)) {
			best = distance;
			nearest = *choice;
		}
	}
	return nearest;
}
