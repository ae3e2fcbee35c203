/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "builder/dockerfile/glob.h"

struct row {
	const char *pattern, *name;
	bool matches;
};

static void
check_rows(const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (glob_matches(rows[i].pattern, rows[i].name) != rows[i].matches)
			check_failed("\"%s\" and \"%s\": not %s", rows[i].pattern, rows[i].name,
				     rows[i].matches ? "a match" : "refused");
}

static void
check_malformed(const char *pattern)
{
	struct error err = { 0 };

	CHECK_FAILS_WITH(glob_check(pattern, &err), err, "is malformed");
	CHECK(!glob_matches(pattern, "a"));
}

TEST(a_star_stops_at_a_slash)
{
	static const struct row rows[] = {
		{ "*", "", true },
		{ "*", "abc", true },
		{ "*", ".hidden", true },
		{ "*", "a/b", false },
		{ "a*", "a", true },
		{ "a*c", "abbbc", true },
		{ "a*c", "ab/bc", false },
		{ "a*/c", "abb/c", true },
		{ "*/*", "a/b", true },
		{ "*/*", "a/b/c", false },
		{ "**", "a/b", false },
		{ "**a", "bba", true },
		{ "a*b*c*d", "axbxxcxxxd", true },
		{ "a*b*c*d", "axbxxcxxx", false },
		{ "a*aab", "aaaaaab", true },
		{ "*.go", "x.go.go", true },
	};

	check_rows(rows, COUNT(rows));
}

TEST(a_question_mark_is_one_character_but_no_slash)
{
	static const struct row rows[] = {
		{ "a?b", "axb", true },   { "a?b", "ab", false },    { "a?b", "a/b", false },
		{ "a?b", "aöb", true },   { "a??b", "aöb", false },  { "?", "\xff", true },
		{ "a\\?b", "a?b", true }, { "a\\?b", "axb", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(a_class_is_one_character_of_many)
{
	static const struct row rows[] = {
		{ "a[bc]d", "abd", true },    { "a[bc]d", "aed", false },
		{ "a[^bc]d", "aed", true },   { "a[^bc]d", "abd", false },
		{ "[a-cx-z]", "y", true },    { "[a-cx-z]", "d", false },
		{ "[!a]", "!", true },        { "[!a]", "b", false },
		{ "[\\]]", "]", true },       { "[\\-a]", "-", true },
		{ "[a^]", "^", true },        { "[α-ω]", "λ", true },
		{ "[^α]", "λ", true },        { "[*]", "*", true },
		{ "[*]b*", "*bc", true },     { "a[^b]", "a", false },
		{ "*[0-9]", "file12", true }, { "*[0-9]", "file", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(everything_else_is_itself)
{
	static const struct row rows[] = {
		{ "", "", true },       { "", "a", false },         { "a.b", "axb", false },
		{ "a]b", "a]b", true }, { "{a,b}", "{a,b}", true }, { "a\\b", "ab", true },
		{ "a\\*", "a*", true }, { "a\\*", "ab", false },    { "a\\\\", "a\\", true },
		{ "A", "a", false },
	};

	check_rows(rows, COUNT(rows));
}

TEST(malformed_patterns_are_found_wherever_they_break)
{
	check_malformed("[");
	check_malformed("[]");
	check_malformed("[]a]");
	check_malformed("[^]");
	check_malformed("[a");
	check_malformed("[a-");
	check_malformed("[a-]");
	check_malformed("[-x]");
	check_malformed("[x-]");
	check_malformed("[a-b-c]");
	check_malformed("[\\");
	check_malformed("a\\");
	check_malformed("nothing/*like/it[");
	check_malformed("[\xff]");
}

TEST(well_formed_patterns_pass)
{
	struct error err = { 0 };

	CHECK_OK(glob_check("*.go", &err), err);
	CHECK_OK(glob_check("a[^b-d]\\[*?", &err), err);
	CHECK_OK(glob_check("", &err), err);
}

TEST(only_patterns_have_wildcards)
{
	CHECK(glob_has_wildcards("a*"));
	CHECK(glob_has_wildcards("a?"));
	CHECK(glob_has_wildcards("[a]"));
	CHECK(glob_has_wildcards("a\\ b"));
	CHECK(!glob_has_wildcards("a]{}$+.(b)"));
}

TEST(a_pattern_of_many_stars_is_not_slow)
{
	char pattern[2001], name[20001];

	for (size_t i = 0; i < 1000; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	pattern[2000] = '\0';
	memset(name, 'a', 20000);
	name[19999] = 'b';
	name[20000] = '\0';
	CHECK(!glob_matches(pattern, name));
	name[19999] = 'a';
	CHECK(glob_matches(pattern, name));
}
