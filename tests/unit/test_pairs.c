/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/pairs.h"
#include "libcommon/text.h"

TEST(a_name_counts_once_and_keeps_its_place)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs = { 0 };

	pairs_set(&pairs, &arena, "A", "1");
	pairs_set(&pairs, &arena, "B", "2");
	pairs_set(&pairs, &arena, "A", "3");
	CHECK_EQ(pairs.count, 2);
	CHECK_TEXT(pairs_get(&pairs, "A"), "3");
	CHECK_TEXT(pairs.items[0].key, "A");
	CHECK(pairs_get(&pairs, "C") == NULL);
}

TEST(what_is_added_to_a_copy_is_not_in_the_other)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs = { 0 };

	pairs_set(&pairs, &arena, "A", "1");
	pairs_set(&pairs, &arena, "B", "1");
	pairs_set(&pairs, &arena, "C", "1");
	struct pair_list one = pairs_copy(&arena, &pairs), two = pairs_copy(&arena, &pairs);
	pairs_set(&one, &arena, "D", "one");
	pairs_set(&two, &arena, "D", "two");
	pairs_set(&one, &arena, "A", "one");
	CHECK_TEXT(pairs_get(&one, "D"), "one");
	CHECK_TEXT(pairs_get(&two, "D"), "two");
	CHECK_TEXT(pairs_get(&pairs, "A"), "1");
}

TEST(texts_without_a_name_or_a_value_are_left_out)
{
	scoped_arena arena = { 0 };
	const char *items[] = { "A=b", "HOST", "=x", "*", "B=c=d", "E=" };
	const struct text_list texts = { items, COUNT(items) };
	struct pair_list pairs = pairs_from_texts(&arena, &texts);
	struct text_list back = pairs_to_texts(&arena, &pairs);

	CHECK_TEXT(text_join(&arena, &back, " "), "A=b B=c=d E=");
}

TEST(a_text_is_added_once)
{
	scoped_arena arena = { 0 };
	struct text_list texts = { 0 };

	pairs_add_text_once(&texts, &arena, "a");
	pairs_add_text_once(&texts, &arena, "b");
	pairs_add_text_once(&texts, &arena, "a");
	CHECK_TEXT(text_join(&arena, &texts, " "), "a b");
}
