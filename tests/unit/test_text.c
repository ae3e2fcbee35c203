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
