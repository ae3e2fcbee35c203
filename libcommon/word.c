/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/word.h"

#include <string.h>

const char *
word_text(const struct word *words, int value)
{
	for (const struct word *w = words; w->text != NULL; w++)
		if (w->value == value)
			return w->text;
	return NULL;
}

int
word_value(const struct word *words, const char *text)
{
	for (const struct word *w = words; w->text != NULL; w++)
		if (strcmp(w->text, text) == 0)
			return w->value;
	return -1;
}
