/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/words.h"
#include "libcommon/text.h"

/* "word|flag,flag|rest" */
static void
check_line(const char *line, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct words_line out;

	words_split_line(&out, line, '\\', &arena);
	CHECK_TEXT(arena_format(&arena, "%s|%s|%s", out.word, text_join(&arena, &out.flags, ","),
				out.rest),
		   wanted);
}

static void
check_words(struct text_list (*split)(const char *, struct arena *), const char *rest,
	    const char *wanted)
{
	scoped_arena arena = { 0 };
	struct text_list words = split(rest, &arena);

	CHECK_TEXT(text_join(&arena, &words, "|"), wanted);
}

static void
check_quoted(const char *rest, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct text_list words = words_quoted(rest, '\\', &arena);

	CHECK_TEXT(text_join(&arena, &words, "|"), wanted);
}

TEST(a_line_is_a_word_flags_and_the_rest)
{
	check_line("RUN a  b ", "RUN||a  b");
	check_line(" \tRUN\t\va", "RUN||a");
	check_line("RUN", "RUN||");
	check_line("", "||");
	check_line("COPY --from=a --link b c", "COPY|--from=a,--link|b c");
	check_line("COPY a --link b", "COPY||a --link b");
	check_line("COPY --link", "COPY|--link|");
	check_line("RUN -a --b", "RUN||-a --b");
}

TEST(two_dashes_alone_end_the_flags)
{
	check_line("RUN -- --a", "RUN||--a");
	check_line("RUN --a -- --b", "RUN|--a|--b");
	check_line("RUN --", "RUN||");
	check_line("RUN \"--\" a", "RUN||\"--\" a");
}

TEST(quotes_and_escapes_in_flags_are_taken_out)
{
	check_line("COPY --a=\"b c\" d", "COPY|--a=b c|d");
	check_line("COPY --a='b \"c' d", "COPY|--a=b \"c|d");
	check_line("COPY --a=b\\ c d", "COPY|--a=b c|d");
	check_line("COPY --a=\"b\\\"c\" d", "COPY|--a=b\"c|d");
	check_line("COPY --\"a\"=b d", "COPY|--a=b|d");
	check_line("COPY --a=\\", "COPY|--a=|");
	check_line("COPY --a=ö d", "COPY|--a=ö|d");
	check_line("COPY --a=\"b", "COPY|--a=b|");
}

TEST(words_between_blanks_know_no_quotes)
{
	check_words(words_between_blanks, "a  b\tc\v\fd", "a|b|c|d");
	check_words(words_between_blanks, "\"a b\" 'c", "\"a|b\"|'c");
	check_words(words_between_blanks, "a\\ b", "a\\|b");
	check_words(words_between_blanks, "", "");
	check_words(words_between_blanks,
		    "a\xc2\xa0"
		    "b",
		    "a\xc2\xa0"
		    "b");
}

TEST(a_heredoc_among_them_is_one_word)
{
	check_words(words_with_heredocs, "<<a b", "<<a|b");
	check_words(words_with_heredocs, "<< a b", "<< a|b");
	check_words(words_with_heredocs, "3<<-  \"a b\" \"c d\"", "3<<-  \"a b\"|\"c|d\"");
	check_words(words_with_heredocs, "x<<'a b' <<", "x<<'a|b'|<<");
}

TEST(quoted_words_keep_their_quotes)
{
	check_quoted("a b", "a|b");
	check_quoted("a=\"b c\" 'd e'", "a=\"b c\"|'d e'");
	check_quoted("a\\ b\\\"c", "a\\ b\\\"c");
	check_quoted("\"a\\\" b\" c", "\"a\\\" b\"|c");
	check_quoted("'a\\' b", "'a\\'|b");
	check_quoted("a\xe3\x80\x80"
		     "b",
		     "a|b");
	check_quoted("\"open b", "\"open b");
	check_quoted("", "");
}

TEST(an_escape_with_nothing_behind_it_is_dropped)
{
	check_quoted("a\\", "a");
	check_quoted("a\\\\", "a\\\\");
	check_quoted("a\\\\\\", "a\\\\");
	check_quoted("\"a\\", "\"a");
	check_quoted("'a\\", "'a\\");
	check_quoted("a \\", "a");
}

TEST(a_name_is_parted_from_the_rest_of_its_line)
{
	scoped_arena arena = { 0 };
	struct pair pair;

	CHECK(words_split_name(&pair, "a  b  c", &arena));
	CHECK_TEXT(pair.key, "a");
	CHECK_TEXT(pair.value, "b  c");
	CHECK(!words_split_name(&pair, "a", &arena));
}
