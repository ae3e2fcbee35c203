/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/number.h"

#include <string.h>

bool
number_is_decimal(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

int
number_unsigned(uint64_t *out, const char *text, uint64_t max, struct error *err)
{
	uint64_t value = 0;

	if (!number_is_decimal(text))
		return fail(err, "\"%s\" is not a number", text);
	for (const char *c = text; *c != '\0'; c++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t) (*c - '0'), &value) || value > max)
			return fail(err, "\"%s\" is too large, at most %ju", text, (uintmax_t) max);
	*out = value;
	return 0;
}

int
number_signed(int64_t *out, const char *text, int64_t min, int64_t max, struct error *err)
{
	bool negative = text[0] == '-';
	uint64_t magnitude;
	struct error unused;

	if (!number_is_decimal(text + negative))
		return fail(err, "\"%s\" is not a number", text);
	int parsed = number_unsigned(&magnitude, text + negative, (uint64_t) INT64_MAX + negative, &unused);
	int64_t value = parsed < 0 ? 0 : negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
	if (parsed < 0 || value < min || value > max)
		return fail(err, "\"%s\" is not between %jd and %jd", text, (intmax_t) min, (intmax_t) max);
	*out = value;
	return 0;
}

/* The power of 1024 that a unit stands for, or -1. */
static int
unit_power(const char *unit)
{
	static const char letters[] = "bkmgtp";
	char first = (char) (unit[0] | 0x20);
	const char *at = unit[0] == '\0' ? letters : strchr(letters, first);

	if (at == NULL || *at == '\0')
		return -1;
	if (unit[0] == '\0' || unit[1] == '\0')
		return (int) (at - letters);
	if (first == 'b')
		return -1;
	if ((unit[1] | 0x20) == 'i')
		unit++;
	return (unit[1] | 0x20) == 'b' && unit[2] == '\0' ? (int) (at - letters) : -1;
}

int
number_size(uint64_t *out, const char *text, struct error *err)
{
	size_t digits = strspn(text, "0123456789");
	size_t fraction = text[digits] == '.' ? strspn(text + digits + 1, "0123456789") : 0;
	const char *unit = text + digits + (fraction > 0 ? fraction + 1 : 0);
	int power = unit_power(unit);
	uint64_t value = 0, scale = 1, part = 0;

	if (digits == 0 || power < 0)
		return fail(err, "\"%s\" is not a size; write a number and b, k, m, g or t", text);
	for (int i = 0; i < power; i++)
		scale *= 1024;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t) (text[i] - '0'), &value))
			return fail(err, "size \"%s\" is too large", text);
	if (__builtin_mul_overflow(value, scale, &value))
		return fail(err, "size \"%s\" is too large", text);
	/* From the last digit on, so that all of them count and nothing can overflow: part < scale. */
	for (size_t i = fraction; i > 0; i--)
		part = (scale * (uint64_t) (text[digits + i] - '0') + part) / 10;
	*out = value + part;
	return 0;
}

int
number_mode(unsigned *out, const char *text, struct error *err)
{
	unsigned value = 0;
	size_t n = strlen(text);

	if (n == 0 || n > 5 || text[strspn(text, "01234567")] != '\0')
		return fail(err, "\"%s\" is not an octal mode", text);
	for (const char *c = text; *c != '\0'; c++)
		value = value * 8 + (unsigned) (*c - '0');
	if (value > 07777)
		return fail(err, "mode \"%s\" is above 07777", text);
	*out = value;
	return 0;
}
