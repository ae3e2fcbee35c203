/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/expand.h"
#include "builder/dockerfile/shell_pattern.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"
#include "tests/unit/corpus.h"

/* Variables as pairs, the last of a name first. */
static const char *
look_up(void *variables, const char *name)
{
	const struct pair_list *pairs = variables;

	for (size_t i = pairs->count; i-- > 0;)
		if (strcmp(pairs->items[i].key, name) == 0)
			return pairs->items[i].value;
	return NULL;
}

static struct pair known[] = {
	{ "PWD", "/home" }, { "SHELL", "bash" },           { "KOREAN", "한국어" }, { "NULL", "" },
	{ "star", "*" },    { "path", "/tmp/foo.tar.gz" }, { "text", "xxyy" },
};

static struct expander
expander_of(struct arena *arena, struct pair_list *pairs)
{
	*pairs = (struct pair_list){ known, COUNT(known) };
	return (struct expander){ arena, look_up, pairs, .escape = '\\' };
}

static void
check_text(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out = NULL;

	CHECK_OK(expand_text(&out, &expander, text, &err), err);
	CHECK_TEXT(out, wanted);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out = NULL;

	CHECK_FAILS(expand_text(&out, &expander, text, &err), err, wanted);
}

static void
check_words(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	struct text_list out = { 0 };

	CHECK_OK(expand_words(&out, &expander, text, &err), err);
	CHECK_TEXT(text_join(&arena, &out, "|"), wanted);
}

/* ---- the public tables -------------------------------------------------------------------- */

/* "A|input|output": A for all systems, U for ours, W for another. */
static bool
check_variable_row(struct arena *arena, struct expander *expander, const char *line)
{
	struct text_list columns = text_split(arena, line, '|');
	struct error err = { 0 };
	const char *out = NULL;

	if (line[0] == '#' || columns.count < 3 || line[0] == 'W')
		return false;
	const char *input = text_trimmed(arena, columns.items[1]);
	const char *wanted = text_trimmed(arena, columns.items[2]);
	int result = expand_text(&out, expander, input, &err);
	if (strcmp(wanted, "error") == 0 ? result == 0 : result < 0 || strcmp(out, wanted) != 0)
		check_failed("%s → %s, wanted %s", input, result < 0 ? err.text : out, wanted);
	return true;
}

TEST(the_public_table_of_variables_comes_out)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	const char *data = corpus_data(&arena, "dockerfile-words");
	size_t length, rows = 0;

	if (data == NULL) {
		arena_done(&arena); /* skip jumps out of the block */
		skip();
	}
	char *table = corpus_read(&arena, arena_format(&arena, "%s/envVarTest", data), &length);
	CHECK(table != NULL);
	struct text_list lines = text_split(&arena, table, '\n');
	FOR_EACH(line, &lines)
		rows += check_variable_row(&arena, &expander, *line);
	CHECK(rows > 150);
}

/* "input | word,word", with a word "error" for a failure. */
static void
check_words_row(struct arena *arena, struct expander *expander, const char *input,
		const char *wanted)
{
	struct text_list words = { 0 };
	struct error err = { 0 };
	int result = expand_words(&words, expander, text_trimmed(arena, input), &err);
	const char *out = result < 0 ? err.text : text_join(arena, &words, ",");

	if (strcmp(wanted, "error") == 0 ? result == 0 : result < 0 || strcmp(out, wanted) != 0)
		check_failed("%s → %s, wanted %s", input, out, wanted);
}

TEST(the_public_table_of_words_comes_out)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs = { 0 };
	struct expander expander = { &arena, look_up, &pairs, .escape = '\\' };
	const char *data = corpus_data(&arena, "dockerfile-words");
	size_t length, rows = 0;

	if (data == NULL) {
		arena_done(&arena); /* skip jumps out of the block */
		skip();
	}
	char *table = corpus_read(&arena, arena_format(&arena, "%s/wordsTest", data), &length);
	CHECK(table != NULL);
	struct text_list lines = text_split(&arena, table, '\n');
	FOR_EACH(line, &lines) {
		const char *variable = text_after(*line, "ENV "), *bar = strstr(*line, " | ");
		if (variable != NULL) {
			const char *equals = strchr(variable, '=');
			list_add(&pairs, &arena,
				 (struct pair){
					 arena_copy(&arena, variable, (size_t) (equals - variable)),
					 equals + 1 });
		} else if (bar != NULL && (*line)[0] != '#') {
			check_words_row(&arena, &expander,
					arena_copy(&arena, *line, (size_t) (bar - *line)), bar + 3);
			rows++;
		}
	}
	CHECK(rows > 20);
}

/* ---- our own ------------------------------------------------------------------------------ */

