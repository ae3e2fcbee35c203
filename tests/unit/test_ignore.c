/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <time.h>

#include "builder/dockerfile/ignore.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

struct row {
	const char *patterns; /* one a line */
	const char *path;
	bool ignored;
};

/* As a walker asks, from the root down. */
static bool
walk_to(const struct ignore *ignore, const char *path)
{
	scoped_arena arena = { 0 };
	uint64_t *above = NULL, *marks;

	for (size_t n = 0;; n++) {
		if (path[n] == '\0')
			return ignore_matches_below(ignore, path, above, NULL);
		if (path[n] != '/')
			continue;
		marks = arena_alloc(&arena, (ignore_marks(ignore) + 1) * sizeof(*marks));
		(void) ignore_matches_below(ignore, arena_copy(&arena, path, n), above, marks);
		above = marks;
	}
}

static void
read_ignore(struct ignore *ignore, const char *text, struct arena *arena)
{
	struct error err = { 0 };

	CHECK_OK(ignore_read(ignore, ".dockerignore", text, strlen(text), arena, &err), err);
}

static void
check_row(const struct row *row)
{
	scoped_arena arena = { 0 };
	struct ignore ignore;
	const char *wanted = row->ignored ? "ignored" : "kept";

	read_ignore(&ignore, row->patterns, &arena);
	if (ignore_matches(&ignore, row->path) != row->ignored)
		check_failed("\"%s\": \"%s\" is not %s", row->patterns, row->path, wanted);
	if (walk_to(&ignore, row->path) != row->ignored)
		check_failed("\"%s\": \"%s\" is not %s for a walker", row->patterns, row->path,
			     wanted);
}

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_row(&rows[i]);
}

static void
check_refused(const char *text, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct ignore ignore;
	struct error err = { 0 };

	CHECK_FAILS(ignore_read(&ignore, ".dockerignore", text, strlen(text), &arena, &err), err,
		    wanted);
}

