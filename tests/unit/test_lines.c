/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/lines.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

/* Each line as "first-last:text", a bar between them. */
static int
read_all(struct buffer *out, struct lines *lines, struct error *err)
{
	struct line line = { 0 };

	while (GET(lines_next(lines, &line, err)) == 0)
		buffer_add_format(out, "%s%u-%u:%s%s", out->length > 0 ? "|" : "", line.lines.first,
				  line.lines.last, line.has_gap ? "(gap)" : "", line.text);
	return 0;
}

static void
check_lines(const char *bytes, const char *wanted)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, bytes, strlen(bytes));
	CHECK_OK(read_all(&out, &lines, &err), err);
	CHECK_TEXT(buffer_text(&out), wanted);
}

static void
check_lines_fit(const char *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, bytes, n);
	CHECK_OK(read_all(&out, &lines, &err), err);
	CHECK(out.length > 65535);
}

static void
check_refused(const char *bytes, size_t n, unsigned number, const char *wanted)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, bytes, n);
	CHECK_FAILS(read_all(&out, &lines, &err), err, wanted);
	CHECK_EQ(lines.number, number);
}

static void
check_directives(const char *bytes, const char *wanted, char escape)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 }, unused = { 0 };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, bytes, strlen(bytes));
	CHECK_OK(read_all(&unused, &lines, &err), err);
	FOR_EACH(directive, &lines.directives)
		buffer_add_format(&out, "%u:%s=%s|", directive->line, directive->name,
				  directive->value);
	CHECK_TEXT(buffer_text(&out), wanted);
	CHECK_EQ(lines.escape, escape);
}

TEST(blank_lines_and_comments_are_passed_over)
{
	check_lines("", "");
	check_lines("\n\n  \t\n", "");
	check_lines("a\n\n#b\n  # c\n d #e\n", "1-1:a|5-5:d #e");
	check_lines("a", "1-1:a");
}

TEST(line_ends_may_be_those_of_another_system)
{
	check_lines("a\r\nb \\\r\nc\r\n", "1-1:a|2-3:b c");
	check_lines("a\r\r\n", "1-1:a");
}

TEST(a_byte_order_mark_is_dropped_once)
{
	check_lines("\xef\xbb\xbf"
		    "FROM x",
		    "1-1:FROM x");
	check_lines("a\n\xef\xbb\xbf"
		    "b",
		    "1-1:a|2-2:\xef\xbb\xbf"
		    "b");
}

TEST(an_escape_at_the_end_continues_the_line)
{
	check_lines("a\\\nb", "1-2:ab");
	check_lines("a \\  \t\n  b", "1-2:a   b");
	check_lines("a\\\n\\\nb", "1-3:ab");
	check_lines("a\\", "1-1:a");
	check_lines("a\\\n", "1-1:a");
	check_lines("a\\ b\nc", "1-1:a\\ b|2-2:c");
}

TEST(an_escaped_escape_does_not_continue)
{
	check_lines("a\\\\\nb", "1-1:a\\\\|2-2:b");
	check_lines("a\\\\\\\nb", "1-1:a\\\\\\|2-2:b");
}

TEST(comments_and_blank_lines_within_a_continuation_vanish)
{
	check_lines("a \\\n# c \\\n b", "1-3:a  b");
	check_lines("a \\\n\n b \\\n  \n c\nd", "1-5:(gap)a  b  c|6-6:d");
	check_lines("a \\\n#x\n\\\n b", "1-4:a  b");
}

TEST(an_escape_that_continues_nothing_is_nothing)
{
	check_lines("\\\n\n\\", "");
	check_lines("\\\na", "1-2:a");
	check_lines("a\n\\\n", "1-1:a");
}

TEST(directives_stand_before_everything_else)
{
	check_directives("# syntax=a/b:1\n#escape = `\n#  CHECK\t=skip=all  \nFROM x",
			 "1:syntax=a/b:1|2:escape=`|3:check=skip=all|", '`');
	check_directives("\n# escape=`\n", "", '\\');
	check_directives("FROM x\n# escape=`\n", "", '\\');
	check_directives("# comment\n# escape=`\n", "", '\\');
	check_directives("# unknown=x\n# escape=`\n", "", '\\');
	check_directives("# escape=\n# syntax=x\n", "", '\\');
	check_directives("# escape \\\n= `\n", "", '\\');
	check_directives("\xef\xbb\xbf# escape=`\r\n", "1:escape=`|", '`');
}

