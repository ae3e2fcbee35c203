/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "runtime/kernel/cgroup_path.h"

static const char *
choose(struct arena *arena, const char *wish, const char *own, bool beside)
{
	return cgroup_path_choose(arena, wish, "web1", cgroup_path_base(arena, own, beside));
}

TEST(an_absolute_path_counts_from_the_mount)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(choose(&arena, "/machine/web1", "/user.slice", true), "/machine/web1");
	CHECK_TEXT(choose(&arena, "//machine/./web1/", "/user.slice", false), "/machine/web1");
}

TEST(a_relative_path_is_below_our_own_cgroup_in_v1)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(choose(&arena, "a/b", "/user.slice/shell", false), "/user.slice/shell/a/b");
	CHECK_TEXT(choose(&arena, "a/b", "/", false), "/a/b");
}

TEST(a_relative_path_is_beside_our_own_cgroup_in_v2)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(choose(&arena, "a/b", "/user.slice/shell", true), "/user.slice/a/b");
	CHECK_TEXT(choose(&arena, "a", "/shell", true), "/a");
	CHECK_TEXT(choose(&arena, "a", "/", true), "/a");
}

TEST(without_a_path_it_is_the_id)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(choose(&arena, NULL, "/user.slice/shell", false), "/user.slice/shell/web1");
	CHECK_TEXT(choose(&arena, "", "/user.slice/shell", true), "/user.slice/web1");
}

TEST(from_outside_our_cgroup_namespace_the_root_is_all_we_see)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(choose(&arena, "a", "/../host", false), "/a");
	CHECK_TEXT(choose(&arena, "a", "/../../host/b", true), "/a");
}

TEST(the_form_of_the_systemd_driver_is_a_plain_name_for_this_one)
{
	scoped_arena arena = { 0 };
	struct error err;

	CHECK_OK(cgroup_path_check("system.slice:docker:12ab", &err), err);
	CHECK_TEXT(choose(&arena, "system.slice:docker:12ab", "/", true),
		   "/system.slice:docker:12ab");
}

TEST(nobody_climbs_out)
{
	struct error err;

	CHECK_FAILS(cgroup_path_check("../host", &err), err,
		    "cgroupsPath: \"../host\" must not contain \"..\"");
	CHECK_FAILS(cgroup_path_check("/a/../b", &err), err,
		    "cgroupsPath: \"/a/../b\" must not contain \"..\"");
	CHECK_FAILS(cgroup_path_check("a/..", &err), err,
		    "cgroupsPath: \"a/..\" must not contain \"..\"");
	CHECK_FAILS(cgroup_path_check_below("../../x", &err), err,
		    "cgroup: \"../../x\" must not contain \"..\"");
	CHECK_OK(cgroup_path_check("a/..b/c..", &err), err);
}

TEST(the_root_is_not_a_containers)
{
	struct error err;

	CHECK_FAILS(cgroup_path_check("/", &err), err,
		    "cgroupsPath: \"/\" is no cgroup of its own");
	CHECK_FAILS(cgroup_path_check("//.", &err), err,
		    "cgroupsPath: \"//.\" is no cgroup of its own");
	CHECK_FAILS(cgroup_path_check(".", &err), err,
		    "cgroupsPath: \".\" is no cgroup of its own");
	CHECK_OK(cgroup_path_check_below("/", &err), err);
}

TEST(a_line_break_is_refused_before_it_gets_into_a_record)
{
	struct error err;

	CHECK_FAILS(cgroup_path_check("/a\nb", &err), err,
		    "cgroupsPath: a line break cannot be part of a cgroup's name");
}
