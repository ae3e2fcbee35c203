/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/text.h"
#include "runtime/kernel/variant.h"

/* The words, with '|' between them. */
static const char *
parse(struct arena *arena, const char *text)
{
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_OK(variant_parse(&words, text, arena, &err), err);
	return text_join(arena, &words, "|");
}

static void
check_refused(const char *text, const char *why)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct text_list words = { 0 };

	CHECK_FAILS_WITH(variant_parse(&words, text, &arena, &err), err, why);
}

TEST(a_bare_number_is_an_int32_or_as_large_as_it_must_be)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "15"), "i|15");
	CHECK_TEXT(parse(&arena, " -1 "), "i|-1");
	CHECK_TEXT(parse(&arena, "0x10"), "i|16");
	CHECK_TEXT(parse(&arena, "4294967296"), "x|4294967296");
	CHECK_TEXT(parse(&arena, "1.5"), "d|1.5");
}

TEST(a_word_in_front_says_the_type)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "uint64 10000000"), "t|10000000");
	CHECK_TEXT(parse(&arena, "uint64 18446744073709551615"), "t|18446744073709551615");
	CHECK_TEXT(parse(&arena, "byte 0xff"), "y|255");
	CHECK_TEXT(parse(&arena, "int16 -7"), "n|-7");
	CHECK_TEXT(parse(&arena, "double 3"), "d|3");
	CHECK_TEXT(parse(&arena, "objectpath '/a/b'"), "o|/a/b");
	CHECK_TEXT(parse(&arena, "@t 5"), "t|5");
}

TEST(booleans_and_texts_are_what_they_look_like)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "true"), "b|true");
	CHECK_TEXT(parse(&arena, "false"), "b|false");
	CHECK_TEXT(parse(&arena, "'a b'"), "s|a b");
	CHECK_TEXT(parse(&arena, "\"it's\""), "s|it's");
	CHECK_TEXT(parse(&arena, "''"), "s|");
	CHECK_TEXT(parse(&arena, "'a\\'b\\\\c\\td'"), "s|a'b\\c\td");
	CHECK_TEXT(parse(&arena, "'\\u00e4\\u20ac\\U0001f600'"),
		   "s|\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
}

TEST(an_array_has_its_length_in_front_of_its_items)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "['a', 'b']"), "as|2|a|b");
	CHECK_TEXT(parse(&arena, "[uint32 1,2 , 3]"), "au|3|1|2|3");
	CHECK_TEXT(parse(&arena, "@as []"), "as|0");
	CHECK_TEXT(parse(&arena, "@at [1, 2]"), "at|2|1|2");
	CHECK_TEXT(parse(&arena, "[[1], [2, 3]]"), "aai|2|1|1|2|2|3");
}

TEST(a_tuple_is_its_items)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "('a', true)"), "(sb)|a|true");
	CHECK_TEXT(parse(&arena, "(1,)"), "(i)|1");
	CHECK_TEXT(parse(&arena, "[('/dev/kmsg', 'r'), ('char-pts', 'rw')]"),
		   "a(ss)|2|/dev/kmsg|r|char-pts|rw");
	CHECK_TEXT(parse(&arena, "@a(st) [('/dev/sda', 1000)]"), "a(st)|1|/dev/sda|1000");
}

TEST(a_variant_carries_its_type)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(parse(&arena, "<uint32 5>"), "v|u|5");
	CHECK_TEXT(parse(&arena, "[<'a'>, <1>]"), "av|2|s|a|i|1");
}

TEST(what_is_no_value_is_refused)
{
	check_refused("", "a value is missing");
	check_refused("nonsense", "is not a value");
	check_refused("SIGTERM", "is not a value");
	check_refused("15 16", "\"16\" is not the end");
	check_refused("'open", "the closing quote is missing");
	check_refused("'\\ud800'", "a character that text can hold");
	check_refused("'\\u00'", "a character's number");
	check_refused("[1, 'a']", "is not of type \"i\"");
	check_refused("[1 2]", "\",\" or \"]\"");
	check_refused("[1", "missing at the end");
	check_refused("[]", "has no type");
	check_refused("()", "all of the tuple");
	check_refused("@(ss) ('a',)", "all of the tuple");
	check_refused("@(s) ('a', 'b')", "the end of the tuple");
	check_refused("@z 1", "a type of D-Bus");
	check_refused("@s 1", "of type \"s\"");
	check_refused("handle 1", "is not a value");
	check_refused("uint32 'a'", "of type \"u\"");
	check_refused("<1", "\">\"");
}

TEST(numbers_that_do_not_fit_their_type_are_refused)
{
	check_refused("byte 256", "is not a number of type \"y\"");
	check_refused("uint16 70000", "is not a number of type \"q\"");
	check_refused("uint32 -1", "is not a number of type \"u\"");
	check_refused("int16 40000", "is not a number of type \"n\"");
	check_refused("int32 4294967296", "is not a number of type \"i\"");
	check_refused("18446744073709551616", "is not a number of type \"x\"");
	check_refused("1x2", "is not a number");
	check_refused("--1", "is not a number");
}

TEST(depth_is_bounded)
{
	char text[2 * 64 + 2];

	memset(text, '[', 64);
	text[64] = '1';
	memset(text + 65, ']', 64);
	text[129] = '\0';
	check_refused(text, "nested too deeply");
	memset(text, 'a', sizeof(text) - 1);
	text[0] = '@';
	check_refused(text, "a type of D-Bus");
}
