/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/list.h"

struct number_list {
	int *items;
	size_t count;
};

TEST(a_list_of_nothing_is_walked_not_at_all)
{
	struct number_list empty = { 0 }, *list = &empty;
	int walked = 0;

	FOR_EACH(item, list)
		walked += *item + 1;
	CHECK_EQ(walked, 0);
}

TEST(items_keep_their_order_while_the_list_grows)
{
	scoped_arena arena = { 0 };
	struct number_list list = { 0 };
	int wanted = 0;

	for (int i = 0; i < 1000; i++)
		list_add(&list, &arena, i);
	CHECK_EQ(list.count, 1000);
	FOR_EACH(item, &list)
		CHECK_EQ(*item, wanted++);
	CHECK_EQ(wanted, 1000);
}

TEST(an_item_may_be_a_struct_with_commas)
{
	scoped_arena arena = { 0 };
	struct pair_list list = { 0 };

	list_add(&list, &arena, (struct pair){ "key", "value" });
	list_add(&list, &arena, ((struct pair){ .value = "only" }));
	CHECK_TEXT(list.items[0].key, "key");
	CHECK_TEXT(list.items[0].value, "value");
	CHECK(list.items[1].key == NULL);
	CHECK_TEXT(list.items[1].value, "only");
}

TEST(a_list_may_have_no_name)
{
	scoped_arena arena = { 0 };
	list_of(char) letters = { 0 };

	for (char c = 'a'; c <= 'z'; c++)
		list_add(&letters, &arena, c);
	CHECK_EQ(letters.count, 26);
	CHECK_EQ(memcmp(letters.items, "abcdefghijklmnopqrstuvwxyz", 26), 0);
}

TEST(lists_that_grow_in_turn_do_not_disturb_each_other)
{
	scoped_arena arena = { 0 };
	struct number_list even = { 0 }, odd = { 0 };

	for (int i = 0; i < 500; i++)
		if (i % 2 == 0)
			list_add(&even, &arena, i);
		else
			list_add(&odd, &arena, i);
	for (int i = 0; i < 250; i++) {
		CHECK_EQ(even.items[i], 2 * i);
		CHECK_EQ(odd.items[i], 2 * i + 1);
	}
}
