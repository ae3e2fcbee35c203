/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/entry.h"

#include <stdio.h>
#include <string.h>

#include "libcommon/utf8.h"

/* What a terminal would obey: C0 and, in UTF-8, C1. And what would make the text ambiguous. */
static bool
needs_escape(const char *at, size_t character)
{
	const unsigned char *c = (const unsigned char *) at;

	return character == 0 || c[0] < ' ' || c[0] == 0x7f || c[0] == '\\' ||
	       (character == 2 && c[0] == 0xc2 && c[1] < 0xa0);
}

/* Room for the longest escape, the mark of a cut, and NUL. */
#define ROOM_AT_END 8

struct entry_shown
entry_shown(const char *path)
{
	struct entry_shown shown;
	size_t n = strlen(path), used = 0;

	for (size_t i = 0; i < n;) {
		size_t character = utf8_character(path + i, n - i);
		if (used + ROOM_AT_END > sizeof(shown.text)) {
			(void) strcpy(shown.text + used, "…");
			return shown;
		}
		if (needs_escape(path + i, character)) {
			used += (size_t) snprintf(shown.text + used, 5, "\\%03o", (unsigned char) path[i]);
			i++;
			continue;
		}
		memcpy(shown.text + used, path + i, character);
		used += character;
		i += character;
	}
	shown.text[used] = '\0';
	return shown;
}
