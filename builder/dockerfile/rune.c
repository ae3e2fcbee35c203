/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/rune.h"

#include <string.h>

#include "libcommon/utf8.h"

size_t
rune_read(uint32_t *rune, const char *text)
{
	unsigned char lead = (unsigned char) text[0];

	*rune = lead;
	if (lead < 0x80)
		return lead != '\0';
	size_t n = utf8_character(text, strnlen(text, 4));
	if (n == 0) {
		*rune = RUNE_WRONG;
		return 1;
	}
	*rune = lead & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++)
		*rune = *rune << 6 | ((unsigned char) text[i] & 0x3f);
	return n;
}

void
rune_write(struct buffer *out, uint32_t rune)
{
	if (rune < 0x80) {
		buffer_add_char(out, (char) rune);
		return;
	}
	if (rune < 0x800) {
		buffer_add_char(out, (char) (0xc0 | rune >> 6));
	} else if (rune < 0x10000) {
		buffer_add_char(out, (char) (0xe0 | rune >> 12));
		buffer_add_char(out, (char) (0x80 | (rune >> 6 & 0x3f)));
	} else {
		buffer_add_char(out, (char) (0xf0 | rune >> 18));
		buffer_add_char(out, (char) (0x80 | (rune >> 12 & 0x3f)));
		buffer_add_char(out, (char) (0x80 | (rune >> 6 & 0x3f)));
	}
	buffer_add_char(out, (char) (0x80 | (rune & 0x3f)));
}

bool
rune_is_blank(uint32_t rune)
{
	if (rune < 0x80)
		return rune == ' ' || (rune >= '\t' && rune <= '\r');
	return rune == 0x85 || rune == 0xa0 || rune == 0x1680 ||
	       (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	       rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

struct rune_range {
	uint32_t first, last;
};

/* Where there are no letters. */
static const struct rune_range symbols[] = {
	{ 0x0080, 0x00a9 }, /* controls, Latin-1 punctuation around the ordinal indicators … */
	{ 0x00ab, 0x00b4 }, /* … and the micro sign */
	{ 0x00b6, 0x00b9 },    { 0x00bb, 0x00bf }, { 0x00d7, 0x00d7 }, /* × */
	{ 0x00f7, 0x00f7 },                                            /* ÷ */
	{ 0x0300, 0x036f },                                            /* combining marks */
	{ 0x2000, 0x206f },                                            /* general punctuation */
	{ 0x20a0, 0x20ff }, /* currency, marks for symbols */
	{ 0x2190, 0x2bff }, /* arrows, mathematics, boxes, dingbats, braille */
	{ 0x2e00, 0x2fff }, /* more punctuation, radicals */
	{ 0x3000, 0x3004 }, /* CJK punctuation */
	{ 0x3008, 0x3020 },    { 0xd800, 0xf8ff }, /* surrogates, private use */
	{ 0xfe00, 0xfe6f },                        /* variation selectors, small forms */
	{ 0xff00, 0xff0f },                        /* full-width punctuation */
	{ 0xfff0, 0xffff },                        /* specials; RUNE_WRONG is one */
	{ 0x1f000, 0x1faff },                      /* tiles, cards, emoji */
	{ 0xe0000, 0x10ffff },
};

bool
rune_is_name(uint32_t rune)
{
	if (rune < 0x80)
		return (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') ||
		       (rune >= '0' && rune <= '9') || rune == '_';
	for (size_t i = 0; i < COUNT(symbols); i++)
		if (rune >= symbols[i].first && rune <= symbols[i].last)
			return false;
	return !rune_is_blank(rune);
}

const char *
rune_skip_blanks(const char *text)
{
	uint32_t rune;
	size_t n;

	while ((n = rune_read(&rune, text)) > 0 && rune_is_blank(rune))
		text += n;
	return text;
}

char *
rune_trim(struct arena *arena, const char *text)
{
	const char *begin = rune_skip_blanks(text), *end = begin;
	uint32_t rune;

	for (size_t n; (n = rune_read(&rune, text)) > 0; text += n)
		if (text >= begin && !rune_is_blank(rune))
			end = text + n;
	return arena_copy(arena, begin, (size_t) (end - begin));
}
