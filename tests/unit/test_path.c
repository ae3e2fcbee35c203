/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>
#include <unistd.h>

#include "libcommon/path.h"

TEST(paths_are_as_short_as_can_be_told)
{
	static const struct {
		const char *path, *clean;
	} rows[] = {
		/* already clean */
		{ "", "." }, { "abc", "abc" }, { "abc/def", "abc/def" }, { "a/b/c", "a/b/c" }, { ".", "." },
		{ "..", ".." }, { "../..", "../.." }, { "../../abc", "../../abc" }, { "/abc", "/abc" }, { "/", "/" },
		/* slashes at the end, and several */
		{ "abc/", "abc" }, { "abc/def/", "abc/def" }, { "./", "." }, { "../", ".." }, { "../../", "../.." },
		{ "/abc/", "/abc" }, { "abc//def//ghi", "abc/def/ghi" }, { "//abc", "/abc" }, { "///abc", "/abc" },
		{ "//abc//", "/abc" }, { "abc//", "abc" }, { "///", "/" },
		/* "." */
		{ "abc/./def", "abc/def" }, { "/./abc/def", "/abc/def" }, { "abc/.", "abc" }, { "./abc", "abc" },
		{ "/.", "/" }, { "././.", "." },
		/* ".." */
		{ "abc/def/ghi/../jkl", "abc/def/jkl" }, { "abc/def/../ghi/../jkl", "abc/jkl" }, { "abc/def/..", "abc" },
		{ "abc/def/../..", "." }, { "/abc/def/../..", "/" }, { "abc/def/../../..", ".." },
		{ "/abc/def/../../..", "/" }, { "abc/def/../../../ghi/jkl/../../../mno", "../../mno" },
		{ "/..", "/" }, { "/../abc", "/abc" }, { "../abc/..", ".." }, { "../../abc/../..", "../../.." },
		/* both */
		{ "abc/./../def", "def" }, { "abc//./../def", "def" }, { "abc/../../././../def", "../../def" },
		/* names with dots */
		{ "...", "..." }, { "a/.../b", "a/.../b" }, { "..a", "..a" }, { "a../..", "." }, { "..a/../b", "b" },
		{ "/.a/..", "/" }, { "/a/..b", "/a/..b" },
	};
	scoped_arena arena = { 0 };

	for (size_t i = 0; i < COUNT(rows); i++) {
		CHECK_TEXT(path_clean(&arena, rows[i].path), rows[i].clean);
		CHECK_TEXT(path_clean(&arena, rows[i].clean), rows[i].clean);
	}
}

TEST(what_is_joined_is_clean_and_stays_relative_if_it_was)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(path_join(&arena, "/a", "b"), "/a/b");
	CHECK_TEXT(path_join(&arena, "/a/", "../b"), "/b");
	CHECK_TEXT(path_join(&arena, "/", "b"), "/b");
	CHECK_TEXT(path_join(&arena, "/a", "/b/"), "/b");
	CHECK_TEXT(path_join(&arena, "a", "b"), "a/b");
	CHECK_TEXT(path_join(&arena, ".", "b"), "b");
	CHECK_TEXT(path_join(&arena, "a", ""), "a");
	CHECK_TEXT(path_join(&arena, "", "b"), "b");
	CHECK_TEXT(path_join(&arena, "", ""), ".");
	CHECK_TEXT(path_join(&arena, "", "../b"), "../b");
}

TEST(an_absolute_path_begins_where_we_are)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	char *here = getcwd(NULL, 0), *path;

	CHECK_OK(path_absolute(&path, &arena, "/x/../y", &err), err);
	CHECK_TEXT(path, "/y");
	CHECK_OK(path_absolute(&path, &arena, "x/./y/", &err), err);
	CHECK_TEXT(path, path_join(&arena, here, "x/y"));
	CHECK_OK(path_absolute(&path, &arena, ".", &err), err);
	CHECK_TEXT(path, here);
	free(here);
}

TEST(the_base_is_what_follows_the_last_slash)
{
	CHECK_TEXT(path_base("/a/b"), "b");
	CHECK_TEXT(path_base("b"), "b");
	CHECK_TEXT(path_base("a/"), "");
	CHECK_TEXT(path_base(""), "");
}

TEST(only_dot_dot_at_the_beginning_climbs)
{
	CHECK(path_climbs(".."));
	CHECK(path_climbs("../x"));
	CHECK(!path_climbs("..x"));
	CHECK(!path_climbs("."));
	CHECK(!path_climbs(""));
	CHECK(!path_climbs("x/.."));
	CHECK(!path_climbs("/.."));
}
