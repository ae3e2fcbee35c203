/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/timestamp.h"

#include <stdio.h>
#include <string.h>

struct timespec
timestamp_now(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
	return now;
}

void
timestamp_write(char text[TIMESTAMP_SIZE], struct timespec when)
{
	struct tm parts = { 0 };

	assert(when.tv_sec >= TIMESTAMP_FIRST && when.tv_sec <= TIMESTAMP_LAST);
	(void) gmtime_r(&when.tv_sec, &parts);
	size_t n = (size_t) snprintf(text, TIMESTAMP_SIZE, "%04d", parts.tm_year + 1900); /* %Y has no zeros */
	n += strftime(text + n, TIMESTAMP_SIZE - n, "-%m-%dT%H:%M:%S", &parts);
	if (when.tv_nsec != 0)
		n += (size_t) snprintf(text + n, TIMESTAMP_SIZE - n, ".%09ld", when.tv_nsec);
	(void) snprintf(text + n, TIMESTAMP_SIZE - n, "Z");
}

/* True if the text begins like this: "d" is a digit, "T" what may stand between day and hour. */
static bool
has_shape(const char *text, const char *shape)
{
	for (; *shape != '\0'; shape++, text++) {
		const char *allowed = *shape == 'd' ? "0123456789" : *shape == 'T' ? "Tt " : (char[]){ *shape, '\0' };
		if (*text == '\0' || strchr(allowed, *text) == NULL)
			return false;
	}
	return true;
}

/* The number of n digits. */
static int
digits(const char *text, int n)
{
	int value = 0;

	while (n-- > 0)
		value = value * 10 + (*text++ - '0');
	return value;
}

/* "2026-11-21T02:03:04" */
static bool
read_second(struct timespec *when, const char **at)
{
	const char *text = *at;

	if (!has_shape(text, "dddd-dd-ddTdd:dd:dd"))
		return false;
	struct tm given = { .tm_year = digits(text, 4) - 1900, .tm_mon = digits(text + 5, 2) - 1,
			    .tm_mday = digits(text + 8, 2), .tm_hour = digits(text + 11, 2),
			    .tm_min = digits(text + 14, 2) };
	struct tm carried = given; /* where a part is beyond its end, the next one changes */
	int second = digits(text + 17, 2);
	when->tv_sec = timegm(&carried) + second;
	*at += 19;
	return second <= 60 && carried.tm_mon == given.tm_mon && carried.tm_mday == given.tm_mday &&
	       carried.tm_hour == given.tm_hour && carried.tm_min == given.tm_min;
}

static bool
read_fraction(struct timespec *when, const char **at)
{
	long scale = 100000000;

	when->tv_nsec = 0;
	if (**at != '.')
		return true;
	if (!has_shape(*at, ".d"))
		return false;
	for (++*at; **at >= '0' && **at <= '9'; ++*at, scale /= 10)
		when->tv_nsec += (**at - '0') * scale;
	return true;
}

/* "Z" or "+01:00" */
static bool
read_offset(struct timespec *when, const char **at)
{
	const char *text = *at;

	if (text[0] == 'Z' || text[0] == 'z') {
		*at += 1;
		return true;
	}
	if ((text[0] != '+' && text[0] != '-') || !has_shape(text + 1, "dd:dd"))
		return false;
	int hours = digits(text + 1, 2), minutes = digits(text + 4, 2);
	when->tv_sec -= (text[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	*at += 6;
	return hours < 24 && minutes < 60;
}

int
timestamp_read(struct timespec *when, const char *text, struct error *err)
{
	const char *at = text;

	if (!read_second(when, &at) || !read_fraction(when, &at) || !read_offset(when, &at) || *at != '\0' ||
	    when->tv_sec < TIMESTAMP_FIRST || when->tv_sec > TIMESTAMP_LAST)
		return fail(err, "\"%s\" is not an RFC 3339 time", text);
	return 0;
}