TEST(a_name_matches_itself_and_what_is_below)
{
	static const struct row rows[] = {
		{ "node_modules", "node_modules", true },
		{ "node_modules", "node_modules/a/b", true },
		{ "node_modules", "src/node_modules", false },
		{ "node_modules", "node_modules2", false },
		{ "a/b", "a/b/c", true },
		{ "a/b", "a", false },
		{ "a/b", "b", false },
		{ "README.md", "READMExmd", false },
		{ "a+(b)|{c}$^", "a+(b)|{c}$^", true },
		{ "Readme", "readme", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(a_star_and_a_question_mark_stay_in_their_directory)
{
	static const struct row rows[] = {
		{ "*", "a", true },
		{ "*", "a/b", true }, /* below a, which matches */
		{ "*", ".git", true },
		{ "*.go", "x.go", true },
		{ "*.go", "x/y.go", false },
		{ "*/y.go", "x/y.go", true },
		{ "*/temp*", "sub/temporary.txt", true },
		{ "*/*/temp*", "sub/sub/temp/x", true },
		{ "temp?", "tempa", true },
		{ "temp?", "temp", false },
		{ "temp?", "temp/", false },
		{ "temp?", "tempö", true },
		{ "a*b", "a/b", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(two_stars_cross_directories)
{
	static const struct row rows[] = {
		{ "**", "a", true },
		{ "**", "a/b/c", true },
		{ "**/", "a", true },
		{ "**/**", "a/b", true },
		{ "**/x", "x", true },
		{ "**/x", "a/x", true },
		{ "**/x", "a/b/x/c", true },
		{ "**/x", "ax", false },
		{ "**/*.go", "x.go", true },
		{ "**/*.go", "a/b/x.go", true },
		{ "**/*.go", "a/b/x.god", false },
		{ "a/**", "a", false },
		{ "a/**", "a/b", true },
		{ "a/**", "a/b/c", true },
		{ "a/**/b", "a/b", true },
		{ "a/**/b", "a/x/y/b", true },
		{ "a/**/b", "a/xb", false },
		{ "a/**/*.txt", "a/x/y.txt", true },
		{ "**/a/**", "x/a/y", true },
		{ "**/a/**", "x/a", false },
		{ "**/a/*", "x/a/y", true },
		{ "a*/**", "ab/c/d", true },
		{ "**/**/*.txt", "a/b.txt", true },
		{ "***", "a", true },
	};

	check_rows(rows, COUNT(rows));
}

TEST(two_stars_without_a_slash_keep_their_old_meaning)
{
	static const struct row rows[] = {
		{ "**foo", "foo", true },           { "**foo", "a/foo", true },
		{ "**foo", "xfoo", true }, /* an end, slash or not */
		{ "**foo*", "xfoo", false },        { "**foo*", "a/food", true },
		{ "foo**", "food/x", true },        { "a**b", "ab", true },
		{ "a**b", "ax/b", true },           { "a**b", "axb", false },
		{ "a**/*.txt", "a/b/c.txt", true },
	};

	check_rows(rows, COUNT(rows));
}

TEST(classes_and_escapes_are_as_in_file_patterns)
{
	static const struct row rows[] = {
		{ "[a-c].txt", "b.txt", true },
		{ "[^a-c].txt", "b.txt", false },
		{ "[^a-c].txt", "x.txt", true },
		{ "[!a].txt", "b.txt", false }, /* "!" has no meaning there */
		{ "[!a].txt", "!.txt", true },
		{ "[\\]x]", "]", true },
		{ "a\\*b", "a*b", true },
		{ "a\\*b", "axb", false },
		{ "\\!x", "!x", true },
		{ "\\#x", "#x", true },
		{ "a]", "a]", true },
		{ "[α-ω]", "λ", true },
	};

	check_rows(rows, COUNT(rows));
}

TEST(the_last_pattern_that_matches_decides)
{
	static const struct row rows[] = {
		{ "*.md\n!README.md", "README.md", false },
		{ "*.md\n!README.md", "x.md", true },
		{ "!README.md\n*.md", "README.md", true },
		{ "*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true },
		{ "docs\n!docs/README.md", "docs/README.md", false },
		{ "docs\n!docs/README.md", "docs/x", true },
		{ "docs/*\n!docs/README.md", "docs/README.md", false },
		{ "**\n!util/web", "util/web/foo", false },
		{ "**\n!util/web\nutil/web/foo", "util/web/foo", true },
		{ "*\n!src/**", "src/a/b", false },
		{ "*\n!src/**", "src", true },
		{ "dir\n!dir/x\ndir", "dir/x", true }, /* also by its parent */
		{ "a\n!a/b\na/b/c", "a/b/c", true },
		{ "a\n!a/b\na/b/c", "a/b/d", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(lines_are_trimmed_and_cleaned)
{
	static const struct row rows[] = {
		{ "\xef\xbb\xbf"
		  "first",
		  "first", true },
		{ "# comment\n\nx", "x", true },
		{ "#x", "#x", false },
		{ " #x", "#x", true }, /* a comment only in the first column */
		{ "  x  \r\n", "x", true },
		{ "x/", "x", true },
		{ "./x", "x", true },
		{ "a//b/../c", "a/c", true },
		{ "/x", "x", true },
		{ "*\n! ./foo/ ", "foo", false },
		{ "*\n!/foo", "foo", false },
		{ "\t\n   \n", "x", false },
		{ "", "x", false },
		{ "a\nb", "b", true },
	};

	check_rows(rows, COUNT(rows));
}

TEST(a_dot_and_a_slash_ignore_nothing)
{
	static const struct row rows[] = {
		{ ".", "x", false },    { "/", "x", false }, { "..", "x", false },
		{ "../x", "x", false }, { "*", ".", false }, { "**", ".", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		scoped_arena arena = { 0 };
		struct ignore ignore;
		read_ignore(&ignore, rows[i].patterns, &arena);
		CHECK(!ignore_matches(&ignore, rows[i].path));
	}
}

TEST(wrong_lines_are_named_by_their_number)
{
	check_refused("a\n!\n", ".dockerignore:2: pattern \"!\" takes nothing back");
	check_refused("[a", ".dockerignore:1: pattern \"[a\" is malformed: look at its [ ] and \\");
	check_refused("#\n\nx\\",
		      ".dockerignore:3: pattern \"x\\\" is malformed: look at its [ ] and \\");
}

TEST(a_line_that_is_no_text_is_refused)
{
	static char text[70000];
	scoped_arena arena = { 0 };
	struct ignore ignore;
	struct error err = { 0 };

	CHECK_FAILS(ignore_read(&ignore, "f", "a\nb\0c", 5, &arena, &err), err,
		    "f:2: there is a NUL byte in the line");
	memset(text, 'a', sizeof(text));
	CHECK_OK(ignore_read(&ignore, "f", text, 65535, &arena, &err), err);
	CHECK_FAILS(ignore_read(&ignore, "f", text, 65536, &arena, &err), err,
		    "f:1: the line is longer than 65535 bytes");
}

static void
compile(struct ignore *ignore, const char *patterns, struct arena *arena)
{
	struct text_list list = text_split(arena, patterns, '\n');
	struct error err = { 0 };

	CHECK_OK(ignore_compile(ignore, &list, arena, &err), err);
}

TEST(patterns_of_exclude_are_cleaned_with_their_sign_on)
{
	scoped_arena arena = { 0 };
	struct ignore ignore;

	compile(&ignore, "*\n!./foo", &arena);
	CHECK(ignore_matches(&ignore, "foo"));
	compile(&ignore, "*\n!foo/", &arena);
	CHECK(!ignore_matches(&ignore, "foo"));
	compile(&ignore, "#x\n\n  y ", &arena);
	CHECK(ignore_matches(&ignore, "#x"));
	CHECK(ignore_matches(&ignore, "y"));
	CHECK(!ignore.has_exceptions);
}

static void
check_prunes(const char *patterns, const char *directory, bool wanted)
{
	scoped_arena arena = { 0 };
	struct ignore ignore;

	read_ignore(&ignore, patterns, &arena);
	CHECK(ignore_matches(&ignore, directory));
	if (ignore_prunes(&ignore, directory) != wanted)
		check_failed("\"%s\": \"%s\" %s", patterns, directory,
			     wanted ? "should be pruned" : "must be entered");
}

TEST(a_directory_is_entered_only_if_something_below_may_return)
{
	check_prunes("a", "a", true);
	check_prunes("a\n!b", "a", true);
	check_prunes("a\n!a/b", "a", false);
	check_prunes("a\n!a/b", "a/c", true);
	check_prunes("a\n!a/b/c", "a/b", false);
	check_prunes("a\n!ab", "a", true);
	check_prunes("!a/b\na", "a", true); /* taken back too early */
	check_prunes("*\n!*/keep", "a", false);
	check_prunes("*\n!*/keep", "a/b", true);
	check_prunes("*\n!**/keep", "a/b/c", false);
	check_prunes("*\n!**/*.md", "a/b/c", false);
	check_prunes("*\n!src/**", "src", false);
	check_prunes("*\n!src/**", "docs", true);
	check_prunes("*\n!s*/x", "docs", true);
	check_prunes("*\n!s*/x", "src", false);
}

TEST(long_patterns_and_many_of_them_work_as_well)
{
	scoped_arena arena = { 0 };
	scoped_buffer text = { 0 };
	struct ignore ignore;

	for (int i = 0; i < 200; i++)
		buffer_add_format(
			&text,
			"dir%d/**/a*very*long*pattern*with*far*more*than*sixty*four*tokens*%d\n", i,
			i);
	buffer_add_text(&text, "!dir150/x/*keep*150\n");
	read_ignore(&ignore, buffer_text(&text), &arena);
	CHECK_EQ(ignore_marks(&ignore), 4);
	CHECK(ignore_matches(
		&ignore,
		"dir199/x/y/a very long pattern with far more than sixty four tokens 199"));
	CHECK(!ignore_matches(
		&ignore,
		"dir199/x/y/a very long pattern with far more than sixty four tokens 198"));
	CHECK(!ignore_matches(
		&ignore,
		"dir150/x/a very long pattern with far more than sixty four tokens keep150"));
	CHECK(walk_to(&ignore,
		      "dir199/x/y/a very long pattern with far more than sixty four tokens 199/z"));
}

TEST(twenty_thousand_files_take_well_under_a_second)
{
	static const char patterns[] =
		"node_modules\n**/*.log\n**/__pycache__\n.git\n*.md\n!README.md\n"
		"build/**\n**/.DS_Store\ndist/*/tmp?\n[Tt]emp*\n**/*.py[co]\n";
	scoped_arena arena = { 0 };
	struct ignore ignore;
	struct timespec begun, ended;
	size_t ignored = 0;

	read_ignore(&ignore, patterns, &arena);
	(void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begun);
	for (int i = 0; i < 20000; i++) {
		char path[100];
		(void) snprintf(path, sizeof(path), "src/module%d/package/some_file_%d.%s", i / 100,
				i, i % 4 == 0 ? "pyc" : "py");
		ignored += ignore_matches(&ignore, path);
	}
	(void) clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
	CHECK_EQ(ignored, 5000);
	double seconds = (double) (ended.tv_sec - begun.tv_sec) +
			 (double) (ended.tv_nsec - begun.tv_nsec) / 1e9;
	printf("# %.3f s\n", seconds);
	CHECK(seconds < 5); /* with sanitizers, on a busy machine */
}
