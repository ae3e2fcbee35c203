/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/utf8.h"

static size_t
valid(const char *text)
{
	return utf8_valid(text, strlen(text));
}

TEST(characters_of_every_length_are_taken)
{
	CHECK_EQ(utf8_character("a", 1), 1);
	CHECK_EQ(utf8_character("\xc3\xa4", 2), 2);
	CHECK_EQ(utf8_character("\xe2\x82\xac", 3), 3);
	CHECK_EQ(utf8_character("\xf0\x9f\xa5\x83", 4), 4);
	CHECK_EQ(valid("plain, \xc3\xa4, \xe2\x82\xac and \xf0\x9f\xa5\x83 in one long text"), 40);
}

TEST(the_first_and_last_of_each_length_are_taken)
{
	CHECK_EQ(valid("\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"),
		 18);
	CHECK_EQ(valid("\xed\x9f\xbf\xee\x80\x80"), 6); /* on both sides of the surrogates */
}

TEST(overlong_forms_are_refused)
{
	CHECK_EQ(valid("/\xc0\xaf"), 1);
	CHECK_EQ(valid("\xc1\xbf"), 0);
	CHECK_EQ(valid("\xe0\x9f\xbf"), 0);
	CHECK_EQ(valid("\xf0\x8f\xbf\xbf"), 0);
}

TEST(surrogates_and_what_is_beyond_are_refused)
{
	CHECK_EQ(valid("\xed\xa0\x80"), 0);
	CHECK_EQ(valid("\xed\xbf\xbf"), 0);
	CHECK_EQ(valid("\xf4\x90\x80\x80"), 0);
	CHECK_EQ(valid("\xf5\x80\x80\x80"), 0);
	CHECK_EQ(valid("\xff"), 0);
}

TEST(a_character_that_is_cut_is_refused)
{
	CHECK_EQ(valid("abc\xe2\x82"), 3);
	CHECK_EQ(valid("\x80"), 0);
	CHECK_EQ(utf8_character("\xf0\x9f\xa5\x83", 3), 0);
	CHECK_EQ(utf8_character("", 0), 0);
}
