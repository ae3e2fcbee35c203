/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/kernel/devices.h"
#include "tests/unit/stage.h"

/* clang-format off */
#define DEV "'mounts':[{'destination':'/dev','type':'tmpfs','source':'t','options':['mode=755']}]"
#define DEVICES(list) DEV ",'linux':{'devices':[" list "]}"
/* clang-format on */

static void
expect_device(const char *path, mode_t mode, unsigned major_, unsigned minor_)
{
	struct stat st;

	child_expect(lstat(path, &st) == 0, "%s: %s", path, strerror(errno));
	child_expect(st.st_mode == mode, "%s has mode %o", path, st.st_mode);
	child_expect(st.st_rdev == makedev(major_, minor_), "%s is %u:%u", path, major(st.st_rdev),
		     minor(st.st_rdev));
}

static void
expect_link(const char *path, const char *wanted)
{
	char target[256] = "";

	child_expect(readlink(path, target, sizeof(target) - 1) > 0, "%s: %s", path,
		     strerror(errno));
	child_expect(strcmp(target, wanted) == 0, "%s leads to %s", path, target);
}

static void
check_default(void)
{
	expect_device("/dev/null", S_IFCHR | 0666, 1, 3);
	expect_device("/dev/zero", S_IFCHR | 0666, 1, 5);
	expect_device("/dev/full", S_IFCHR | 0666, 1, 7);
	expect_device("/dev/random", S_IFCHR | 0666, 1, 8);
	expect_device("/dev/urandom", S_IFCHR | 0666, 1, 9);
	expect_device("/dev/tty", S_IFCHR | 0666, 5, 0);
	expect_link("/dev/fd", "/proc/self/fd");
	expect_link("/dev/stdin", "/proc/self/fd/0");
	expect_link("/dev/stdout", "/proc/self/fd/1");
	expect_link("/dev/stderr", "/proc/self/fd/2");
	expect_link("/dev/core", "/proc/kcore");
	expect_link("/dev/ptmx", "pts/ptmx");
	child_expect(stage_can_write("/dev/null"), "/dev/null cannot be opened: %s",
		     strerror(errno));
}

TEST(the_default_devices_and_links_are_made)
{
	PLAY(.config = DEV, .check = check_default);
}

TEST(a_user_namespace_gets_the_host_s_devices)
{
	PLAY(.config = DEV, .check = check_default, .user = true);
	PLAY(.config = DEV, .check = check_default, .unprivileged = true);
	PLAY(.config = DEV, .check = check_default, .unprivileged = true, .old_kernel = true);
}

static void
check_listed(void)
{
	struct stat st;

	expect_device("/dev/net/tun", S_IFCHR | 0640, 10, 200);
	child_expect(stat("/dev/net/tun", &st) == 0 && st.st_uid == 7 && st.st_gid == 8, "owner");
	expect_device("/dev/loop", S_IFBLK | 0666, 7, 0);
	child_expect(lstat("/dev/pipe", &st) == 0 && st.st_mode == (S_IFIFO | 0600), "pipe");
	expect_device("/srv/null", S_IFCHR | 0666, 1, 3);
	expect_device("/dev/tty", S_IFCHR | 0600, 5, 0);
	expect_link("/dev/ptmx", "pts/ptmx");
}

TEST(listed_devices_are_made_as_they_are_listed)
{
	PLAY(.needs_root = true,
	     .config = DEVICES(
		     "{'path':'/dev/net/tun','type':'c','major':10,'minor':200,'fileMode':416,"
		     "'uid':7,'gid':8},"
		     "{'path':'/dev/loop','type':'b','major':7,'minor':0},"
		     "{'path':'/dev/pipe','type':'p','fileMode':384},"
		     "{'path':'/srv/null','type':'u','major':1,'minor':3},"
		     "{'path':'/dev/ptmx','type':'c','major':5,'minor':2},"
		     "{'path':'/dev/tty','type':'c','major':5,'minor':0,'fileMode':384}"),
	     .check = check_listed);
}

TEST(a_device_that_is_none_is_refused)
{
	PLAY_FAILS("linux.devices[0] (\"/dev/x\"): major and minor: missing",
		   .config = DEVICES("{'path':'/dev/x','type':'c'}"));
	PLAY_FAILS("\"/dev/null\": the host has no such device, and a user namespace cannot make "
		   "one",
		   .config = DEVICES("{'path':'/dev/null','type':'c','major':1,'minor':5}"),
		   .user = true);
}

