/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/duration.h"

static void
check_duration(const char *text, int64_t wanted, const char *back)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	int64_t value = -1;

	CHECK_OK(duration_read(&value, text, &err), err);
	CHECK_EQ(value, wanted);
	if (back != NULL)
		CHECK_TEXT(duration_text(&arena, value), back);
}

static void
check_refused(const char *text)
{
	struct error err = { 0 };
	int64_t value;

	CHECK_FAILS_WITH(duration_read(&value, text, &err), err, "is not a span of time");
}

TEST(spans_are_numbers_with_units)
{
	check_duration("0", 0, "0s");
	check_duration("0s", 0, "0s");
	check_duration("30s", 30000000000, "30s");
	check_duration("1m30s", 90000000000, "1m30s");
	check_duration("90m", 5400000000000, "1h30m0s");
	check_duration("1h", 3600000000000, "1h0m0s");
	check_duration("1.5h", 5400000000000, "1h30m0s");
	check_duration(".5s", 500000000, "500ms");
	check_duration("1.s", 1000000000, "1s");
	check_duration("1.25s", 1250000000, "1.25s");
	check_duration("300ms", 300000000, "300ms");
	check_duration("1us2ns", 1002, "1.002µs");
	check_duration("1µs", 1000, "1µs");
	check_duration("1μs", 1000, "1µs");
	check_duration("7ns", 7, "7ns");
	check_duration("0.00000000001s", 0, "0s");
	check_duration("+5s", 5000000000, "5s");
	check_duration("-5s", -5000000000, NULL);
	check_duration("1s1s", 2000000000, "2s");
}

TEST(anything_else_is_refused)
{
	check_refused("");
	check_refused("5");
	check_refused("s");
	check_refused(".s");
	check_refused("5 s");
	check_refused("5d");
	check_refused("1s2");
	check_refused("--5s");
	check_refused("1e3s");
	check_refused("9223372037s");
	check_refused("99999999999999999999s");
}