TEST(patterns_cut_the_front)
{
	check_text("${path#/*/}", "foo.tar.gz");
	check_text("${path#*.}", "tar.gz");
	check_text("${path##*.}", "gz");
	check_text("${path##*}", "");
	check_text("${path#*}", "/tmp/foo.tar.gz");
	check_text("${path#nothing}", "/tmp/foo.tar.gz");
	check_text("${path#????}", "/foo.tar.gz");
	check_text("${text#*x*y}", "y");
	check_text("${text##*x*y}", "");
	check_text("${KOREAN#?}", "국어");
	check_text("${unset#x}", "");
}

TEST(patterns_cut_the_back)
{
	check_text("${path%.*}", "/tmp/foo.tar");
	check_text("${path%%.*}", "/tmp/foo");
	check_text("${path%/*}", "/tmp");
	check_text("${path%%/*}", "");
	check_text("${text%y}", "xxy");
	check_text("${text%%y*y}", "xx");
	check_text("${KOREAN%?}", "한국");
	check_text("${KOREAN%%국*}", "한");
}

TEST(patterns_replace_once_or_always)
{
	check_text("${path/tmp/var}", "/var/foo.tar.gz");
	check_text("${path/./-}", "/tmp/foo-tar.gz");
	check_text("${path//./-}", "/tmp/foo-tar-gz");
	check_text("${text/x*y/-}", "-");
	check_text("${text//x/}", "yy");
	check_text("${text//?/ab}", "abababab");
	check_text("${text/z/-}", "xxyy");
	check_text("${text/$NULL/-}", "-xxyy");
	check_text("${text///-}", "-x-x-y-y-");
	check_text("${path//\\//\\/}", "\\/tmp\\/foo.tar.gz");
	check_text("${unset//x/y}", "");
}

TEST(a_replacement_is_never_a_reference_to_a_group)
{
	check_text("${text/xx/\\$1}", "\\$1yy");
}

TEST(a_backslash_in_a_pattern_makes_a_star_plain)
{
	check_text("${path/\\*/-}", "/tmp/foo.tar.gz");
	check_text("${star#\\*}", "");
	check_text("${star#\\?}", "*");
	check_text("${star/\\*/\\}}", "\\}");
	check_refused("${star#\\x}",
		      "pattern \"\\x\": a backslash may stand only before * ? \\ } and /");
}

TEST(brackets_in_a_pattern_are_plain)
{
	check_text("${path#[/]}", "/tmp/foo.tar.gz");
	check_text("${path/[a-z]/x}", "/tmp/foo.tar.gz");
}

TEST(a_word_may_hold_variables_and_quotes)
{
	check_text("${unset:-'$PWD' \"$PWD\"}", "$PWD /home");
	check_text("${PWD+<$SHELL>}", "<bash>");
	check_text("${path#$PWD}", "/tmp/foo.tar.gz");
	check_text("${path%${star}.gz}", "/tmp/foo.tar");
	check_text("${unset-${NULL:-${PWD:+deep}}}", "deep");
}

TEST(an_empty_variable_is_set)
{
	check_text("<${NULL-word}>", "<>");
	check_text("<${NULL:-word}>", "<word>");
	check_text("<${NULL+word}>", "<word>");
	check_text("<${NULL:+word}>", "<>");
	check_text("<${NULL?word}>", "<>");
}

TEST(a_missing_variable_can_be_required)
{
	check_refused("${unset?}", "variable \"unset\" must be set");
	check_refused("${NULL:?}", "variable \"NULL\" must not be empty");
	check_refused("${unset:?give --build-arg unset}", "unset: give --build-arg unset");
	check_refused("${unset:?no $SHELL}", "unset: no bash");
}

TEST(wrong_substitutions_are_named)
{
	check_refused("a${PWD", "\"a${PWD\": the } of a ${ is missing");
	check_refused("a${PWD:-x", "\"a${PWD:-x\": the } of a ${ is missing");
	check_refused("a${PWD/x}", "\"a${PWD/x}\": the / of a ${ is missing");
	check_refused("${PWD:=x}", "\"${PWD:=x}\": \":=\" is not a way to substitute");
	check_refused("${PWD:#x}", "\"${PWD:#x}\": \":#\" is not a way to substitute");
	check_refused("${}", "\"${}\": a ${ without a name");
	check_refused("${", "\"${\": the } of a ${ is missing");
	check_refused("it's", "the closing ' is missing in it's");
	check_refused("a \"b", "the closing \" is missing in a \"b");
}

TEST(a_complaint_shows_one_line_and_not_all_of_it)
{
	check_refused("first\nsecond '", "the closing ' is missing in first…");
	check_refused(
		"'1234567890123456789012345678901234567890123456789012345678901234567890123456789ö",
		"the closing ' is missing in "
		"'1234567890123456789012345678901234567890123456789012345678901234567890123456789"
		"…");
}

TEST(nesting_without_end_is_refused_before_the_stack_is_full)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	struct buffer text = { 0 };
	const char *out;

	for (int i = 0; i < 100000; i++)
		buffer_add_text(&text, "${a:-");
	CHECK_FAILS_WITH(expand_text(&out, &expander, buffer_text(&text), &err), err,
			 "nested too deeply");
	buffer_done(&text);
}

