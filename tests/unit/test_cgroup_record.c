/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "runtime/kernel/cgroup_record.h"

static struct cgroup
read_record(const char *text, struct arena *arena)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	CHECK_OK(cgroup_record_read(&cgroup, text, arena, &err), err);
	return cgroup;
}

TEST(what_was_written_is_read_again)
{
	scoped_arena arena = { 0 };
	const char *text = "cgroupfs hybrid\n"
			   "cpu,cpuacct\t/sys/fs/cgroup/cpu,cpuacct\t/machine/web1\n"
			   "name=systemd\t/sys/fs/cgroup/systemd\t/machine/web1\n"
			   "\t/sys/fs/cgroup/unified\t/web1";
	struct cgroup cgroup = read_record(text, &arena);

	CHECK_EQ(cgroup.driver, CGROUP_FILES);
	CHECK_EQ(cgroup.layout, CGROUP_HYBRID);
	CHECK_EQ(cgroup.count, 3);
	CHECK_TEXT(cgroup.hierarchies[0].controllers, "cpu,cpuacct");
	CHECK_TEXT(cgroup.hierarchies[1].mount, "/sys/fs/cgroup/systemd");
	CHECK_TEXT(cgroup.hierarchies[2].controllers, "");
	CHECK_TEXT(cgroup.hierarchies[2].path, "/web1");
	CHECK_EQ(cgroup.hierarchies[2].fd, -1);
	CHECK_EQ(cgroup.hierarchies[2].entry, -1);
	CHECK_TEXT(cgroup_record(&cgroup, &arena), text);
}

TEST(a_unit_is_remembered_with_whose_systemd_has_it)
{
	scoped_arena arena = { 0 };
	const char *text = "systemd unified user docker-web1.scope\n"
			   "\t/sys/fs/cgroup\t/user.slice/docker-web1.scope";
	struct cgroup cgroup = read_record(text, &arena);

	CHECK_EQ(cgroup.driver, CGROUP_SYSTEMD);
	CHECK_TEXT(cgroup.unit, "docker-web1.scope");
	CHECK(cgroup.for_user);
	CHECK_EQ(cgroup.count, 1);
	CHECK_TEXT(cgroup_record(&cgroup, &arena), text);

	cgroup = read_record("systemd unified system a-b.slice", &arena);
	CHECK(!cgroup.for_user);
	CHECK_TEXT(cgroup_record(&cgroup, &arena), "systemd unified system a-b.slice");
}

TEST(a_unit_that_cannot_be_ours_is_refused)
{
	static const char *const bad[] = {
		"systemd unified",
		"systemd unified system",
		"systemd unified system sshd.service",
		"systemd unified system a/b.scope",
		"systemd unified system a.scope more",
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		scoped_arena arena = { 0 };
		struct error err = { 0 };
		struct cgroup cgroup;
		CHECK_FAILS_WITH(cgroup_record_read(&cgroup, bad[i], &arena, &err), err, "no unit");
	}

	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	CHECK_FAILS_WITH(cgroup_record_read(&cgroup, "systemd unified root a.scope", &arena, &err),
			 err, "\"root\" is neither user nor system");
}

TEST(paths_may_contain_blanks_tabs_and_colons)
{
	scoped_arena arena = { 0 };
	const char *text = "cgroupfs unified\n\t/sys/fs/cgroup\t/a b\tc:d \"e\"";
	struct cgroup cgroup = read_record(text, &arena);

	CHECK_TEXT(cgroup.hierarchies[0].path, "/a b\tc:d \"e\"");
	CHECK_TEXT(cgroup_record(&cgroup, &arena), text);
}

TEST(no_cgroup_is_a_record_too)
{
	scoped_arena arena = { 0 };
	struct cgroup none = { .driver = CGROUP_DISABLED };
	const char *text = cgroup_record(&none, &arena);
	struct cgroup cgroup = read_record(text, &arena);

	CHECK_TEXT(text, "disabled none");
	CHECK_EQ(cgroup.driver, CGROUP_DISABLED);
	CHECK_EQ(cgroup.count, 0);
}

TEST(a_damaged_record_is_refused)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;
	struct error err;

	CHECK_FAILS(cgroup_record_read(&cgroup, "", &arena, &err), err,
		    "cgroup record: \"\" is not a driver and a layout");
	CHECK_FAILS(cgroup_record_read(&cgroup, "magic unified", &arena, &err), err,
		    "cgroup record: unknown driver \"magic\"");
	CHECK_FAILS(cgroup_record_read(&cgroup, "cgroupfs flat", &arena, &err), err,
		    "cgroup record: unknown layout \"flat\"");
	CHECK_FAILS(cgroup_record_read(&cgroup, "cgroupfs unified\n/sys/fs/cgroup", &arena, &err),
		    err,
		    "cgroup record: \"/sys/fs/cgroup\" is not a hierarchy, its mount and a path");
	CHECK_FAILS(cgroup_record_read(&cgroup, "cgroupfs unified\n\t/sys/fs/cgroup\tweb1", &arena,
				       &err),
		    err,
		    "cgroup record: \"\t/sys/fs/cgroup\tweb1\" is not a hierarchy, its mount and a "
		    "path");
	CHECK_FAILS(cgroup_record_read(&cgroup, "cgroupfs unified\n\t/sys/fs/cgroup\t/..", &arena,
				       &err),
		    err, "cgroup: \"/..\" must not contain \"..\"");
}

TEST(a_record_with_too_many_lines_is_refused)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;
	struct error err;
	const char *text = "cgroupfs legacy";

	for (int i = 0; i <= CGROUP_HIERARCHIES; i++)
		text = arena_format(&arena, "%s\nname=n%d\t/sys/fs/cgroup/n%d\t/web1", text, i, i);
	CHECK_FAILS(cgroup_record_read(&cgroup, text, &arena, &err), err,
		    "cgroup record: more than 24 hierarchies");
}
