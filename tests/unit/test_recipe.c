/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/recipe.h"

static const char *
difference(struct buffer *out, const char *was, const char *is)
{
	buffer_clear(out);
	return recipe_difference(out, was, is) ? buffer_text(out) : "none";
}

TEST(lines_have_a_label_perhaps_a_name_and_a_value)
{
	scoped_recipe recipe = { 0 };

	recipe_add(&recipe, "directory", "/src");
	recipe_add(&recipe, "user", NULL);
	recipe_add_named(&recipe, "environment", "PATH", "/bin");
	CHECK_TEXT(buffer_text(&recipe.text),
		   "directory \"/src\"\nenvironment \"PATH\" \"/bin\"\n");
}

TEST(no_value_can_look_like_a_line_of_its_own)
{
	scoped_recipe recipe = { 0 };

	recipe_add(&recipe, "argument", "a\"\nuser \"0\\\t\x01\x7f");
	CHECK_TEXT(buffer_text(&recipe.text),
		   "argument \"a\\\"\\nuser \\\"0\\\\\\x09\\x01\\x7f\"\n");
}

TEST(bytes_that_are_no_ascii_stay)
{
	scoped_buffer out = { 0 };

	recipe_quote(&out, "gr\xc3\xbc\xff");
	CHECK_TEXT(buffer_text(&out), "\"gr\xc3\xbc\xff\"");
}

TEST(equal_recipes_do_not_differ)
{
	scoped_buffer out = { 0 };

	CHECK_TEXT(difference(&out, "on \"x\"\n", "on \"x\"\n"), "none");
	CHECK_TEXT(difference(&out, "", ""), "none");
}

TEST(what_changed_is_told_in_words)
{
	scoped_buffer out = { 0 };

	CHECK_TEXT(difference(&out, "on \"x\"\n", "on \"y\"\n"), "the step before it changed");
	CHECK_TEXT(difference(&out, "argument \"a\"\n", "argument \"b\"\n"), "the command changed");
	CHECK_TEXT(difference(&out, "environment \"A\" \"1\"\n", "environment \"A\" \"2\"\n"),
		   "the variable \"A\" changed");
	CHECK_TEXT(difference(&out, "file \"a b\" \"100644 1\"\n", "file \"a b\" \"100644 2\"\n"),
		   "the file \"a b\" changed");
	CHECK_TEXT(difference(&out, "user \"0\"\n", "user \"1\"\n"), "the user changed");
}

TEST(what_is_new_or_gone_is_told)
{
	scoped_buffer out = { 0 };
	const char *one = "file \"a\" \"1\"\n", *both = "file \"a\" \"1\"\nfile \"b\" \"2\"\n";
	const char *other = "file \"b\" \"2\"\n";

	CHECK_TEXT(difference(&out, one, both), "the file \"b\" is new");
	CHECK_TEXT(difference(&out, both, one), "the file \"b\" is gone");
	CHECK_TEXT(difference(&out, both, other), "the file \"a\" is gone");
	CHECK_TEXT(difference(&out, other, both), "the file \"a\" is new");
}

TEST(a_change_of_mode_is_told_apart_from_one_of_content)
{
	scoped_buffer out = { 0 };

	CHECK_TEXT(difference(&out, "file \"a\" \"100644 1\"\n", "file \"a\" \"100755 1\"\n"),
		   "the mode or owner of the file \"a\" changed");
}

TEST(a_recipe_that_was_cut_off_is_only_different)
{
	scoped_buffer out = { 0 };

	CHECK(recipe_difference(&out, "file \"a", "file \"a\" \"1\"\n"));
	CHECK(recipe_difference(&out, "garbage", "file \"a\" \"1\"\n"));
	CHECK(recipe_difference(&out, "", "on \"x\"\n"));
	CHECK(recipe_difference(&out, "on \"x\"\n", ""));
}
