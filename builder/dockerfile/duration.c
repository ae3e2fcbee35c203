/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/duration.h"

#include <string.h>

#include "libcommon/buffer.h"

struct unit {
	const char *name;
	int64_t nanoseconds;
};

/* A longer name before its beginning. */
static const struct unit units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* the micro sign */
	{ "\xce\xbcs", 1000 }, /* the Greek letter */
	{ "ms", 1000000 },
	{ "s", 1000000000 },
	{ "m", INT64_C(60000000000) },
	{ "h", INT64_C(3600000000000) },
};

static const struct unit *
find_unit(const char *at)
{
	for (size_t i = 0; i < COUNT(units); i++)
		if (strncmp(at, units[i].name, strlen(units[i].name)) == 0)
			return &units[i];
	return NULL;
}

/* Behind the point: digits too small to count are read and dropped. */
static void
read_fraction(int64_t *nanoseconds, const char **at, int64_t unit)
{
	for (; **at >= '0' && **at <= '9'; ++*at) {
		unit /= 10;
		*nanoseconds += (**at - '0') * unit;
	}
}

/* "1.5h", past it; false if there is no number, no unit, or too much. */
static bool
read_part(int64_t *total, const char **at)
{
	int64_t whole = 0, part = 0;
	size_t digits = strspn(*at, "0123456789");
	const char *point = *at + digits;
	size_t decimals = *point == '.' ? strspn(point + 1, "0123456789") : 0;
	const struct unit *unit = find_unit(point + (*point == '.') + decimals);

	if (unit == NULL || digits + decimals == 0)
		return false;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(whole, 10, &whole) ||
		    __builtin_add_overflow(whole, (*at)[i] - '0', &whole))
			return false;
	if (*point == '.') {
		point++;
		read_fraction(&part, &point, unit->nanoseconds);
	}
	*at = point + strlen(unit->name);
	return !__builtin_mul_overflow(whole, unit->nanoseconds, &whole) &&
	       !__builtin_add_overflow(whole, part, &whole) &&
	       !__builtin_add_overflow(*total, whole, total);
}

int
duration_read(int64_t *nanoseconds, const char *text, struct error *err)
{
	bool negative = text[0] == '-';
	const char *at = text + (negative || text[0] == '+');
	int64_t total = 0;

	if (strcmp(at, "0") != 0)
		do {
			if (!read_part(&total, &at))
				return fail(err,
					    "\"%s\" is not a span of time such as 30s or 1m30s",
					    text);
		} while (*at != '\0');
	*nanoseconds = negative ? -total : total;
	return 0;
}

/* A number of units, with as much of the rest as there is. */
static void
write_decimal(struct buffer *out, int64_t value, int64_t unit, const char *name)
{
	buffer_add_format(out, "%jd", (intmax_t) (value / unit));
	int64_t rest = value % unit;
	if (rest > 0)
		buffer_add_char(out, '.');
	for (; rest > 0; rest %= unit) {
		unit /= 10;
		buffer_add_char(out, (char) ('0' + rest / unit));
	}
	buffer_add_text(out, name);
}

const char *
duration_text(struct arena *arena, int64_t nanoseconds)
{
	scoped_buffer out = { 0 };
	int64_t minutes = nanoseconds / units[6].nanoseconds;

	assert(nanoseconds >= 0);
	if (nanoseconds > 0 && nanoseconds < 1000)
		write_decimal(&out, nanoseconds, 1, "ns");
	else if (nanoseconds > 0 && nanoseconds < 1000000)
		write_decimal(&out, nanoseconds, 1000, "\xc2\xb5s");
	else if (nanoseconds > 0 && nanoseconds < 1000000000)
		write_decimal(&out, nanoseconds, 1000000, "ms");
	if (out.length > 0)
		return arena_copy(arena, out.bytes, out.length);

	if (minutes >= 60)
		buffer_add_format(&out, "%jdh", (intmax_t) (minutes / 60));
	if (minutes > 0)
		buffer_add_format(&out, "%jdm", (intmax_t) (minutes % 60));
	write_decimal(&out, nanoseconds % units[6].nanoseconds, 1000000000, "s");
	return arena_copy(arena, out.bytes, out.length);
}
