/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/arena.h"

static bool
is_zero(const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

TEST(what_is_given_is_zero_and_aligned_for_any_type)
{
	scoped_arena arena = { 0 };

	for (size_t size = 0; size < 300; size++) {
		char *place = arena_alloc(&arena, size);
		CHECK_EQ((uintptr_t) place % _Alignof(max_align_t), 0);
		CHECK(is_zero(place, size));
		memset(place, 0xff, size);
	}
}

TEST(places_do_not_overlap_however_large_they_are)
{
	static const size_t sizes[] = { 1, 16000, 5, 100000, 7, 16384, 3, 1 << 20, 2 };
	scoped_arena arena = { 0 };
	char *places[COUNT(sizes)];

	for (size_t i = 0; i < COUNT(sizes); i++) {
		places[i] = arena_alloc(&arena, sizes[i]);
		CHECK(is_zero(places[i], sizes[i]));
		memset(places[i], (int) i + 1, sizes[i]);
	}
	for (size_t i = 0; i < COUNT(sizes); i++) {
		CHECK_EQ(places[i][0], i + 1);
		CHECK_EQ(places[i][sizes[i] - 1], i + 1);
	}
}

TEST(a_large_one_off_leaves_the_room_that_there_was_in_use)
{
	scoped_arena arena = { 0 };
	char *before = arena_alloc(&arena, 16);

	(void) arena_alloc(&arena, 1 << 20);
	char *after = arena_alloc(&arena, 16);
	CHECK(after == before + 16);
}

TEST(copies_end_with_a_nul_and_may_hold_some)
{
	scoped_arena arena = { 0 };
	char *copy = arena_copy(&arena, "a\0b!!!", 3);

	CHECK_EQ(memcmp(copy, "a\0b", 4), 0);
	CHECK_TEXT(arena_copy(&arena, NULL, 0), "");
	CHECK_TEXT(arena_text(&arena, ""), "");
	CHECK_TEXT(arena_text(&arena, "text"), "text");
}

TEST(formats_of_any_length_fit)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(arena_format(&arena, "%s-%d", "x", 42), "x-42");
	char *wide = arena_format(&arena, "%100000d", 7);
	CHECK_EQ(strlen(wide), 100000);
	CHECK_EQ(wide[99999], '7');
}

TEST(an_arena_can_be_used_again_once_it_is_done)
{
	struct arena arena = { 0 };

	(void) arena_text(&arena, "one");
	arena_done(&arena);
	CHECK(arena.chunks == NULL);
	CHECK_TEXT(arena_text(&arena, "two"), "two");
	arena_done(&arena);
	arena_done(&arena);
}
