/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container sees of its cgroup. Each test is a guest of its own, in a mount namespace where
 * it mounts on a directory of a tmpfs.
 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "libcommon/text.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "tests/unit/child.h"
#include "tests/unit/tribe.h"

#define VIEW "/tmp/view"

static struct cgroup cgroup;
static bool is_hybrid;

/* ---- the guest ------------------------------------------------------------------------------- */

/* In the cgroup, then in these namespaces; as root of the user namespace if that is among them. */
static void
take_place(int namespaces)
{
	struct error err = { 0 };

	child_expect(cgroup_admit(&cgroup, getpid(), &err) == 0, "%s", err.text);
	child_expect(unshare(namespaces | CLONE_NEWNS) == 0, "unshare: %s", strerror(errno));
	if ((namespaces & CLONE_NEWUSER) != 0)
		child_expect(child_write("/proc/self/setgroups", "deny") &&
				     child_write("/proc/self/uid_map", "0 0 1") &&
				     child_write("/proc/self/gid_map", "0 0 1"),
			     "map ids: %s", strerror(errno));
	child_expect(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "make private");
	child_expect(mount("tmpfs", "/tmp", "tmpfs", 0, NULL) == 0, "mount a tmpfs");
	child_expect(mkdir(VIEW, 0755) == 0, "make " VIEW);
}

static void
show(const struct cgroup *what, bool own_namespace, bool readonly)
{
	struct error err = { 0 };
	int target = open(VIEW, O_PATH | O_DIRECTORY | O_CLOEXEC);

	child_expect(cgroup_mount(what, target, own_namespace, readonly,
				  MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RELATIME, &err) == 0,
		     "%s", err.text);
}

static bool
is_cgroup2(const char *path)
{
	struct statfs about;

	return statfs(path, &about) == 0 && about.f_type == CGROUP2_SUPER_MAGIC;
}

/* The directory that is the container's own cgroup with processes. */
static const char *
own_directory(void)
{
	return is_hybrid ? VIEW "/pids" : VIEW;
}

static const char *
in(const char *directory, const char *file)
{
	static char path[4096];

	(void) snprintf(path, sizeof(path), "%s/%s", directory, file);
	return path;
}

static void
expect_own(void)
{
	char pid[32];
	const char *own = own_directory();

	(void) snprintf(pid, sizeof(pid), "%d\n", (int) getpid());
	child_expect(text_equal(child_read(in(own, "cgroup.procs")), pid), "%s is not our cgroup",
		     own);
	child_expect(access(in(own, "release_agent"), F_OK) < 0, "there is a release_agent");
}