TEST(a_line_for_the_kernel_may_come_before_directives)
{
	check_directives("#!/usr/bin/env cooper\n# syntax=x\n", "2:syntax=x|", '\\');
	check_directives("#!/usr/bin/env cooper\n# escape=`\n", "2:escape=`|", '\\');
	check_directives("# a=b\n#!x\n# syntax=x\n", "", '\\');
}

TEST(the_escape_directive_changes_what_continues)
{
	check_lines("# escape=`\na`\nb\\\nc", "2-3:ab\\|4-4:c");
}

TEST(wrong_directives_are_refused)
{
	check_refused("# escape=x\n", 11, 1, "escape is \\ or `, not \"x\"");
	check_refused("# escape=`\n# escape=`\n", 22, 2,
		      "directive \"escape\" was given before, on line 1");
}

TEST(comments_above_a_line_stay_with_it)
{
	scoped_arena arena = { 0 };
	struct lines lines;
	struct line line = { 0 };
	struct error err = { 0 };
	static const char bytes[] = "# syntax=x\n# one\n\n  # two \nA\nB\n# three\n#\n# four\nC";

	lines_open(&lines, &arena, bytes, strlen(bytes));
	CHECK_OK(lines_next(&lines, &line, &err), err);
	CHECK_TEXT(text_join(&arena, &line.comments, "|"), "one|two");
	CHECK_OK(lines_next(&lines, &line, &err), err);
	CHECK_EQ(line.comments.count, 0);
	CHECK_OK(lines_next(&lines, &line, &err), err);
	CHECK_TEXT(text_join(&arena, &line.comments, "|"), "four");
}

TEST(a_line_of_the_file_has_a_limit)
{
	static char bytes[1 + 65536 + 1];

	memset(bytes, 'a', sizeof(bytes));
	bytes[0] = bytes[65536] = '\n';
	check_lines_fit(bytes, 65537);
	bytes[65536] = 'a';
	check_refused(bytes, sizeof(bytes), 2, "the line is longer than 65535 bytes");
}

TEST(a_line_with_a_nul_byte_is_no_text)
{
	check_refused("a\nF\0R\0", 6, 2,
		      "there is a NUL byte in the line; is this a text file in UTF-8?");
}

/* ---- bodies ------------------------------------------------------------------------------- */

static void
check_body(const char *bytes, struct heredoc heredoc, const char *wanted, unsigned number)
{
	scoped_arena arena = { 0 };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, bytes, strlen(bytes));
	CHECK_OK(lines_read_body(&lines, &heredoc, &err), err);
	CHECK_TEXT(heredoc.content, wanted);
	CHECK_EQ(lines.number, number);
}

TEST(a_body_is_read_as_it_stands)
{
	struct heredoc plain = { .name = "E" }, chomped = { .name = "E", .chomp = true };

	check_body("E\n", plain, "", 1);
	check_body("a \\\n#b\n\n\tE\nE", plain, "a \\\n#b\n\n\tE\n", 5);
	check_body("a\r\nE\r\n", plain, "a\r\n", 2);
	check_body("\ta\n\t\tE\nx", chomped, "\ta\n", 2);
	check_body("a\nE \nE", plain, "a\nE \n", 3);
}

TEST(a_body_without_an_end_is_refused)
{
	scoped_arena arena = { 0 };
	struct heredoc heredoc = { .name = "E" };
	struct lines lines;
	struct error err = { 0 };

	lines_open(&lines, &arena, "a\n E\nEE", 7);
	CHECK_FAILS(lines_read_body(&lines, &heredoc, &err), err,
		    "the heredoc <<E never ends: there is no line \"E\"");
}

TEST(a_chomped_body_loses_its_tabs)
{
	scoped_arena arena = { 0 };
	struct heredoc heredoc = { .content = "\t\ta\n\n  b\n\tc\td", .chomp = true };

	CHECK_TEXT(heredoc_text(&arena, &heredoc), "a\n\n  b\nc\td");
	heredoc.chomp = false;
	CHECK_TEXT(heredoc_text(&arena, &heredoc), "\t\ta\n\n  b\n\tc\td");
}
