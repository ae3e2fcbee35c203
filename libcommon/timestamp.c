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
	struct tm parts;

	(void) gmtime_r(&when.tv_sec, &parts);
	size_t n = strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
	if (when.tv_nsec != 0)
		n += (size_t) snprintf(text + n, TIMESTAMP_SIZE - n, ".%09ld", when.tv_nsec);
	(void) snprintf(text + n, TIMESTAMP_SIZE - n, "Z");
}

static int
read_fraction(struct timespec *when, const char **at)
{
	long scale = 100000000;

	when->tv_nsec = 0;
	if (**at != '.')
		return 0;
	for (++*at; **at >= '0' && **at <= '9'; ++*at, scale /= 10)
		when->tv_nsec += (**at - '0') * scale;
	return 0;
}

int
timestamp_read(struct timespec *when, const char *text, struct error *err)
{
	struct tm parts = { 0 };
	const char *at = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	int hours = 0, minutes = 0, used = 0;

	if (at == NULL)
		return fail(err, "\"%s\" is not an RFC 3339 time", text);
	(void) read_fraction(when, &at);
	when->tv_sec = timegm(&parts);
	if ((at[0] == 'Z' || at[0] == 'z') && at[1] == '\0')
		return 0;
	if ((at[0] != '+' && at[0] != '-') || sscanf(at + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 ||
	    at[1 + used] != '\0')
		return fail(err, "\"%s\" is not an RFC 3339 time", text);
	when->tv_sec -= (at[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
	return 0;
}
