/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/exec_form.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

static void
check_strings(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct error err = { 0 };

	CHECK_OK(exec_form_read(&out, text, &arena, &err), err);
	CHECK_TEXT(text_join(&arena, &out, "|"), wanted);
}

static void
check_no_json(const char *text)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct error err = { 0 };

	if (exec_form_read(&out, text, &arena, &err) != 1)
		check_failed("%s: was taken for JSON", text);
}

static void
check_refused(const char *text)
{
	scoped_arena arena = { 0 };
	struct text_list out = { 0 };
	struct error err = { 0 };

	CHECK_FAILS(exec_form_read(&out, text, &arena, &err), err,
		    "a JSON array here may hold only strings");
}

TEST(an_array_of_strings_is_read)
{
	check_strings("[]", "");
	check_strings(" [ ] ", "");
	check_strings("[\"\"]", "");
	check_strings("[\"a\",\"b c\"]", "a|b c");
	check_strings("\t[\t\"a\" ,\"b\"\t]", "a|b");
}

TEST(escapes_are_those_of_json)
{
	check_strings("[\"\\\" \\\\ \\/ \\b \\f \\n \\r \\t\"]", "\" \\ / \b \f \n \r \t");
	check_strings("[\"\\u0041\\u00e4\\u20ac\\u00E4\"]", "A\xc3\xa4\xe2\x82\xac\xc3\xa4");
	check_strings("[\"\\u0000\"]", EXEC_FORM_NUL);
}

TEST(surrogates_are_joined_or_replaced)
{
	check_strings("[\"\\ud83d\\ude00\"]", "\xf0\x9f\x98\x80");
	check_strings("[\"\\ud83d\"]", "\xef\xbf\xbd");
	check_strings("[\"\\ud83dx\"]", "\xef\xbf\xbdx");
	check_strings("[\"\\ud83d\\u0041\"]", "\xef\xbf\xbd"
					      "A");
	check_strings("[\"\\ude00\\ud83d\\ude00\"]", "\xef\xbf\xbd\xf0\x9f\x98\x80");
	check_strings("[\"\\ud83d\\ud83d\\ude00\"]", "\xef\xbf\xbd\xf0\x9f\x98\x80");
}

TEST(bytes_that_are_no_utf8_are_replaced)
{
	check_strings("[\"a\xff"
		      "b\xc3\"]",
		      "a\xef\xbf\xbd"
		      "b\xef\xbf\xbd");
	check_strings("[\"\xed\xa0\x80\"]", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(what_is_not_quite_json_is_the_shell_form)
{
	check_no_json("");
	check_no_json("a");
	check_no_json("{\"a\": 1}");
	check_no_json("[");
	check_no_json("['a']");
	check_no_json("[\"a]");
	check_no_json("[\"a\"");
	check_no_json("[\"a\",]");
	check_no_json("[,\"a\"]");
	check_no_json("[\"a\" \"b\"]");
	check_no_json("[\"a\"] b");
	check_no_json("[\"\\x\"]");
	check_no_json("[\"\\u12\"]");
	check_no_json("[\"\\u123g\"]");
	check_no_json("[\"a\tb\"]");
	check_no_json("[ -f x ]");
	check_no_json("[[ -f x ]]");
	check_no_json("[01]");
	check_no_json("[1.]");
	check_no_json("[-]");
	check_no_json("[1e]");
	check_no_json("[tru]");
	check_no_json("[{\"a\"}]");
	check_no_json("[{a: 1}]");
	check_no_json("[\"a\"]\xc2\xa0");
}

TEST(json_of_another_kind_is_wrong)
{
	check_refused("[1]");
	check_refused("[\"a\", -0.5e+3]");
	check_refused("[null, true, false]");
	check_refused("[[\"a\"]]");
	check_refused("[[], {}]");
	check_refused("[{\"a\": [1, {\"b\": null}], \"c\": 0}]");
}

TEST(a_deep_nest_is_the_shell_form)
{
	scoped_buffer text = { 0 };

	for (int i = 0; i < 100000; i++)
		buffer_add_char(&text, '[');
	for (int i = 0; i < 100000; i++)
		buffer_add_char(&text, ']');
	check_no_json(buffer_text(&text));
}
