/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/text.h"

TEST(words_are_as_far_apart_as_letters_must_change)
{
	CHECK_EQ(text_distance("", ""), 0);
	CHECK_EQ(text_distance("run", "run"), 0);
	CHECK_EQ(text_distance("", "run"), 3);
	CHECK_EQ(text_distance("run", ""), 3);
	CHECK_EQ(text_distance("run", "ruin"), 1);
	CHECK_EQ(text_distance("ruin", "run"), 1);
	CHECK_EQ(text_distance("run", "ran"), 1);
	CHECK_EQ(text_distance("kitten", "sitting"), 3);
	CHECK_EQ(text_distance("abc", "xyz"), 3);
}

TEST(two_letters_that_changed_places_are_one_mistake)
{
	CHECK_EQ(text_distance("rnu", "run"), 1);
	CHECK_EQ(text_distance("wrokdir", "workdir"), 1);
	CHECK_EQ(text_distance("ab", "ba"), 1);
	CHECK_EQ(text_distance("abcd", "badc"), 2);
	CHECK_EQ(text_distance("abc", "cab"), 2);
}

TEST(very_long_words_are_as_far_apart_as_they_are_long)
{
	char a[100], b[101];

	memset(a, 'a', sizeof(a));
	memset(b, 'a', sizeof(b));
	a[99] = b[100] = '\0';
	CHECK_EQ(text_distance(a, b), 100);
	a[64] = b[64] = '\0';
	CHECK_EQ(text_distance(a, b), 0);
}

TEST(the_nearest_of_several_is_meant)
{
	const char *items[] = { "env", "run", "label" };
	struct text_list choices = { items, COUNT(items) };

	CHECK_TEXT(text_nearest("rnu", &choices), "run");
	CHECK_TEXT(text_nearest("labels", &choices), "label");
	CHECK(text_nearest("x", &choices) == NULL);
	CHECK(text_nearest("", &choices) == NULL);
	CHECK(text_nearest("volume", &choices) == NULL);
}

TEST(case_is_changed_in_ascii_only)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(text_upper(&arena, "aZ09-ö"), "AZ09-ö");
	CHECK_TEXT(text_lower(&arena, "aZ09-Ö"), "az09-Ö");
}

TEST(nothing_equals_only_nothing)
{
	CHECK(text_equal(NULL, NULL));
	CHECK(!text_equal(NULL, ""));
	CHECK(!text_equal("", NULL));
	CHECK(text_equal("a", "a"));
	CHECK(!text_equal("a", "b"));
	CHECK(text_is_empty(NULL) && text_is_empty("") && !text_is_empty(" "));
}

TEST(prefixes_and_suffixes_are_whole)
{
	CHECK_TEXT(text_after("sha256:abc", "sha256:"), "abc");
	CHECK_TEXT(text_after("abc", ""), "abc");
	CHECK_TEXT(text_after("abc", "abc"), "");
	CHECK(text_after("ab", "abc") == NULL);
	CHECK(text_after("xabc", "abc") == NULL);
	CHECK(text_ends_with("a.slice", ".slice"));
	CHECK(text_ends_with("abc", ""));
	CHECK(!text_ends_with("c", "abc"));
	CHECK(!text_ends_with("abcd", "abc"));
}

TEST(what_is_split_keeps_its_empty_pieces)
{
	scoped_arena arena = { 0 };
	struct text_list pieces = text_split(&arena, ":a::b:", ':');

	CHECK_EQ(pieces.count, 5);
	CHECK_TEXT(pieces.items[0], "");
	CHECK_TEXT(pieces.items[1], "a");
	CHECK_TEXT(pieces.items[2], "");
	CHECK_TEXT(pieces.items[3], "b");
	CHECK_TEXT(pieces.items[4], "");
	pieces = text_split(&arena, "", ',');
	CHECK_EQ(pieces.count, 1);
	CHECK_TEXT(pieces.items[0], "");
}

TEST(what_is_split_can_be_joined_again)
{
	static const char *const texts[] = { "", "a", ",", "a,b", ",a,,b,", "one,two,three" };
	scoped_arena arena = { 0 };
	struct text_list none = { 0 };

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct text_list pieces = text_split(&arena, texts[i], ',');
		CHECK_TEXT(text_join(&arena, &pieces, ","), texts[i]);
	}
	struct text_list three = text_split(&arena, "a b c", ' ');
	CHECK_TEXT(text_join(&arena, &three, " and "), "a and b and c");
	CHECK_TEXT(text_join(&arena, &none, ","), "");
}

TEST(blanks_are_trimmed_from_both_ends_only)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(text_trimmed(&arena, " \t\r\n\v\fa b\n "), "a b");
	CHECK_TEXT(text_trimmed(&arena, "   "), "");
	CHECK_TEXT(text_trimmed(&arena, ""), "");
	CHECK_TEXT(text_trimmed(&arena, "a"), "a");
}
