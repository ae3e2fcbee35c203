/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/buffer.h"

TEST(an_untouched_buffer_is_the_empty_text)
{
	scoped_buffer buffer = { 0 };

	CHECK_TEXT(buffer_text(&buffer), "");
	buffer_clear(&buffer);
	CHECK_TEXT(buffer_text(&buffer), "");
	buffer_add(&buffer, NULL, 0);
	CHECK_TEXT(buffer_text(&buffer), "");
}

TEST(what_is_added_stands_in_order_and_ends_with_a_nul)
{
	scoped_buffer buffer = { 0 };

	buffer_add_text(&buffer, "one");
	buffer_add_char(&buffer, ' ');
	buffer_add_format(&buffer, "%s %d", "two", 3);
	buffer_add(&buffer, "\0x", 2);
	CHECK_EQ(buffer.length, 11);
	CHECK_EQ(memcmp(buffer.bytes, "one two 3\0x", 12), 0);
}

TEST(a_buffer_grows_by_single_letters_and_by_a_lot)
{
	scoped_buffer buffer = { 0 };

	for (int i = 0; i < 10000; i++)
		buffer_add_char(&buffer, (char) ('a' + i % 26));
	buffer_add_format(&buffer, "%100000s", "end");
	CHECK_EQ(buffer.length, 110000);
	CHECK_EQ(strlen(buffer_text(&buffer)), 110000);
	CHECK_EQ(buffer.bytes[9999], 'a' + 9999 % 26);
	CHECK_TEXT(buffer.bytes + 109997, "end");
}

TEST(a_format_that_just_fits_or_just_does_not_is_whole)
{
	for (int n = 0; n < 200; n++) {
		scoped_buffer buffer = { 0 };
		buffer_add_char(&buffer, '<');
		buffer_add_format(&buffer, "%*s", n, "");
		buffer_add_char(&buffer, '>');
		CHECK_EQ(buffer.length, n + 2);
		CHECK_EQ(buffer.bytes[n + 1], '>');
		CHECK_EQ(buffer.bytes[n + 2], '\0');
	}
}

TEST(room_may_be_used_in_part)
{
	scoped_buffer buffer = { 0 };

	memcpy(buffer_room(&buffer, 1000), "hello", 5);
	buffer_used(&buffer, 5);
	CHECK_TEXT(buffer_text(&buffer), "hello");
	(void) buffer_room(&buffer, 50);
	buffer_used(&buffer, 0);
	CHECK_TEXT(buffer_text(&buffer), "hello");
}

TEST(clearing_keeps_the_memory_and_forgets_the_bytes)
{
	scoped_buffer buffer = { 0 };

	buffer_add_text(&buffer, "gone");
	char *bytes = buffer.bytes;
	buffer_clear(&buffer);
	CHECK_TEXT(buffer_text(&buffer), "");
	buffer_add_text(&buffer, "new");
	CHECK(buffer.bytes == bytes);
	CHECK_TEXT(buffer_text(&buffer), "new");
}

static const char *
show(struct buffer *buffer, const char *text, size_t n, size_t most)
{
	buffer_clear(buffer);
	buffer_add_shown(buffer, text, n, most);
	return buffer_text(buffer);
}

TEST(what_is_shown_can_do_nothing_to_a_terminal)
{
	scoped_buffer buffer = { 0 };

	CHECK_TEXT(show(&buffer, "plain ö", 8, 99), "plain ö");
	CHECK_TEXT(show(&buffer, "a\x1b[2J\n\x7f", 7, 99), "a\\x1b[2J\\x0a\\x7f");
	CHECK_TEXT(show(&buffer, "\0", 1, 99), "\\x00");
	CHECK_TEXT(show(&buffer, "\xff\xc3", 2, 99), "\\xff\\xc3"); /* neither is UTF-8 */
	CHECK_TEXT(show(&buffer, "\xc2\x9b", 2, 99), "\\xc2\\x9b"); /* U+009B: a control that begins a sequence */
}

TEST(what_is_shown_is_cut_between_characters)
{
	scoped_buffer buffer = { 0 };

	CHECK_TEXT(show(&buffer, "abcdef", 6, 3), "abc…");
	CHECK_TEXT(show(&buffer, "abcdef", 6, 6), "abcdef");
	CHECK_TEXT(show(&buffer, "aöö", 5, 2), "aö…");
	CHECK_TEXT(show(&buffer, "", 0, 0), "");
}