/* 226 bytes took the machine's memory before there was a limit. */
TEST(what_grows_with_each_nesting_is_refused_before_memory_is_full)
{
	scoped_arena arena = { 0 };
	scoped_buffer text = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out = NULL;

	buffer_add_text(&text, "0123456789abc");
	for (int depth = 0; depth < 20; depth++) {
		scoped_buffer whole = { 0 };
		buffer_add_format(&whole, "${text//?/%s}", buffer_text(&text));
		buffer_clear(&text);
		buffer_add_text(&text, buffer_text(&whole));
	}
	CHECK_FAILS_WITH(expand_text(&out, &expander, buffer_text(&text), &err), err,
			 "\" becomes longer than 1 MiB");
}

TEST(a_replacement_has_a_limit)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	const char *out = NULL;
	struct shell_replace what = { "?", "xyz", .all = true, .most = 9 };

	CHECK_OK(shell_pattern_replace(&out, "abc", &what, &arena, &err), err);
	CHECK_TEXT(out, "xyzxyzxyz");
	CHECK_FAILS(shell_pattern_replace(&out, "abcd", &what, &arena, &err), err,
		    "pattern \"?\": what comes of it is too long");
}

TEST(what_is_not_found_is_not_looked_for_again_and_again)
{
	scoped_arena arena = { 0 };
	const char *out = NULL;
	struct error err = { 0 };
	size_t n = 1 << 20;
	char *value = arena_alloc(&arena, n + 1);
	struct shell_replace what = { "*b", "x", .all = true, .most = 2 * n };

	memset(value, 'a', n);
	CHECK_OK(shell_pattern_replace(&out, value, &what, &arena, &err), err);
	CHECK(out == value);
	value[n / 2] = 'b';
	CHECK_OK(shell_pattern_replace(&out, value, &what, &arena, &err), err);
	CHECK_EQ(strlen(out), n / 2);
}

TEST(a_backtick_escapes_where_the_file_says_so)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out = NULL;

	expander.escape = '`';
	CHECK_OK(expand_text(&out, &expander, "C:\\`$PWD\\\"a``b`\"\"", &err), err);
	CHECK_TEXT(out, "C:\\$PWD\\a`b\"");
}

TEST(values_of_unquoted_variables_are_split)
{
	check_words("${unset:-80 81/udp} 82", "80|81/udp|82");
	check_words("8${unset:-0}", "80");
	check_words("\"${unset:-80 81}\" '' \"\"", "80 81");
	check_words("a\\ b  c", "a b|c");
	check_words("", "");
	check_words(" \t ", "");
}

TEST(a_heredoc_keeps_its_delimiter_beside_it)
{
	check_words("cat << EOF >x", "cat|<< EOF|>x");
	check_words("cat <<- EOF", "cat|<<- EOF");
	check_words("a<b", "a<b");
}

TEST(variables_are_reported_once_each)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out;

	CHECK_OK(expand_text(&out, &expander, "$a ${b:-$c} $PWD ${a} $PWD '$quoted' \\$escaped",
			     &err),
		 err);
	CHECK_TEXT(text_join(&arena, &expander.unset, " "), "a c b");
	CHECK_TEXT(text_join(&arena, &expander.set, " "), "PWD");
}

TEST(without_variables_a_text_can_be_checked_for_form)
{
	scoped_arena arena = { 0 };
	struct expander expander = { &arena, .escape = '\\', .keep_unset = true };
	struct error err = { 0 };
	const char *out = NULL;

	CHECK_OK(expand_text(&out, &expander, "$a ${b} ${c:-d} ${e##f} ${g//h/i} ${j:?k}", &err),
		 err);
	CHECK_TEXT(out, "$a ${b} ${c:-d} ${e##f} ${g//h/i} ${j:?k}");
	CHECK_FAILS_WITH(expand_text(&out, &expander, "${a", &err), err, "is missing");
}

TEST(in_the_body_of_a_heredoc_quotes_are_plain)
{
	scoped_arena arena = { 0 };
	struct pair_list pairs;
	struct expander expander = expander_of(&arena, &pairs);
	struct error err = { 0 };
	const char *out = NULL;

	expander.escape = '`';
	CHECK_OK(expand_body(&out, &expander, "it's \"$PWD\"\n\\$PWD ${unset:-'x'}\n", &err), err);
	CHECK_TEXT(out, "it's \"/home\"\n$PWD 'x'\n");
	CHECK_EQ(expander.unset.count, 1);
}

TEST(bytes_that_are_no_utf8_pass_unchanged)
{
	check_text("\xff$PWD\xc3", "\xff/home\xc3");
	check_text("${x:-a\xff\x62}", "a\xff\x62");
}

TEST(names_end_where_symbols_begin)
{
	check_text("$KOREAN→", "한국어→");
	check_text("$PWD。", "/home。");
}
