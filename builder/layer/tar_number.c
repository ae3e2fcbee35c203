/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/tar_number.h"

#include <string.h>

#include "builder/layer/entry.h"

/* Two's complement, the highest byte first; its first bit only says that it is binary. */
static int
read_binary(int64_t *number, const unsigned char *field, size_t size, const char *what, struct error *err)
{
	bool negative = (field[0] & 0x40) != 0;
	uint64_t value = negative ? UINT64_MAX : 0;
	unsigned char filler = negative ? 0xff : 0;

	for (size_t i = 0; i < size; i++) {
		unsigned char byte = i > 0 ? field[i] : negative ? field[0] : (unsigned char) (field[0] & 0x7f);
		if ((value >> 56) != filler)
			return fail(err, "its %s is too large a number", what);
		value = value << 8 | byte;
	}
	if ((value >> 63 != 0) != negative)
		return fail(err, "its %s is too large a number", what);
	*number = (int64_t) value;
	return 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\0';
}

int
tar_number_field(int64_t *number, const char *field, size_t size, const char *what, struct error *err)
{
	uint64_t value = 0;
	char shown[16] = "";

	if ((field[0] & 0x80) != 0)
		return read_binary(number, (const unsigned char *) field, size, what, err);
	memcpy(shown, field, size < sizeof(shown) ? size : sizeof(shown) - 1);
	while (size > 0 && is_blank(field[size - 1]))
		size--;
	while (size > 0 && is_blank(*field)) {
		field++;
		size--;
	}
	for (size_t i = 0; i < size; i++) {
		if (field[i] < '0' || field[i] > '7')
			return fail(err, "its %s is no number: \"%s\"", what, entry_shown(shown).text);
		value = value << 3 | (uint64_t) (field[i] - '0'); /* twelve digits at most */
	}
	*number = (int64_t) value;
	return 0;
}

int
tar_number_decimal(int64_t *number, const char *text, const char *what, struct error *err)
{
	const char *at = text;
	bool negative = *at == '-';
	int64_t value = 0;

	at += negative;
	if (*at == '\0')
		return fail(err, "its %s is no number: \"%s\"", what, entry_shown(text).text);
	for (; *at != '\0'; at++) {
		if (*at < '0' || *at > '9')
			return fail(err, "its %s is no number: \"%s\"", what, entry_shown(text).text);
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
			return fail(err, "its %s is too large a number: %.40s", what, text);
	}
	*number = negative ? -value : value;
	return 0;
}

/* Nine digits of it; the rest must be digits too. Returns 1 if it is not. */
static int
read_fraction(long *nanoseconds, const char *text)
{
	*nanoseconds = 0;
	for (int i = 0; i < 9 || *text != '\0'; i++) {
		char digit = *text != '\0' ? *text++ : '0';
		if (digit < '0' || digit > '9')
			return 1;
		if (i < 9)
			*nanoseconds = *nanoseconds * 10 + (digit - '0');
	}
	return 0;
}

int
tar_number_time(struct timespec *when, const char *text, struct error *err)
{
	const char *digits = text + (text[0] == '-');
	size_t n = strspn(digits, "0123456789");
	bool negative = text[0] == '-';
	int64_t seconds = 0;
	long nanoseconds = 0;

	if (n == 0 || (digits[n] != '\0' && digits[n] != '.') ||
	    (digits[n] == '.' && read_fraction(&nanoseconds, digits + n + 1) != 0))
		return fail(err, "its mtime is no time: \"%.40s\"", entry_shown(text).text);
	for (size_t i = 0; i < n && seconds < INT64_MAX / 100; i++)
		seconds = seconds * 10 + (digits[i] - '0');
	/* before the epoch the fraction counts backwards: -1.25 is 750 ms after -2 */
	if (negative && nanoseconds > 0) {
		seconds++;
		nanoseconds = 1000000000 - nanoseconds;
	}
	*when = (struct timespec){ negative ? -seconds : seconds, nanoseconds };
	return 0;
}
