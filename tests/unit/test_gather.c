/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/gather.h"
#include "libcommon/text.h"
#include "scratch.h"

static const char tree[] = "mkdir -p dir/sub/deep empty .git; echo a > a.txt; echo b > b.md; echo "
			   "c > dir/c.txt; echo d > dir/.hidden; "
			   "echo e > dir/sub/e.txt; echo f > dir/sub/deep/f.txt; ln -s dir/sub "
			   "link; ln -s ../a.txt dir/up; ln -s gone dangling";

/* Role and target of all that is taken: "D" a directory that only says where to, "F" a file. */
static const char *
taken(struct arena *arena, const char *source, const char *ignore, const char *exclude,
      bool parents)
{
	scoped_scratch struct scratch root = scratch_make();
	struct gather gather = { .root = root.fd, .parents = parents, .arena = arena };
	struct ignore patterns = { 0 };
	struct text_list list = { 0 }, said = { 0 };
	struct error err = { 0 };

	scratch_run(&root, "%s", tree);
	if (exclude != NULL)
		list_add(&list, arena, exclude);
	CHECK_OK(ignore_compile(&gather.exclude, &list, arena, &err), err);
	CHECK_OK(ignore_read(&patterns, ".dockerignore", ignore, strlen(ignore), arena, &err), err);
	gather.ignore = &patterns;
	gather.ignore_name = ".dockerignore";
	if (gather_source(&gather, source, &err) < 0)
		return arena_format(arena, "error: %s", err.text);
	FOR_EACH(file, &gather.list)
		list_add(&said, arena,
			 file->role == GATHERED_DIRECTORY ? arena_format(arena, "D%s", file->source)
			 : file->role == GATHERED_FILE    ? arena_format(arena, "F%s", file->target)
							  : file->target);
	return text_join(arena, &said, " ");
}

#define CHECK_TAKEN(source, wanted)                                                                \
	do {                                                                                       \
		scoped_arena arena_ = { 0 };                                                       \
		CHECK_TEXT(taken(&arena_, source, "", NULL, false), wanted);                       \
	} while (0)

#define CHECK_TAKEN_WITH(source, ignore, exclude, parents, wanted)                                 \
	do {                                                                                       \
		scoped_arena arena_ = { 0 };                                                       \
		CHECK_TEXT(taken(&arena_, source, ignore, exclude, parents), wanted);              \
	} while (0)

TEST(a_file_is_called_what_the_source_says)
{
	CHECK_TAKEN("a.txt", "Fa.txt");
	CHECK_TAKEN("/a.txt", "Fa.txt");
	CHECK_TAKEN("../../dir/./up", "Fup");
}

TEST(a_directory_gives_what_is_in_it)
{
	CHECK_TAKEN("dir/sub", "Ddir/sub deep deep/f.txt e.txt");
	CHECK_TAKEN("dir/sub/", "Ddir/sub deep deep/f.txt e.txt");
	CHECK_TAKEN("link", "Ddir/sub deep deep/f.txt e.txt");
	CHECK_TAKEN("empty", "Dempty");
}

TEST(the_root_is_a_directory_too)
{
	const char *all = "D. .git a.txt b.md dangling dir dir/.hidden dir/c.txt dir/sub "
			  "dir/sub/deep dir/sub/deep/f.txt "
			  "dir/sub/e.txt dir/up empty link";

	CHECK_TAKEN(".", all);
	CHECK_TAKEN("/", all);
	CHECK_TAKEN("./", all);
}

TEST(wildcards_match_a_component_each)
{
	CHECK_TAKEN("*.txt", "Fa.txt");
	CHECK_TAKEN("*/*.txt", "Fc.txt");
	CHECK_TAKEN("dir/?.txt", "Fc.txt");
	CHECK_TAKEN("dir/[a-c].*", "Fc.txt");
	CHECK_TAKEN("dir/*", "F.hidden Fc.txt Ddir/sub deep deep/f.txt e.txt Fup");
	CHECK_TAKEN("nothing*", "");
	CHECK_TAKEN("missing/*", "");
	CHECK_TAKEN("**/e.txt", "");
}

TEST(what_is_not_there_is_an_error)
{
	CHECK_TAKEN("missing", "error: \"missing\": not found");
	CHECK_TAKEN("dangling", "error: \"dangling\": not found");
	CHECK_TAKEN("dir/missing", "error: \"dir/missing\": not found");
}

TEST(what_is_ignored_is_not_there)
{
	CHECK_TAKEN_WITH(".", ".git\ndir\n*.md\nlink\ndangling\n", NULL, false, "D. a.txt empty");
	CHECK_TAKEN_WITH("dir", "**/*.txt\n", NULL, false, "Ddir .hidden sub sub/deep up");
	CHECK_TAKEN_WITH("a.txt", "a.*\n", NULL, false,
			 "error: \"a.txt\": not found: .dockerignore leaves it out");
	CHECK_TAKEN_WITH("dir/c.txt", "dir\n", NULL, false,
			 "error: \"dir/c.txt\": not found: .dockerignore leaves it out");
	CHECK_TAKEN_WITH("*", "*\n", NULL, false, "");
}

TEST(a_directory_is_there_for_what_was_taken_back)
{
	CHECK_TAKEN_WITH(".", "*\n!dir/sub/e.txt\n", NULL, false, "D. dir dir/sub dir/sub/e.txt");
	CHECK_TAKEN_WITH("dir", "dir\n!dir/sub/deep\n", NULL, false,
			 "Ddir sub sub/deep sub/deep/f.txt");
}

TEST(exclusion_is_below_what_the_source_names)
{
	CHECK_TAKEN_WITH("dir", "", "*.txt", false,
			 "Ddir .hidden sub sub/deep sub/deep/f.txt sub/e.txt up");
	CHECK_TAKEN_WITH("dir", "", "**/*.txt", false, "Ddir .hidden sub sub/deep up");
	CHECK_TAKEN_WITH("dir", "", "sub", false, "Ddir .hidden c.txt up");
	CHECK_TAKEN_WITH("*.*", "", "*.md", false, "D.git Fa.txt");
}

TEST(paths_can_be_kept)
{
	CHECK_TAKEN_WITH("dir/sub/e.txt", "", NULL, true, "dir dir/sub dir/sub/e.txt");
	CHECK_TAKEN_WITH("dir/./sub/e.txt", "", NULL, true, "sub sub/e.txt");
	CHECK_TAKEN_WITH("./dir/sub", "", NULL, true,
			 "dir dir/sub dir/sub/deep dir/sub/deep/f.txt dir/sub/e.txt");
	CHECK_TAKEN_WITH("dir/*/./e.*", "", NULL, true, "e.txt");
	CHECK_TAKEN_WITH("**/f.txt", "", NULL, true, "dir dir/sub dir/sub/deep dir/sub/deep/f.txt");
	CHECK_TAKEN_WITH("dir/./**/f.txt", "", NULL, true, "sub sub/deep sub/deep/f.txt");
	CHECK_TAKEN_WITH("dir/gone", "", NULL, true, "error: \"dir/gone\": not found");
}

TEST(a_pattern_that_makes_no_sense_is_refused)
{
	scoped_arena arena = { 0 };

	CHECK(text_after(taken(&arena, "dir/[", "", NULL, false), "error: ") != NULL);
}
