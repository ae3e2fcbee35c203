/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/kernel/rootfs.h"
#include "tests/unit/stage.h"

/* clang-format off */
#define PROC "'mounts':[{'destination':'/proc','type':'proc','source':'proc'}]"
#define PROPAGATION(word) PROC ",'linux':{'rootfsPropagation':'" word "'}"
/* clang-format on */

static void
expect_root(const char *part, bool wanted)
{
	const char *line = stage_mount_line("/");

	child_expect((strstr(line, part) != NULL) == wanted, "/: %s \"%s\", is \"%s\"",
		     wanted ? "wanted" : "unwanted", part, line);
}

static void
check_writable(void)
{
	child_expect(stage_can_write("/x"), "the root is read-only");
	child_expect(access("/tmp/bundle", F_OK) < 0, "the host can be seen");
}

static void
check_readonly(void)
{
	child_expect(!stage_can_write("/x"), "the root is writable");
	child_expect(errno == EROFS, "not read-only: %s", strerror(errno));
}

TEST(the_root_is_what_root_path_says)
{
	PLAY(.check = check_writable);
	PLAY(.check = check_writable, .user = true, .unprivileged = true);
	PLAY(.check = check_writable, .old_kernel = true);
	PLAY(.check = check_writable, .no_pivot = true);
}

static void
expect_root_at_its_place(int root)
{
	struct stat place, own;

	stage_write("/tmp/bundle/rootfs/by-a-hook", "");
	child_expect(stat("/tmp/bundle/rootfs", &place) == 0 && fstat(root, &own) == 0, "stat");
	child_expect(place.st_ino == own.st_ino && place.st_dev == own.st_dev, "another directory");
	child_expect(mount("hook", "/tmp/bundle/rootfs/dev", "tmpfs", 0, NULL) == 0, "mount: %s",
		     strerror(errno));
	stage_write("/tmp/bundle/rootfs/dev/by-a-hook", "too");
}

static void
check_hooks(void)
{
	child_expect(access("/by-a-hook", F_OK) == 0, "the hook's file is not in the root");
	child_expect(strcmp(child_read("/dev/by-a-hook"), "too") == 0, "nor is its mount");
}

TEST(hooks_find_the_root_where_the_host_has_it)
{
	PLAY(.before = expect_root_at_its_place, .check = check_hooks);
	PLAY(.before = expect_root_at_its_place, .check = check_hooks, .user = true);
	PLAY(.before = expect_root_at_its_place, .check = check_hooks, .no_pivot = true);
}

static void
bar_the_way(void)
{
	child_expect(chown("/tmp/bundle", 12345, 12345) == 0 && chmod("/tmp/bundle", 0700) == 0,
		     "cannot bar the way");
}

TEST(a_root_that_cannot_be_reached_from_a_user_namespace_is_no_obstacle)
{
	PLAY(.needs_root = true, .set = bar_the_way, .check = check_writable, .user = true);
}

TEST(a_read_only_root_is_read_only)
{
	PLAY(.readonly = true, .check = check_readonly);
	PLAY(.readonly = true, .check = check_readonly, .user = true);
	PLAY(.readonly = true, .check = check_readonly, .unprivileged = true);
	PLAY(.readonly = true, .check = check_readonly, .old_kernel = true);
}

static void
remember_mounts(void)
{
	char command[] = "grep -v -e rootfs /proc/self/mountinfo | cut -d' ' -f5- > mounts-before";

	child_expect(system(command) == 0, "cannot remember the mounts");
}

static void
expect_old_mounts(void)
{
	char command[] = "grep -v -e rootfs /proc/self/mountinfo | cut -d' ' -f5- | "
			 "cmp -s - mounts-before";

	child_expect(system(command) == 0, "the host's mounts changed");
}

static void
check_host_mounts(void)
{
	char cwd[64] = "";

	child_expect(stage_can_write("/x"), "the root is read-only");
	child_expect(access("/tmp/bundle", F_OK) < 0, "the host can be seen");
	child_expect(getcwd(cwd, sizeof(cwd)) != NULL && strcmp(cwd, "/") == 0, "cwd is %s", cwd);
	child_expect(access("/proc/self", F_OK) == 0, "no /proc");
}

static void
unmount_all(void)
{
	const char *path = "/tmp/bundle/rootfs";
	struct error err = { 0 };
	uint64_t id = rootfs_find_mount(path);

	expect_old_mounts();
	child_expect(id != 0, "the root is not mounted at its place");
	child_expect(rootfs_unmount(path, id + 1, &err) == 0, "%s", err.text);
	child_expect(rootfs_find_mount(path) == id, "another mount was taken away");
	child_expect(rootfs_unmount(path, id, &err) == 0, "%s", err.text);
	child_expect(rootfs_find_mount(path) == 0, "the mount is still there");
	child_expect(strstr(child_read("/proc/self/mountinfo"), "rootfs") == NULL, "some are left");
	child_expect(rootfs_unmount(path, id, &err) == 0, "%s", err.text);
}