static void
set_links_of_udev(void)
{
	const char *names[] = { "null", "zero", "full", "random", "urandom", "tty" };
	const unsigned numbers[][2] = {
		{ 1, 3 }, { 1, 5 }, { 1, 7 }, { 1, 8 }, { 1, 9 }, { 5, 0 }
	};
	char path[64];

	child_expect(mount("dev", "/dev", "tmpfs", 0, NULL) == 0, "mount");
	for (size_t i = 0; i < COUNT(names); i++) {
		(void) snprintf(path, sizeof(path), "/dev/%s", names[i]);
		child_expect(mknod(path, S_IFCHR | 0666, makedev(numbers[i][0], numbers[i][1])) ==
				     0,
			     "mknod");
	}
	child_expect(mknod("/dev/called-so-here", S_IFCHR | 0666, makedev(10, 200)) == 0, "mknod");
	stage_directory("/dev/char");
	stage_link("../called-so-here", "/dev/char/10:200");
}

static void
check_found_by_number(void)
{
	expect_device("/dev/net/tun", S_IFCHR | 0666, 10, 200);
}

TEST(a_device_of_another_name_is_found_by_its_number)
{
	PLAY(.needs_root = true, .user = true, .set = set_links_of_udev,
	     .check = check_found_by_number,
	     .config = DEVICES("{'path':'/dev/net/tun','type':'c','major':10,'minor':200}"));
}

static void
set_trap(void)
{
	stage_directory("trap");
	stage_write("trap/ptmx", "the host's");
	stage_link("/tmp/bundle/trap", "rootfs/dev");
}

static void
expect_trap_untouched(void)
{
	child_expect(strcmp(child_read("trap/ptmx"), "the host's") == 0, "ptmx was replaced");
	child_expect(access("trap/null", F_OK) < 0, "a device was made on the host");
	child_expect(faccessat(AT_FDCWD, "trap/fd", F_OK, AT_SYMLINK_NOFOLLOW) < 0,
		     "a link was made on the host");
	child_expect(access("rootfs/tmp/bundle/trap/null", F_OK) == 0, "no device in the root");
}

TEST(a_dev_that_is_a_link_leads_nowhere_but_into_the_root)
{
	PLAY(.set = set_trap, .after = expect_trap_untouched);
	PLAY(.set = set_trap, .after = expect_trap_untouched, .user = true);
}

static void
set_nodes(void)
{
	stage_directory("rootfs/dev");
	if (mknod("rootfs/dev/null", S_IFCHR | 0600, makedev(1, 3)) < 0 ||
	    mknod("rootfs/dev/ptmx", S_IFCHR | 0666, makedev(5, 2)) < 0)
		child_expect(false, "mknod");
}

static void
check_nodes(void)
{
	expect_device("/dev/null", S_IFCHR | 0600, 1, 3);
	expect_link("/dev/ptmx", "pts/ptmx");
}

static void
set_wrong_node(void)
{
	stage_directory("rootfs/dev");
	stage_write("rootfs/dev/null", "");
}

TEST(a_node_that_is_there_is_kept_if_it_is_the_right_one)
{
	PLAY(.needs_root = true, .set = set_nodes, .check = check_nodes);
	PLAY_FAILS("\"/dev/null\" exists and is not the device asked for", .needs_root = true,
		   .set = set_wrong_node);
}

static void
set_bound(void)
{
	stage_directory("dev");
	stage_directory("rootfs/dev");
}

static void
expect_only_listed(void)
{
	child_expect(access("dev/null", F_OK) < 0, "a default device was made");
	child_expect(access("dev/mine", F_OK) == 0, "the listed device was not made");
}

TEST(a_dev_that_the_bundle_binds_is_left_as_it_is)
{
	PLAY(.needs_root = true,
	     .config = "'mounts':[{'destination':'/dev/','source':'dev','options':['bind']}],"
		       "'linux':{'devices':[{'path':'/dev/mine','type':'c','major':1,'minor':3}]}",
	     .set = set_bound, .after = expect_only_listed);
}