static void
expect_readonly(const char *directory)
{
	char procs[4096], new[4096], pid[32];

	(void) snprintf(procs, sizeof(procs), "%s/cgroup.procs", directory);
	(void) snprintf(new, sizeof(new), "%s/new", directory);
	(void) snprintf(pid, sizeof(pid), "%d", (int) getpid());
	child_expect(!child_write(procs, pid) && errno == EROFS, "%s can be written to: %s", procs,
		     strerror(errno));
	child_expect(mkdir(new, 0755) < 0 && errno == EROFS, "%s can be made", new);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void
see_own_readonly(void)
{
	take_place(CLONE_NEWCGROUP);
	show(&cgroup, true, true);
	expect_own();
	expect_readonly(own_directory());
	if (!is_hybrid)
		return;
	child_expect(mkdir(VIEW "/x", 0755) < 0 && errno == EROFS, "the shelf can be written to");
	child_expect(is_cgroup2(VIEW "/unified"), "there is no unified");
	child_expect(access(VIEW "/systemd/tasks", F_OK) == 0 ||
			     cgroup_hierarchy_with(&cgroup, "name=systemd") == NULL,
		     "there is no systemd");
}

static void
see_own_writable(void)
{
	take_place(CLONE_NEWCGROUP);
	show(&cgroup, true, false);
	expect_own();
	child_expect(mkdir(in(own_directory(), "new"), 0755) == 0, "make a cgroup: %s",
		     strerror(errno));
	child_expect(rmdir(in(own_directory(), "new")) == 0, "remove a cgroup: %s",
		     strerror(errno));
}

static void
see_flags(void)
{
	char line[512];
	bool found = false;

	take_place(CLONE_NEWCGROUP);
	show(&cgroup, true, true);
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	while (mounts != NULL && fgets(line, sizeof(line), mounts) != NULL) {
		if (strstr(line, " " VIEW) == NULL)
			continue;
		found = true;
		child_expect(strstr(line, "ro,nosuid,nodev,noexec,relatime") != NULL, "%s", line);
		/* Our own cgroup is the root of what we see, or the top of a tmpfs. */
		child_expect(strstr(line, " / " VIEW) != NULL, "%s", line);
		child_expect(strstr(line, "shared:") == NULL, "%s", line);
	}
	child_expect(found, "nothing is mounted");
}

/* v1 shows the container's own directories; v2 the host's tree, as its root is allowed to. */
static void
see_without_namespace(void)
{
	take_place(0);
	show(&cgroup, false, true);
	if (is_hybrid) {
		expect_own();
		expect_readonly(own_directory());
		return;
	}
	expect_readonly(VIEW);
	child_expect(access(in(VIEW, tribe_path("view") + 1), F_OK) == 0,
		     "our cgroup is not in sight");
}

static void
see_from_user_namespace(void)
{
	take_place(CLONE_NEWUSER | CLONE_NEWCGROUP);
	show(&cgroup, true, true);
	expect_own();
	expect_readonly(own_directory());
	child_expect(mount(NULL, own_directory(), NULL, MS_REMOUNT | MS_BIND, NULL) == 0 ||
			     errno == EPERM,
		     "remount: %s", strerror(errno));
}

/* CVE-2023-25809: what the caller may write to would be written to from inside. */
static void
see_the_host_from_user_namespace(void)
{
	take_place(CLONE_NEWUSER);
	show(&cgroup, false, false);
	if (!is_hybrid) {
		expect_readonly(VIEW);
		expect_readonly(in(VIEW, tribe_path("view") + 1));
	}
}

static void
see_without_cgroup(void)
{
	const struct cgroup none = { .driver = CGROUP_DISABLED };

	take_place(0);
	show(&none, false, false);
	expect_readonly(is_hybrid ? VIEW "/pids" : VIEW);
	expect_readonly(is_hybrid ? VIEW "/unified" : VIEW);
}

static void
see_own_namespace_without_cgroup(void)
{
	const struct cgroup none = { .driver = CGROUP_DISABLED };

	take_place(CLONE_NEWCGROUP);
	show(&none, true, false);
	expect_own();
	expect_readonly(own_directory());
}

static void
see_from_user_namespace_without_cgroup(void)
{
	const struct cgroup none = { .driver = CGROUP_DISABLED };

	take_place(CLONE_NEWUSER | CLONE_NEWCGROUP);
	show(&none, true, false);
	expect_readonly(is_hybrid ? VIEW "/pids" : VIEW);
}

/* Played: no host here has two controllers in one hierarchy. */
static void
see_joint_controllers(void)
{
	struct cgroup joint = cgroup;
	char target[64];

	take_place(CLONE_NEWCGROUP);
	for (size_t i = 0; i < joint.count; i++)
		if (text_equal(joint.hierarchies[i].controllers, "pids"))
			joint.hierarchies[i].controllers = "pids,other,name=x";
	show(&joint, true, true);
	ssize_t n = readlink(VIEW "/other", target, sizeof(target));
	child_expect(n == 4 && strncmp(target, "pids", 4) == 0, "no link for the other controller");
	child_expect(access(VIEW "/other/cgroup.procs", F_OK) == 0, "the link leads nowhere");
	child_expect(access(VIEW "/name=x", F_OK) < 0, "a name became a link");
}

static const char *
play(void (*part)(void))
{
	struct error err = { 0 };

	is_hybrid = cgroup_find_layout() != CGROUP_UNIFIED;
	tribe_make(&cgroup, "view", NULL);
	const char *complaint = child_run(0, part);
	if (cgroup_remove(&cgroup, &err) < 0)
		return "the cgroup could not be removed";
	cgroup_done(&cgroup);
	return complaint;
}

#define SEE(part)                                                                                  \
	do {                                                                                       \
		NEEDS_CGROUPS();                                                                   \
		CHECK_TEXT(play(part), "");                                                        \
	} while (0)

TEST(a_container_sees_its_own_cgroup_and_cannot_write_to_it)
{
	SEE(see_own_readonly);
}

TEST(it_can_where_it_was_allowed_to)
{
	SEE(see_own_writable);
}

TEST(mounts_have_the_flags_that_were_asked_and_belong_to_nobody_else)
{
	SEE(see_flags);
}

TEST(without_a_namespace_v1_shows_its_own_and_v2_all)
{
	SEE(see_without_namespace);
}

TEST(a_user_namespace_sees_its_own_cgroup)
{
	SEE(see_from_user_namespace);
}

TEST(a_user_namespace_cannot_write_to_what_the_host_has)
{
	SEE(see_the_host_from_user_namespace);
}

TEST(without_a_cgroup_the_hosts_are_seen_and_not_written_to)
{
	SEE(see_without_cgroup);
}

TEST(nor_are_those_of_the_caller_in_a_namespace_of_its_own)
{
	NEEDS_V2_ALONE();
	SEE(see_own_namespace_without_cgroup);
}

TEST(nor_from_a_user_namespace)
{
	SEE(see_from_user_namespace_without_cgroup);
}

TEST(joint_controllers_are_found_by_each_name)
{
	NEEDS_V1();
	SEE(see_joint_controllers);
}
