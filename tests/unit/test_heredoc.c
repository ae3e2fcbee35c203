/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/heredoc.h"
#include "libcommon/buffer.h"
#include "libcommon/list.h"

/* "name fd expand chomp" */
static void
show(struct buffer *out, const struct heredoc *heredoc)
{
	buffer_add_format(out, "[%s %u%s%s]", heredoc->name, heredoc->fd,
			  heredoc->expand ? " expand" : "", heredoc->chomp ? " chomp" : "");
}

static void
check_word(const char *word, const char *wanted)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct heredoc heredoc = { 0 };
	struct error err = { 0 };

	CHECK_OK(heredoc_read(&heredoc, word, &arena, &err), err);
	show(&out, &heredoc);
	CHECK_TEXT(buffer_text(&out), wanted);
}

static void
check_no_heredoc(const char *word)
{
	scoped_arena arena = { 0 };
	struct heredoc heredoc = { 0 };
	struct error err = { 0 };

	CHECK_EQ(heredoc_read(&heredoc, word, &arena, &err), 1);
}

static void
check_line(const char *line, const char *wanted)
{
	scoped_arena arena = { 0 };
	scoped_buffer out = { 0 };
	struct heredoc_list found;
	struct error err = { 0 };

	CHECK_OK(heredoc_find(&found, line, &arena, &err), err);
	FOR_EACH(heredoc, &found)
		show(&out, heredoc);
	CHECK_TEXT(buffer_text(&out), wanted);
}

TEST(a_word_may_be_a_heredoc)
{
	check_word("<<EOF", "[EOF 0 expand]");
	check_word("<<-EOF", "[EOF 0 expand chomp]");
	check_word("3<<EOF", "[EOF 3 expand]");
	check_word("<< EOF", "[EOF 0 expand]");
	check_word("<<-\tEOF", "[EOF 0 expand chomp]");
	check_word("<<$EOF", "[$EOF 0 expand]");
	check_word("<<${E:-x}", "[${E:-x} 0 expand]");
	check_word("<<\\EOF", "[EOF 0 expand]");
}

TEST(a_quote_anywhere_in_the_delimiter_keeps_the_body_plain)
{
	check_word("<<'EOF'", "[EOF 0]");
	check_word("<<\"EOF\"", "[EOF 0]");
	check_word("<<E'O'F", "[EOF 0]");
	check_word("<<-'two words'", "[two words 0 chomp]");
	check_word("<<E\\'F", "[E'F 0 expand]");
}

TEST(other_words_are_none)
{
	check_no_heredoc("");
	check_no_heredoc("<");
	check_no_heredoc("<<");
	check_no_heredoc("<<-");
	check_no_heredoc("<<<word");
	check_no_heredoc("<<a<b");
	check_no_heredoc("x<<EOF");
	check_no_heredoc("\"<<EOF\"");
	check_no_heredoc("<<a b");
	check_no_heredoc("<<''");
}

TEST(a_line_has_those_that_its_words_are)
{
	check_line("RUN cat", "");
	check_line("RUN cat <<A <<-'B' 3<< C >x", "[A 0 expand][B 0 chomp][C 3 expand]");
	check_line("RUN echo \"<<A\" '<<B' \\<<C a<<D $((1<<2)) <<<E", "");
	check_line("COPY <<a.txt <<\"b c\" /", "[a.txt 0 expand][b c 0]");
	check_line("RUN cat<<A", "");
}

TEST(a_line_whose_quotes_do_not_close_has_none)
{
	check_line("RUN echo it's <<A", "");
	check_line("RUN echo \"x <<A", "");
}
