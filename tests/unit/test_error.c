/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>

static const char long_word[] = "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789";

TEST(a_failure_is_minus_one_and_its_text)
{
	struct error err = { .code = 5, .text = "old" };

	CHECK_EQ(fail(&err, "open \"%s\": %d things", "x", 2), -1);
	CHECK_TEXT(err.text, "open \"x\": 2 things");
	CHECK_EQ(err.code, 0);
}

TEST(a_system_call_is_blamed_by_name_and_number)
{
	struct error err = { 0 };

	errno = ENOENT;
	CHECK_EQ(fail_errno(&err, "open %s", "/x"), -1);
	CHECK_TEXT(err.text, "open /x: No such file or directory");
	CHECK_EQ(err.code, ENOENT);
}

TEST(a_text_that_is_too_long_is_cut)
{
	struct error err = { 0 };
	char text[5000];

	memset(text, 'x', sizeof(text));
	text[4999] = '\0';
	CHECK_EQ(fail(&err, "%s", text), -1);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
	errno = EIO;
	CHECK_EQ(fail_errno(&err, "%s", text), -1);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
	CHECK_EQ(err.code, EIO);
	text[4090] = '\0';
	errno = EIO;
	CHECK_EQ(fail_errno(&err, "%s", text), -1);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
}

TEST(a_prefix_stands_before_each_line)
{
	struct error err = { .code = EPERM, .text = "a: wrong\nb: missing" };

	CHECK_EQ(error_prefix(&err, "config.json"), -1);
	CHECK_TEXT(err.text, "config.json: a: wrong\nconfig.json: b: missing");
	CHECK_EQ(err.code, EPERM);
	CHECK_EQ(error_prefixf(&err, "%s %d", "try", 3), -1);
	CHECK_TEXT(err.text, "try 3: config.json: a: wrong\ntry 3: config.json: b: missing");
}

TEST(prefixes_without_end_cut_the_end)
{
	struct error err = { .text = "the cause" };

	for (int i = 0; i < 100; i++)
		(void) error_prefix(&err, long_word);
	CHECK_EQ(strlen(err.text), sizeof(err.text) - 1);
	CHECK_EQ(memcmp(err.text, long_word, sizeof(long_word) - 1), 0);
	for (size_t i = 0; i < sizeof(err.text) - 1; i++)
		err.text[i] = i % 2 == 0 ? 'x' : '\n';
	err.text[sizeof(err.text) - 1] = '\0';
	(void) error_prefix(&err, long_word);
	CHECK(strlen(err.text) < sizeof(err.text));
}

TEST(lines_are_added_below_each_other)
{
	struct error err = { .text = "" };

	CHECK_EQ(error_add(&err, "%s: missing", "a"), -1);
	CHECK_EQ(error_add(&err, "b: wrong"), -1);
	CHECK_TEXT(err.text, "a: missing\nb: wrong");
}

TEST(lines_that_do_not_fit_are_counted_as_more_once)
{
	struct error err = { .text = "" };
	size_t n;

	for (int i = 0; i < 200; i++)
		CHECK_EQ(error_add(&err, "%d %s", i, long_word), -1);
	n = strlen(err.text);
	CHECK(n < sizeof(err.text));
	CHECK_TEXT(err.text + n - strlen("\n… and more"), "\n… and more");
	CHECK(strstr(err.text, "… and more") == err.text + n - strlen("… and more"));
	CHECK(n > 3800);
}

TEST(nothing_is_added_behind_and_more)
{
	struct error err = { .text = "" };

	for (int i = 0; i < 60; i++)
		(void) error_add(&err, "%d %s", i, long_word);
	(void) error_add(&err, "%s%s%s%s", long_word, long_word, long_word, long_word);
	(void) error_add(&err, "x");
	CHECK_TEXT(err.text + strlen(err.text) - strlen("\n… and more"), "\n… and more");
}
