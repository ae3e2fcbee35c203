/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "libcommon/timestamp.h"

TEST(a_time_is_written_in_utc_wherever_we_are)
{
	char text[TIMESTAMP_SIZE];

	CHECK_EQ(setenv("TZ", "Asia/Kolkata", 1), 0);
	tzset();
	timestamp_write(text, (struct timespec){ .tv_sec = 0 });
	CHECK_TEXT(text, "1970-01-01T00:00:00Z");
	timestamp_write(text, (struct timespec){ .tv_sec = 951827696, .tv_nsec = 1 });
	CHECK_TEXT(text, "2000-02-29T12:34:56.000000001Z");
	timestamp_write(text, (struct timespec){ .tv_sec = -1, .tv_nsec = 500000000 });
	CHECK_TEXT(text, "1969-12-31T23:59:59.500000000Z");
	timestamp_write(text, (struct timespec){ .tv_sec = 253402300799, .tv_nsec = 999999999 });
	CHECK_TEXT(text, "9999-12-31T23:59:59.999999999Z");
	CHECK_EQ(unsetenv("TZ"), 0);
	tzset();
}

TEST(what_is_written_is_read_as_the_same)
{
	static const int64_t seconds[] = { 0, 1, -1, 951827696, 1795226584, 4294967296, -2208988800, 253402300799,
					   -62135596800, -62167219200 };
	static const long nanoseconds[] = { 0, 1, 10, 500000000, 999999999 };
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(seconds) * COUNT(nanoseconds); i++) {
		struct timespec when = { .tv_sec = seconds[i / COUNT(nanoseconds)],
					 .tv_nsec = nanoseconds[i % COUNT(nanoseconds)] }, again;
		char text[TIMESTAMP_SIZE];
		timestamp_write(text, when);
		CHECK_OK(timestamp_read(&again, text, &err), err);
		CHECK(again.tv_sec == when.tv_sec);
		CHECK_EQ(again.tv_nsec, when.tv_nsec);
	}
}

TEST(all_that_rfc_3339_allows_is_read)
{
	static const struct {
		const char *text;
		int64_t second;
		long nanosecond;
	} rows[] = {
		{ "1970-01-01T00:00:00Z", 0, 0 },
		{ "1970-01-01t00:00:00z", 0, 0 },
		{ "1970-01-01 00:00:00Z", 0, 0 },
		{ "1970-01-01T01:00:00+01:00", 0, 0 },
		{ "1969-12-31T16:00:00-08:00", 0, 0 },
		{ "1970-01-01T05:30:00+05:30", 0, 0 },
		{ "1970-01-01T00:00:00-00:00", 0, 0 },
		{ "1970-01-01T00:00:00.5Z", 0, 500000000 },
		{ "1970-01-01T00:00:00.123456789Z", 0, 123456789 },
		{ "1970-01-01T00:00:00.1234567899999Z", 0, 123456789 },
		{ "1970-01-01T00:00:00.000001+00:00", 0, 1000 },
		{ "2016-12-31T23:59:60Z", 1483228800, 0 },
		{ "2024-02-29T00:00:00Z", 1709164800, 0 },
		{ "0001-01-01T00:00:00Z", -62135596800, 0 }, /* what Go writes for no time at all */
	};
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct timespec when;
		CHECK_OK(timestamp_read(&when, rows[i].text, &err), err);
		if (when.tv_sec != rows[i].second || when.tv_nsec != rows[i].nanosecond)
			check_failed("%s: %jd and %ld ns", rows[i].text, (intmax_t) when.tv_sec, when.tv_nsec);
	}
}

TEST(what_is_no_rfc_3339_time_is_refused)
{
	static const char *const wrong[] = {
		"", "now", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-01-01T00:00Z", "1970-1-1T00:00:00Z",
		" 1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z ", "1970-01-01T00:00:00ZZ", "1970-01-01T00:00:00.Z",
		"1970-01-01T0:0:0Z", "1970-13-01T00:00:00Z", "1970-00-01T00:00:00Z", "1970-01-00T00:00:00Z",
		"1970-01-32T00:00:00Z", "1970-02-29T00:00:00Z", "1970-04-31T00:00:00Z", "1970-01-01T24:00:00Z",
		"1970-01-01T00:60:00Z", "1970-01-01T00:00:61Z", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+01",
		"1970-01-01T00:00:00+0100", "1970-01-01T00:00:00+24:00", "1970-01-01T00:00:00+00:60",
		"1970-01-01T00:00:00+-1:00", "1970-01-01T00:00:00+ 1:00", "19700-01-01T00:00:00Z", "-970-01-01T00:00:00Z",
		"1970-01-01T00:00:00,5Z", "1970-01- 1T00:00:00Z",
		"0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
	};
	struct error err = { 0 };
	struct timespec when;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char text[100];
		(void) snprintf(text, sizeof(text), "\"%s\" is not an RFC 3339 time", wrong[i]);
		CHECK_FAILS(timestamp_read(&when, wrong[i], &err), err, text);
	}
}

TEST(now_is_not_long_ago)
{
	struct timespec now = timestamp_now();

	CHECK(now.tv_sec > 1577836800 && now.tv_nsec >= 0 && now.tv_nsec < 1000000000);
}
