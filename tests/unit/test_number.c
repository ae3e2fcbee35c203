/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/number.h"

TEST(a_number_is_digits_from_end_to_end)
{
	static const char *const wrong[] = { "", " ", "x", "1x", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "--1", "٣" };
	struct error err = { 0 };
	uint64_t value = 7;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char text[64];
		(void) snprintf(text, sizeof(text), "\"%s\" is not a number", wrong[i]);
		CHECK_FAILS(number_unsigned(&value, wrong[i], UINT64_MAX, &err), err, text);
	}
	CHECK_EQ(value, 7);
	CHECK_OK(number_unsigned(&value, "007", 10, &err), err);
	CHECK_EQ(value, 7);
}

TEST(unsigned_numbers_end_at_what_is_allowed)
{
	struct error err = { 0 };
	uint64_t value;

	CHECK_OK(number_unsigned(&value, "18446744073709551615", UINT64_MAX, &err), err);
	CHECK(value == UINT64_MAX);
	CHECK_FAILS(number_unsigned(&value, "18446744073709551616", UINT64_MAX, &err), err,
		    "\"18446744073709551616\" is too large, at most 18446744073709551615");
	CHECK_FAILS_WITH(number_unsigned(&value, "99999999999999999999999999", UINT64_MAX, &err), err, "is too large");
	CHECK_OK(number_unsigned(&value, "4294967294", UINT32_MAX - 1, &err), err);
	CHECK_FAILS(number_unsigned(&value, "4294967295", UINT32_MAX - 1, &err), err,
		    "\"4294967295\" is too large, at most 4294967294");
	CHECK_OK(number_unsigned(&value, "0", 0, &err), err);
}

TEST(signed_numbers_reach_both_ends)
{
	struct error err = { 0 };
	int64_t value;

	CHECK_OK(number_signed(&value, "-9223372036854775808", INT64_MIN, INT64_MAX, &err), err);
	CHECK(value == INT64_MIN);
	CHECK_OK(number_signed(&value, "9223372036854775807", INT64_MIN, INT64_MAX, &err), err);
	CHECK(value == INT64_MAX);
	CHECK_OK(number_signed(&value, "-0", 0, 0, &err), err);
	CHECK_FAILS(number_signed(&value, "9223372036854775808", INT64_MIN, INT64_MAX, &err), err,
		    "\"9223372036854775808\" is not between -9223372036854775808 and 9223372036854775807");
	CHECK_FAILS_WITH(number_signed(&value, "-9223372036854775809", INT64_MIN, INT64_MAX, &err), err, "is not between");
	CHECK_FAILS(number_signed(&value, "-2", -1, 5, &err), err, "\"-2\" is not between -1 and 5");
	CHECK_FAILS(number_signed(&value, "6", -1, 5, &err), err, "\"6\" is not between -1 and 5");
	CHECK_FAILS(number_signed(&value, "--1", -5, 5, &err), err, "\"--1\" is not a number");
	CHECK_FAILS(number_signed(&value, "-", -5, 5, &err), err, "\"-\" is not a number");
	CHECK_FAILS(number_signed(&value, "", -5, 5, &err), err, "\"\" is not a number");
}

TEST(sizes_are_read_as_docker_reads_them)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {
		{ "0", 0 }, { "4096", 4096 }, { "32b", 32 }, { "32B", 32 }, { "1k", 1024 }, { "1K", 1024 },
		{ "1kb", 1024 }, { "1KB", 1024 }, { "1KiB", 1024 }, { "1kib", 1024 }, { "64m", 64 << 20 },
		{ "2GiB", UINT64_C(2) << 30 }, { "3t", UINT64_C(3) << 40 }, { "1p", UINT64_C(1) << 50 },
		{ "1.5k", 1536 }, { "1.5g", 1610612736 }, { "0.5m", 524288 }, { "0.1k", 102 },
		{ "1.25g", 1342177280 }, { "1.33g", 1428076625 }, { "1.0009765625k", 1025 },
		{ "0.000001m", 1 }, { "1.9b", 1 }, { "16383p", UINT64_C(16383) << 50 },
		{ "16383.5p", (UINT64_C(16383) << 50) + (UINT64_C(1) << 49) },
		{ "18446744073709551615", UINT64_MAX }, { "1.99999999999999999999999999999999k", 2047 },
	};
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t bytes = 1;
		CHECK_OK(number_size(&bytes, rows[i].text, &err), err);
		if (bytes != rows[i].bytes)
			check_failed("%s: %ju, wanted %ju", rows[i].text, (uintmax_t) bytes, (uintmax_t) rows[i].bytes);
	}
}

TEST(what_is_no_size_is_refused)
{
	static const char *const wrong[] = { "", "k", ".5k", "1.k", "-1", "+1", "1 k", " 1k", "1x", "1kx", "1ki", "1bb",
					     "1bib", "1kbb", "1..5k", "1.5.5k", "0x10", "1e3", "1kib ", "1.", "1,5g" };
	struct error err = { 0 };
	uint64_t bytes;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		char text[100];
		(void) snprintf(text, sizeof(text), "\"%s\" is not a size; write a number and b, k, m, g or t", wrong[i]);
		CHECK_FAILS(number_size(&bytes, wrong[i], &err), err, text);
	}
	CHECK_FAILS(number_size(&bytes, "16384p", &err), err, "size \"16384p\" is too large");
	CHECK_FAILS(number_size(&bytes, "18446744073709551616", &err), err, "size \"18446744073709551616\" is too large");
	CHECK_FAILS(number_size(&bytes, "99999999999999999999999t", &err), err,
		    "size \"99999999999999999999999t\" is too large");
}

TEST(modes_are_octal)
{
	static const struct {
		const char *text;
		unsigned mode;
	} rows[] = { { "0", 0 }, { "644", 0644 }, { "0644", 0644 }, { "4755", 04755 }, { "07777", 07777 }, { "00007", 7 } };
	struct error err = { 0 };
	unsigned mode;

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_OK(number_mode(&mode, rows[i].text, &err), err);
		CHECK_EQ(mode, rows[i].mode);
	}
	CHECK_FAILS(number_mode(&mode, "", &err), err, "\"\" is not an octal mode");
	CHECK_FAILS(number_mode(&mode, "8", &err), err, "\"8\" is not an octal mode");
	CHECK_FAILS(number_mode(&mode, "-644", &err), err, "\"-644\" is not an octal mode");
	CHECK_FAILS(number_mode(&mode, "u+x", &err), err, "\"u+x\" is not an octal mode");
	CHECK_FAILS(number_mode(&mode, "000644", &err), err, "\"000644\" is not an octal mode");
	CHECK_FAILS(number_mode(&mode, "10000", &err), err, "mode \"10000\" is above 07777");
}

TEST(decimal_is_one_digit_or_more)
{
	CHECK(number_is_decimal("0"));
	CHECK(number_is_decimal("99999999999999999999"));
	CHECK(!number_is_decimal(""));
	CHECK(!number_is_decimal("-1"));
	CHECK(!number_is_decimal("1 "));
}