TEST(without_a_mount_namespace_the_host_s_mounts_stay_as_they_are)
{
	PLAY(.config = PROC, .set = remember_mounts, .check = check_host_mounts,
	     .after = unmount_all, .host_mounts = true);
	PLAY(.config = PROC, .set = remember_mounts, .check = check_host_mounts,
	     .after = unmount_all, .host_mounts = true, .no_pivot = true);
}

static void
set_mounted(void)
{
	child_expect(mount("root", "rootfs", "tmpfs", 0, NULL) == 0, "mount");
	stage_directory("rootfs/proc");
	stage_directory("rootfs/dev");
	stage_directory("rootfs/sub");
	child_expect(mount("sub", "rootfs/sub", "tmpfs", 0, NULL) == 0, "mount");
	stage_write("rootfs/sub/file", "below");
}

static void
check_mounted(void)
{
	child_expect(strcmp(child_read("/sub/file"), "below") == 0, "the mount below is gone");
	child_expect(stage_can_write("/x"), "the root is read-only");
}

TEST(what_is_mounted_on_the_root_comes_with_it)
{
	PLAY(.set = set_mounted, .check = check_mounted);
	PLAY(.set = set_mounted, .check = check_mounted, .user = true);
	PLAY(.set = set_mounted, .check = check_mounted, .old_kernel = true);
}

static void
set_overlay(void)
{
	stage_directory("lower");
	stage_directory("upper");
	stage_directory("work");
	stage_write("lower/file", "lower");
	child_expect(mount("o", "rootfs", "overlay", 0,
			   "lowerdir=lower,upperdir=upper,workdir=work") == 0,
		     "overlay: %s", strerror(errno));
}

static void
check_overlay(void)
{
	child_expect(strcmp(child_read("/file"), "lower") == 0, "no lower layer");
	child_expect(stage_can_write("/x"), "the root is read-only");
}

static void
expect_upper(void)
{
	child_expect(access("upper/x", F_OK) == 0, "the write went elsewhere");
}

TEST(the_root_may_be_an_overlay)
{
	PLAY(.set = set_overlay, .check = check_overlay, .after = expect_upper);
	PLAY(.set = set_overlay, .check = check_overlay, .after = expect_upper, .user = true);
}

static void
set_readonly_host(void)
{
	stage_directory("rootfs/proc");
	child_expect(mount("rootfs", "rootfs", NULL, MS_BIND, NULL) == 0, "bind");
	child_expect(mount(NULL, "rootfs", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL) == 0,
		     "remount");
}

TEST(a_root_that_cannot_be_written_says_where_that_hurts)
{
	PLAY_FAILS("make directory /dev: Read-only file system", .set = set_readonly_host);
}

static void
check_shared(void)
{
	expect_root("shared:", true);
	expect_root("master:", false);
	child_expect(strstr(stage_mount_line("/proc"), "shared:") == NULL, "/proc is shared too");
}

static void
check_rshared(void)
{
	expect_root("shared:", true);
	child_expect(strstr(stage_mount_line("/proc"), "shared:") != NULL, "/proc is not shared");
}

static void
check_slave(void)
{
	expect_root("shared:", false);
	expect_root("master:", true);
}

static void
check_private(void)
{
	expect_root("shared:", false);
	expect_root("master:", false);
}

static void
check_unbindable(void)
{
	expect_root("unbindable", true);
}

TEST(the_root_has_the_propagation_that_was_asked_for)
{
	PLAY(.config = PROC, .check = check_private);
	PLAY(.config = PROPAGATION("private"), .check = check_private);
	PLAY(.config = PROPAGATION("rprivate"), .check = check_private, .old_kernel = true);
	PLAY(.config = PROPAGATION("shared"), .check = check_shared);
	PLAY(.config = PROPAGATION("shared"), .check = check_shared, .old_kernel = true);
	PLAY(.config = PROPAGATION("rshared"), .check = check_rshared);
	PLAY(.config = PROPAGATION("slave"), .check = check_slave);
	PLAY(.config = PROPAGATION("rslave"), .check = check_slave, .old_kernel = true);
	PLAY(.config = PROPAGATION("unbindable"), .check = check_unbindable);
}

static void
remove_root(void)
{
	child_expect(rmdir("rootfs") == 0, "rmdir");
}

static void
replace_root(void)
{
	remove_root();
	stage_write("rootfs", "a file");
}

TEST(a_root_that_is_not_there_is_an_error)
{
	PLAY_FAILS("root file system \"rootfs\": open: No such file or directory",
		   .set = remove_root);
	PLAY_FAILS("root file system \"rootfs\": open: Not a directory", .set = replace_root);
}
