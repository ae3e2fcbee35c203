/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/text.h"
#include "runtime/kernel/cgroup_unit.h"

/* "NAME in SLICE" */
static const char *
name(struct arena *arena, const char *wish, const char *id, bool for_user)
{
	struct error err = { 0 };
	struct cgroup_unit unit;

	CHECK_OK(cgroup_unit_name(&unit, wish, id, for_user, arena, &err), err);
	CHECK_EQ(unit.for_user, for_user);
	CHECK(cgroup_unit_is_name(unit.name));
	return unit.slice == NULL ? unit.name
				  : arena_format(arena, "%s in %s", unit.name, unit.slice);
}

TEST(a_path_is_slice_prefix_and_name)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(name(&arena, "machine.slice:libpod:4f1", "x", false),
		   "libpod-4f1.scope in machine.slice");
	CHECK_TEXT(name(&arena, "a-b-c.slice:cri-containerd:4f1", "x", true),
		   "cri-containerd-4f1.scope in a-b-c.slice");
	CHECK_TEXT(name(&arena, "-.slice:p:n", "x", false), "p-n.scope in -.slice");
	CHECK_TEXT(name(&arena, "m.slice::n", "x", false), "n.scope in m.slice");
}

TEST(without_a_slice_it_is_the_systems_or_the_users)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(name(&arena, ":p:n", "x", false), "p-n.scope in system.slice");
	CHECK_TEXT(name(&arena, ":p:n", "x", true), "p-n.scope in user.slice");
}

TEST(without_a_path_the_unit_is_named_after_the_container)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(name(&arena, NULL, "web1", false), "runlet-web1.scope in system.slice");
	CHECK_TEXT(name(&arena, "", "web1", true), "runlet-web1.scope in user.slice");
}

TEST(a_name_of_a_slice_is_a_slice_itself)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(name(&arena, "kube.slice:p:kube-pod1.slice", "x", false), "kube-pod1.slice");
}

TEST(what_no_name_may_contain_is_escaped)
{
	scoped_arena arena = { 0 };

	CHECK_TEXT(name(&arena, NULL, "a+b", false), "runlet-a\\x2bb.scope in system.slice");
	CHECK_TEXT(name(&arena, ":p:\xc3\xa4 b", "x", false),
		   "p-\\xc3\\xa4\\x20b.scope in system.slice");
}

TEST(what_is_no_unit_is_refused)
{
	static const struct {
		const char *wish, *why;
	} bad[] = {
		{ "/machine/web1", "expected cgroupsPath to be of format \"slice:prefix:name\" for "
				   "systemd cgroups, got \"/machine/web1\" instead" },
		{ "web1", "expected cgroupsPath" },
		{ "a.slice:b", "expected cgroupsPath" },
		{ "a.slice:b:c:d", "expected cgroupsPath" },
		{ "a.slice:b:", "names no unit" },
		{ "a:b:c", "\"a\" is no name of a slice" },
		{ "a/b.slice:c:d", "is no name of a slice" },
		{ "a b.slice:c:d", "is no name of a slice" },
		{ "a.slice:b:../c", "name \"../c\" must not contain \"/\"" },
		{ "a.slice:b/c:d", "prefix \"b/c\" must not contain \"/\"" },
		{ "a.slice:b:c/d.slice", "slice \"c/d.slice\" must not contain \"/\"" },
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		scoped_arena arena = { 0 };
		struct error err = { 0 };
		struct cgroup_unit unit;
		CHECK_FAILS_WITH(cgroup_unit_name(&unit, bad[i].wish, "x", false, &arena, &err),
				 err, bad[i].why);
	}
}

TEST(a_name_that_systemd_finds_too_long_is_refused)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_unit unit;
	char id[256];

	memset(id, 'a', 255);
	id[255] = '\0';
	CHECK_FAILS_WITH(cgroup_unit_name(&unit, NULL, id, false, &arena, &err), err,
			 "longer than 255 characters");
	id[255 - strlen("runlet-.scope")] = '\0';
	CHECK_OK(cgroup_unit_name(&unit, NULL, id, false, &arena, &err), err);
}

/* systemd refuses it too, but not in words that name the path. */
TEST(a_slice_is_as_long_as_it_is_with_its_escapes)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_unit unit;
	char wish[64 + 100] = "::";

	memset(wish + 2, ' ', 100);
	strcpy(wish + 102, ".slice");
	CHECK_FAILS_WITH(cgroup_unit_name(&unit, wish, "id", false, &arena, &err), err,
			 "longer than 255 characters");
	strcpy(wish + 42, ".slice");
	CHECK_OK(cgroup_unit_name(&unit, wish, "id", false, &arena, &err), err);
	CHECK(cgroup_unit_is_name(unit.name));
}

TEST(a_record_may_name_what_we_make_and_no_more)
{
	CHECK(cgroup_unit_is_name("a-b\\x2b.scope"));
	CHECK(cgroup_unit_is_name("a.slice"));
	CHECK(!cgroup_unit_is_name("a.service"));
	CHECK(!cgroup_unit_is_name("a/b.scope"));
	CHECK(!cgroup_unit_is_name(""));
}
