/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/utf8.h"

#include <string.h>

static bool
continues(const unsigned char *s, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if ((s[i] & 0xc0) != 0x80)
			return false;
	return true;
}

size_t
utf8_character(const char *text, size_t n)
{
	const unsigned char *s = (const unsigned char *) text;

	if (n >= 1 && s[0] < 0x80)
		return 1;
	if (n >= 2 && s[0] >= 0xc2 && s[0] <= 0xdf)
		return continues(s, 1, 2) ? 2 : 0;
	if (n >= 3 && (s[0] & 0xf0) == 0xe0) {
		bool overlong = s[0] == 0xe0 && s[1] < 0xa0;
		bool surrogate = s[0] == 0xed && s[1] >= 0xa0;
		return !overlong && !surrogate && continues(s, 1, 3) ? 3 : 0;
	}
	if (n >= 4 && s[0] >= 0xf0 && s[0] <= 0xf4) {
		bool overlong = s[0] == 0xf0 && s[1] < 0x90;
		bool beyond = s[0] == 0xf4 && s[1] >= 0x90;
		return !overlong && !beyond && continues(s, 1, 4) ? 4 : 0;
	}
	return 0;
}

/* How many bytes at the beginning are ASCII; eight at a time, since documents mostly are. */
static size_t
skip_ascii(const char *text, size_t n)
{
	size_t i = 0;

	for (uint64_t eight; i + sizeof(eight) <= n; i += sizeof(eight)) {
		memcpy(&eight, text + i, sizeof(eight));
		if ((eight & UINT64_C(0x8080808080808080)) != 0)
			break;
	}
	while (i < n && (unsigned char) text[i] < 0x80)
		i++;
	return i;
}

size_t
utf8_valid(const char *text, size_t n)
{
	size_t i = skip_ascii(text, n);

	while (i < n) {
		size_t length = utf8_character(text + i, n - i);
		if (length == 0)
			return i;
		i += length;
		i += skip_ascii(text + i, n - i);
	}
	return i;
}
