/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "runtime/kernel/cgroup_host.h"

static struct cgroup
match(enum cgroup_layout layout, const char *cgroups, const char *mounts, struct arena *arena)
{
	struct cgroup cgroup = { .layout = layout };

	cgroup_host_match(&cgroup, cgroups, mounts, arena);
	return cgroup;
}

TEST(a_host_with_v2_alone_has_one_hierarchy)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup = match(CGROUP_UNIFIED, "0::/user.slice/a b\n", NULL, &arena);

	CHECK_EQ(cgroup.count, 1);
	CHECK_TEXT(cgroup.hierarchies[0].controllers, "");
	CHECK_TEXT(cgroup.hierarchies[0].mount, "/sys/fs/cgroup");
	CHECK_TEXT(cgroup.hierarchies[0].path, "/user.slice/a b");
}

TEST(joint_controllers_are_found_by_any_of_them_and_unmounted_ones_are_left_out)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup =
		match(CGROUP_HYBRID,
		      "12:net_cls,net_prio:/\n4:cpu,cpuacct:/x\n1:name=systemd:/y\n0::/z\n",
		      "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		      "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
		      "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:7 - cgroup cgroup "
		      "rw,cpuacct,cpu\n"
		      "33 31 0:30 / /sys/fs/cgroup/systemd rw shared:8 - cgroup cgroup "
		      "rw,xattr,name=systemd\n"
		      "34 31 0:31 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
		      &arena);

	CHECK_EQ(cgroup.count, 3);
	CHECK_TEXT(cgroup.hierarchies[0].controllers, "cpu,cpuacct");
	CHECK_TEXT(cgroup.hierarchies[0].mount, "/sys/fs/cgroup/cpu,cpuacct");
	CHECK_TEXT(cgroup.hierarchies[0].path, "/x");
	CHECK_TEXT(cgroup.hierarchies[1].controllers, "name=systemd");
	CHECK_TEXT(cgroup.hierarchies[2].mount, "/sys/fs/cgroup/unified");
}

TEST(v2_does_not_count_where_it_is_not_mounted)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup =
		match(CGROUP_LEGACY, "1:pids:/\n0::/z\n",
		      "33 31 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n", &arena);

	CHECK_EQ(cgroup.count, 1);
	CHECK_TEXT(cgroup.hierarchies[0].controllers, "pids");
}

TEST(a_mount_that_shows_a_part_is_counted_from_there)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup = match(
		CGROUP_LEGACY, "2:pids:/docker/12ab/x\n1:memory:/elsewhere\n",
		"33 31 0:30 /docker/12ab /sys/fs/cgroup/pids ro - cgroup cgroup rw,pids\n"
		"34 31 0:31 /docker/12ab /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
		&arena);

	CHECK_TEXT(cgroup.hierarchies[0].path, "/x");
	CHECK_TEXT(cgroup.hierarchies[1].path, "/");
}

TEST(blanks_in_a_mount_are_read_and_line_breaks_are_not_used)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup = match(CGROUP_LEGACY, "2:pids:/\n1:memory:/\n",
				     "33 31 0:30 / /cg\\040roup/pids rw - cgroup cgroup rw,pids\n"
				     "34 31 0:31 / /cg\\012/memory rw - cgroup cgroup rw,memory\n",
				     &arena);

	CHECK_EQ(cgroup.count, 1);
	CHECK_TEXT(cgroup.hierarchies[0].mount, "/cg roup/pids");
}

TEST(torn_lines_do_no_harm)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup =
		match(CGROUP_LEGACY, "\n2\n2:pids\n:::\n2:pids:/\n",
		      " - cgroup \n1 - cgroup cgroup\n33 31 0:30 / - cgroup \n", &arena);

	CHECK_EQ(cgroup.count, 0);
}

TEST(more_hierarchies_than_can_be_are_cut)
{
	scoped_arena arena = { 0 };
	const char *cgroups = "", *mounts = "";

	for (int i = 0; i < CGROUP_HIERARCHIES + 9; i++) {
		cgroups = arena_format(&arena, "%s%d:name=n%d:/\n", cgroups, i + 1, i);
		mounts =
			arena_format(&arena, "%s3 1 0:3 / /cg/n%d rw - cgroup cgroup rw,name=n%d\n",
				     mounts, i, i);
	}
	struct cgroup cgroup = match(CGROUP_LEGACY, cgroups, mounts, &arena);
	CHECK_EQ(cgroup.count, CGROUP_HIERARCHIES);
}
