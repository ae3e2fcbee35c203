/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/build/links.h"
#include "scratch.h"

static void
check_way(const char *path, int found, const char *wanted)
{
	scoped_scratch struct scratch root = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	const char *resolved;

	scratch_run(&root, "mkdir -p a/b; touch a/b/f; ln -s /a/b abs; ln -s a rel; ln -s "
			   "../../../../a/b climb; "
			   "ln -s nowhere/x dangling; ln -s f a/b/to-f; ln -s ../b/to-f a/b/chain");
	int result = links_resolve(&resolved, root.fd, path, &arena, &err);
	if (result < 0)
		check_failed("%s: %s", path, err.text);
	CHECK_EQ(result, found);
	CHECK_TEXT(resolved, wanted);
}

TEST(a_path_without_links_is_itself_made_clean)
{
	check_way("a/b/f", 0, "a/b/f");
	check_way("/a//./b/../b/f", 0, "a/b/f");
	check_way("/", 0, ".");
	check_way("", 0, ".");
	check_way("../../..", 0, ".");
}

TEST(links_are_followed_as_after_a_chroot)
{
	check_way("abs/f", 0, "a/b/f");
	check_way("rel/b", 0, "a/b");
	check_way("climb/f", 0, "a/b/f");
	check_way("a/b/chain", 0, "a/b/f");
	check_way("abs/../../rel", 0, "a");
}

TEST(what_is_not_there_is_kept_as_it_is_written)
{
	check_way("a/new/deep", 1, "a/new/deep");
	check_way("rel/new", 1, "a/new");
	check_way("dangling", 1, "nowhere/x");
	check_way("a/new/../b", 0, "a/b");
	check_way("new/..", 0, ".");
}

TEST(a_loop_ends)
{
	scoped_scratch struct scratch root = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	const char *resolved;

	scratch_run(&root, "ln -s loop loop; ln -s two one; ln -s one two");
	CHECK_FAILS_WITH(links_resolve(&resolved, root.fd, "loop", &arena, &err), err,
			 "too many links");
	CHECK_FAILS_WITH(links_resolve(&resolved, root.fd, "one/x", &arena, &err), err,
			 "too many links");
}
