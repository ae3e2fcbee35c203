/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/kernel/mounts.h"
#include "tests/unit/stage.h"

/* clang-format off */
#define MOUNTS(...) "'mounts': [" __VA_ARGS__ "]"
#define MOUNT(path, type, source, options) \
	"{'destination':'" path "','type':'" type "','source':'" source "','options':[" options "]}"
#define BIND(path, source, options)  MOUNT(path, "bind", source, options)
#define PROC   MOUNT("/proc", "proc", "proc", "'nosuid','noexec','nodev'")
#define DEV    MOUNT("/dev", "tmpfs", "tmpfs", "'nosuid','strictatime','mode=755','size=65536k'")
#define SYS    MOUNT("/sys", "sysfs", "sysfs", "'nosuid','noexec','nodev','ro'")
#define PTS    MOUNT("/dev/pts", "devpts", "devpts", "'nosuid','noexec','newinstance','ptmxmode=0666','mode=0620','gid=5'")
#define MQUEUE MOUNT("/dev/mqueue", "mqueue", "mqueue", "'nosuid','noexec','nodev'")
#define SHM    MOUNT("/dev/shm", "tmpfs", "shm", "'nosuid','noexec','nodev','mode=1777','size=65536k'")
#define DEFAULTS MOUNTS(PROC "," DEV "," SYS "," PTS "," MQUEUE "," SHM)
/* clang-format on */

static void
expect_mount(const char *path, const char *part)
{
	const char *line = stage_mount_line(path);

	child_expect(strstr(line, part) != NULL, "%s: wanted \"%s\", is \"%s\"", path, part, line);
}

static void
expect_no_part(const char *path, const char *part)
{
	const char *line = stage_mount_line(path);

	child_expect(line[0] != '\0' && strstr(line, part) == NULL, "%s: \"%s\" in \"%s\"", path,
		     part, line);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	child_expect(lstat(path, &st) == 0, "%s: %s", path, strerror(errno));
	return st.st_mode & 07777;
}

static void
check_defaults(void)
{
	expect_mount("/proc", "rw,nosuid,nodev,noexec,relatime - proc proc");
	expect_mount("/dev", "rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755");
	expect_mount("/sys", "ro,nosuid,nodev,noexec,relatime - sysfs sysfs");
	expect_mount("/dev/pts", "mode=620,ptmxmode=666");
	expect_mount("/dev/mqueue", "rw,nosuid,nodev,noexec,relatime - mqueue mqueue");
	expect_mount("/dev/shm", "rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k");
	child_expect(mode_of("/dev/shm") == 01777, "/dev/shm has mode %o", mode_of("/dev/shm"));
	child_expect(mode_of("/proc/..") == 0755, "the umask changed a mode");
}

TEST(the_default_mounts_are_made)
{
	PLAY(.config = DEFAULTS, .check = check_defaults);
}

TEST(the_default_mounts_are_made_in_a_user_namespace)
{
	PLAY(.config = DEFAULTS, .check = check_defaults, .user = true);
}

TEST(the_default_mounts_are_made_for_one_who_is_not_root)
{
	PLAY(.config = DEFAULTS, .check = check_defaults, .unprivileged = true);
}

TEST(the_default_mounts_are_made_before_linux_5_12)
{
	PLAY(.config = DEFAULTS, .check = check_defaults, .old_kernel = true);
}

static void
remember_mounts(void)
{
	char command[] = "cut -d' ' -f5- /proc/self/mountinfo > mounts-before";

	child_expect(system(command) == 0, "cannot remember the mounts");
	stage_directory("rootfs/data");
}

static void
compare_mounts(void)
{
	char command[] = "cut -d' ' -f5- /proc/self/mountinfo | cmp -s - mounts-before";

	child_expect(system(command) == 0, "the host's mounts changed");
}

static void
mount_some_more(void)
{
	child_expect(mount("more", "/data", "tmpfs", 0, NULL) == 0, "mount: %s", strerror(errno));
}

TEST(nothing_that_the_container_mounts_is_seen_by_the_host)
{
	PLAY(.config = DEFAULTS, .set = remember_mounts, .check = mount_some_more,
	     .after = compare_mounts);
	PLAY(.config = DEFAULTS, .set = remember_mounts, .check = mount_some_more,
	     .after = compare_mounts, .old_kernel = true);
	PLAY(.config = DEFAULTS ",'linux':{'rootfsPropagation':'shared'}", .set = remember_mounts,
	     .check = mount_some_more, .after = compare_mounts);
	PLAY(.config = DEFAULTS, .set = remember_mounts, .check = mount_some_more,
	     .after = compare_mounts, .no_pivot = true);
}

/* Every mount point that the container can name is one that it was given. */
static void
expect_only_ours(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[4096];
	unsigned count = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1 &&
			 strncmp(point, "/dev/", 5) != 0;
	child_expect(count == 2, "there are %u mounts, wanted / and /proc", count);
}

TEST(no_mount_of_the_host_is_left_behind)
{
	PLAY(.config = MOUNTS(PROC), .check = expect_only_ours);
	PLAY(.config = MOUNTS(PROC), .check = expect_only_ours, .user = true);
	PLAY(.config = MOUNTS(PROC), .check = expect_only_ours, .unprivileged = true);
}

static void
set_file(void)
{
	stage_write("file", "from the bundle");
}

static void
check_file(void)
{
	child_expect(strcmp(child_read("/etc/inside"), "from the bundle") == 0, "no file");
	child_expect(mode_of("/etc") == 0755, "/etc has mode %o", mode_of("/etc"));
}

TEST(a_relative_source_lies_in_the_bundle_and_its_mount_point_is_made)
{
	PLAY(.config = MOUNTS(BIND("/etc/inside", "file", "")), .set = set_file,
	     .check = check_file);
	PLAY(.config = MOUNTS(BIND("etc/inside", "file", "")), .set = set_file,
	     .check = check_file);
	PLAY(.config = MOUNTS("{'destination':'/etc/inside','source':'file','options':['bind']}"),
	     .set = set_file, .check = check_file, .user = true);
	PLAY(.config = MOUNTS(BIND("/etc/inside", "file", "'rbind','ro'")), .set = set_file,
	     .check = check_file, .unprivileged = true);
}

static void
set_link_to_root(void)
{
	set_file();
	stage_link("/", "rootfs/etc");
}

static void
check_link_to_root(void)
{
	child_expect(strcmp(child_read("/inside"), "from the bundle") == 0, "not in the root");
}

static void
expect_host_untouched(void)
{
	child_expect(access("/inside", F_OK) < 0, "the host has the mount point");
	child_expect(access("rootfs/inside", F_OK) == 0, "the root has no mount point");
}

TEST(a_link_to_the_root_stays_in_the_root)
{
	PLAY(.config = MOUNTS(BIND("/etc/inside", "file", "")), .set = set_link_to_root,
	     .check = check_link_to_root, .after = expect_host_untouched);
}

static void
set_dangling_links(void)
{
	set_file();
	stage_directory("rootfs/etc");
	stage_link("/tmp/foo/bar", "rootfs/jump");
	stage_link("/jump/baz/hosts", "rootfs/etc/hosts");
	stage_link("../there", "rootfs/etc/near");
}

static void
check_dangling_links(void)
{
	child_expect(strcmp(child_read("/tmp/foo/bar/baz/hosts"), "from the bundle") == 0, "far");
	child_expect(strcmp(child_read("/there"), "from the bundle") == 0, "near");
}

TEST(the_target_of_a_dangling_link_is_made)
{
	PLAY(.config = MOUNTS(BIND("/etc/hosts", "file", "") "," BIND("/etc/near", "file", "")),
	     .set = set_dangling_links, .check = check_dangling_links);
}

static void
set_proc_link(void)
{
	stage_directory("rootfs/bad");
	stage_link("/bad", "rootfs/proc");
}

TEST(proc_and_sysfs_want_an_ordinary_directory)
{
	PLAY_FAILS(
		"mounts[0] (\"/proc\"): filesystem \"proc\" must be mounted on ordinary directory",
		.config = DEFAULTS, .set = set_proc_link);
}

static void
set_traps(void)
{
	set_file();
	stage_directory("rootfs/proc");
	stage_link("/proc/sys", "rootfs/to-proc");
	stage_link("/", "rootfs/to-root");
}

TEST(what_must_not_be_covered_is_refused)
{
	PLAY_FAILS("mounts[0] (\"/\"): the root itself cannot be mounted over",
		   .config = MOUNTS(MOUNT("/", "tmpfs", "t", "")));
	PLAY_FAILS("mounts[0] (\"/to-root\"): the mount point is the root itself",
		   .config = MOUNTS(MOUNT("/to-root", "tmpfs", "t", "")), .set = set_traps);
	PLAY_FAILS(
		"mounts[0] (\"/proc\"): \"/proc\" cannot be mounted because it is not of type proc",
		.config = MOUNTS(MOUNT("/proc", "tmpfs", "t", "")));
	PLAY_FAILS(
		"mounts[0] (\"/proc\"): \"/proc\" cannot be mounted because it is not of type proc",
		.config = MOUNTS(BIND("/proc", ".", "")));
	PLAY_FAILS(
		"mounts[0] (\"/proc/sys/net\"): \"/proc/sys/net\" cannot be mounted because it is "
		"inside /proc",
		.config = MOUNTS(MOUNT("/proc/sys/net", "tmpfs", "t", "")));
	PLAY_FAILS("mounts[1] (\"/to-proc\"): \"/to-proc\" cannot be mounted because it is inside "
		   "/proc",
		   .config = MOUNTS(PROC "," MOUNT("/to-proc", "tmpfs", "t", "")),
		   .set = set_traps);
}

static void
check_meminfo(void)
{
	child_expect(strcmp(child_read("/proc/meminfo"), "from the bundle") == 0, "not lxcfs'");
}

TEST(what_lxcfs_shows_may_lie_in_proc)
{
	PLAY(.config = MOUNTS(PROC "," BIND("/proc/meminfo", "file", "")), .set = set_file,
	     .check = check_meminfo);
}

static void
set_tree(void)
{
	stage_directory("volume");
	child_expect(mount("outer", "volume", "tmpfs", MS_NOSUID, NULL) == 0, "mount");
	stage_directory("volume/below");
	child_expect(mount("inner", "volume/below", "tmpfs", 0, NULL) == 0, "mount");
	stage_directory("rootfs/proc");
}

static void
check_ro(void)
{
	child_expect(!stage_can_write("/data/x"), "the top is writable");
	child_expect(stage_can_write("/data/below/x"), "what is below is read-only");
}

static void
check_rro(void)
{
	child_expect(!stage_can_write("/data/x"), "the top is writable");
	child_expect(!stage_can_write("/data/below/x"), "what is below is writable");
}

static void
check_bind(void)
{
	child_expect(stage_can_write("/data/x"), "the top is read-only");
	child_expect(!stage_can_write("/data/below/there/x"), "there is something below");
	child_expect(mode_of("/data/below") == 0755, "what is below is not the bare directory");
}

TEST(read_only_is_read_only_as_far_as_it_was_said)
{
	PLAY(.config = MOUNTS(BIND("/data", "volume", "'rbind','ro'")), .set = set_tree,
	     .check = check_ro);
	PLAY(.config = MOUNTS(BIND("/data", "volume", "'rbind','ro'")), .set = set_tree,
	     .check = check_ro, .old_kernel = true);
	PLAY(.config = MOUNTS(BIND("/data", "volume", "'rbind','rro'")), .set = set_tree,
	     .check = check_rro);
	PLAY(.config = MOUNTS(BIND("/data", "volume", "'bind'")), .set = set_tree,
	     .check = check_bind);
	PLAY(.config = MOUNTS(MOUNT("/data", "tmpfs", "t", "'ro'") "," MOUNT("/data/below", "tmpfs",
									     "t", "")),
	     .check = check_ro);
}

TEST(flags_for_a_tree_need_linux_5_12)
{
	PLAY_FAILS("mounts[0] (\"/data\"): flags for a whole tree (such as rro) need Linux 5.12",
		   .config = MOUNTS(BIND("/data", "volume", "'rbind','rro'")), .set = set_tree,
		   .old_kernel = true);
}

static void
check_replaced_flags(void)
{
	expect_mount("/data", "ro,relatime");
	expect_mount("/same", "rw,nosuid,relatime");
}

TEST(naming_one_flag_of_a_bind_drops_the_others_and_naming_none_keeps_them)
{
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'bind','ro'") "," BIND(
		     "/same", "volume", "'bind','rprivate'")),
	     .set = set_tree, .check = check_replaced_flags);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'bind','ro'") "," BIND(
		     "/same", "volume", "'bind','rprivate'")),
	     .set = set_tree, .check = check_replaced_flags, .old_kernel = true);
}

static void
check_kept_flags(void)
{
	expect_mount("/data", "ro,nosuid,relatime");
}

TEST(in_a_user_namespace_the_flags_of_a_source_are_locked)
{
	const char *refused = "mounts[1] (\"/data\"): clear the locked flags nosuid of the source: "
			      "Operation not permitted";

	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'bind','ro'")), .set = set_tree,
	     .check = check_kept_flags, .user = true);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','ro'")), .set = set_tree,
	     .check = check_kept_flags, .unprivileged = true);
	PLAY_FAILS(refused, .config = MOUNTS(PROC "," BIND("/data", "volume", "'bind','suid'")),
		   .set = set_tree, .user = true);
	PLAY_FAILS(refused, .config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','suid'")),
		   .set = set_tree, .unprivileged = true);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','ro'")), .set = set_tree,
	     .check = check_kept_flags, .unprivileged = true, .old_kernel = true);
	PLAY_FAILS(refused, .config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','suid'")),
		   .set = set_tree, .unprivileged = true, .old_kernel = true);
	PLAY_FAILS("mounts[1] (\"/data\"): change the locked access time flags of the source: "
		   "Operation not permitted",
		   .config = MOUNTS(PROC "," BIND("/data", "volume", "'bind','noatime'")),
		   .set = set_tree, .user = true);
}

TEST(a_locked_tree_cannot_be_taken_apart)
{
	PLAY_FAILS(
		"mounts[0] (\"/data\"): clone the mount at \"/tmp/bundle/volume\" alone, without "
		"what is mounted below: Invalid argument",
		.config = MOUNTS(BIND("/data", "volume", "'bind'")), .set = set_tree,
		.unprivileged = true);
}

static void
set_modes(void)
{
	stage_directory("rootfs/inherits");
	stage_directory("rootfs/says");
	child_expect(chmod("rootfs/inherits", 0710) == 0 && chmod("rootfs/says", 0710) == 0,
		     "chmod");
}

static void
check_modes(void)
{
	child_expect(mode_of("/inherits") == 0710, "inherited: %o", mode_of("/inherits"));
	child_expect(mode_of("/says") == 01500, "said: %o", mode_of("/says"));
	child_expect(mode_of("/new/one") == 01777, "new: %o", mode_of("/new/one"));
	child_expect(mode_of("/new") == 0755, "on the way: %o", mode_of("/new"));
}

TEST(a_tmpfs_takes_the_mode_of_what_it_covers)
{
	PLAY(.config = MOUNTS(MOUNT("/inherits", "tmpfs", "t", "") "," MOUNT(
		     "/says", "tmpfs", "t", "'mode=1500'") "," MOUNT("/new/one", "tmpfs", "t", "")),
	     .set = set_modes, .check = check_modes);
}

static void
set_content(void)
{
	stage_directory("rootfs/dir");
	stage_directory("rootfs/dir/sub");
	stage_write("rootfs/dir/sub/file", "content");
	child_expect(chmod("rootfs/dir/sub/file", 04751) == 0, "chmod");
	child_expect(chmod("rootfs/dir/sub", 01777) == 0, "chmod");
	stage_link("/etc/shadow", "rootfs/dir/link");
	child_expect(mkfifo("rootfs/dir/pipe", 0640) == 0, "mkfifo");
}

static void
check_content(void)
{
	char target[64] = "";
	struct stat st;

	child_expect(strcmp(child_read("/dir/sub/file"), "content") == 0, "no content");
	child_expect(mode_of("/dir/sub/file") == 04751, "file: %o", mode_of("/dir/sub/file"));
	child_expect(mode_of("/dir/sub") == 01777, "directory: %o", mode_of("/dir/sub"));
	child_expect(readlink("/dir/link", target, sizeof(target) - 1) == 11, "no link");
	child_expect(strcmp(target, "/etc/shadow") == 0, "link to %s", target);
	child_expect(stat("/dir/pipe", &st) == 0 && S_ISFIFO(st.st_mode), "no pipe");
	child_expect(stage_can_write("/dir/new"), "read-only");
}

static void
expect_content_untouched(void)
{
	child_expect(access("rootfs/dir/new", F_OK) < 0, "written to the image");
}

TEST(tmpcopyup_copies_what_is_covered)
{
	PLAY(.config = MOUNTS(MOUNT("/dir", "tmpfs", "t", "'tmpcopyup'")), .set = set_content,
	     .check = check_content, .after = expect_content_untouched);
	PLAY(.config = MOUNTS(MOUNT("/dir", "tmpfs", "t", "'tmpcopyup'")), .set = set_content,
	     .check = check_content, .after = expect_content_untouched, .user = true);
	PLAY_FAILS("mounts[0] (\"/dir\"): only a tmpfs can have the option tmpcopyup",
		   .config = MOUNTS(MOUNT("/dir", "ramfs", "t", "'tmpcopyup'")));
}

static void
set_foreign(void)
{
	stage_directory("rootfs/dir");
	stage_write("rootfs/dir/file", "content");
	child_expect(chown("rootfs/dir/file", 1001, 1001) == 0, "chown");
	child_expect(chmod("rootfs/dir/file", 06755) == 0, "chmod");
}

static void
check_foreign(void)
{
	struct stat st;

	child_expect(stat("/dir/file", &st) == 0, "no file");
	child_expect(st.st_uid == 0, "owned by %u", st.st_uid);
	child_expect((st.st_mode & 07777) == 0755, "the mode is %o", st.st_mode);
}

TEST(what_is_copied_up_without_its_owner_does_not_run_as_us)
{
	PLAY(.needs_root = true, .config = MOUNTS(MOUNT("/dir", "tmpfs", "t", "'tmpcopyup'")),
	     .set = set_foreign, .check = check_foreign, .user = true);
}

static void
set_symlink(void)
{
	set_file();
	stage_link("file", "link");
	stage_link("other", "rootfs/other");
}

static void
check_symlink(void)
{
	char target[64] = "";

	child_expect(readlink("/a/b/link", target, sizeof(target) - 1) == 4, "no link");
	child_expect(strcmp(target, "file") == 0, "link to %s", target);
	child_expect(strcmp(child_read("/a/plain"), "from the bundle") == 0, "no bind");
}

TEST(copy_symlink_makes_the_link_itself)
{
	PLAY(.config = MOUNTS(BIND("/a/b/link", "link", "'bind','copy-symlink'") "," BIND(
		     "/a/plain", "file", "'bind','copy-symlink'")),
	     .set = set_symlink, .check = check_symlink);
	PLAY_FAILS("mounts[0] (\"/other\"): what is there is not a link to \"file\"",
		   .config = MOUNTS(BIND("/other", "link", "'copy-symlink'")), .set = set_symlink);
}

static void
check_nofollow(void)
{
	char target[64] = "";

	child_expect(readlink("/other", target, sizeof(target) - 1) == 4, "no link");
	child_expect(strcmp(target, "file") == 0, "link to %s", target);
}

TEST(a_link_can_be_bound_on_a_link)
{
	PLAY(.config = MOUNTS(BIND("/other", "link", "'src-nofollow','dest-nofollow'")),
	     .set = set_symlink, .check = check_nofollow);
}

TEST(the_kernel_s_complaint_is_part_of_the_error)
{
	PLAY_FAILS("mounts[1] (\"/data\"): tmpfs: Unknown parameter 'foo': Invalid argument",
		   .config = MOUNTS(PROC "," MOUNT("/data", "tmpfs", "t", "'foo=1'")));
	PLAY_FAILS("mounts[0] (\"/data\"): this kernel has no file system \"nonesuch\"",
		   .config = MOUNTS(MOUNT("/data", "nonesuch", "t", "")));
}

static void
set_file_and_dev(void)
{
	set_file();
	stage_directory("rootfs/dev");
	stage_write("rootfs/plain", "");
}

TEST(what_makes_no_sense_is_refused)
{
	PLAY_FAILS("mounts[0] (\"/data\"): a bind mount cannot have options of a file system: "
		   "\"size=1\"",
		   .config = MOUNTS(BIND("/data", ".", "'ro','size=1'")));
	PLAY_FAILS(
		"mounts[0] (\"/data\"): clone the mount at \"missing\": No such file or directory",
		.config = MOUNTS(BIND("/data", "missing", "")));
	PLAY_FAILS("mounts[0] (\"/data\"): a bind mount needs a source",
		   .config = MOUNTS("{'destination':'/data','options':['bind']}"));
	PLAY_FAILS("mounts[0] (\"/data\"): a mount that is no bind needs a type",
		   .config = MOUNTS("{'destination':'/data','source':'.'}"));
	PLAY_FAILS("mounts[0] (\"/dev\"): a file cannot be mounted on a directory: Not a directory",
		   .config = MOUNTS(BIND("/dev", "file", "")), .set = set_file_and_dev);
	PLAY_FAILS(
		"mounts[0] (\"/plain\"): a directory cannot be mounted on a file: Not a directory",
		.config = MOUNTS(BIND("/plain", ".", "")), .set = set_file_and_dev);
	PLAY_FAILS("mounts[0] (\"/data\"): only bind mounts can have id maps",
		   .config = MOUNTS(MOUNT("/data", "tmpfs", "t", "'idmap'")));
}

static void
check_dev(void)
{
	expect_mount("/dev", "ro,nosuid - tmpfs");
	child_expect(access("/dev/null", W_OK) == 0, "no /dev/null");
	child_expect(stage_can_write("/dev/shm/x"), "/dev/shm is read-only");
}

TEST(a_read_only_dev_has_its_devices)
{
	PLAY(.config = MOUNTS(PROC "," MOUNT("/dev", "tmpfs", "tmpfs",
					     "'nosuid','strictatime','ro'") "," SHM),
	     .check = check_dev);
	PLAY(.config = MOUNTS(PROC "," MOUNT("/dev", "tmpfs", "tmpfs",
					     "'nosuid','strictatime','ro'") "," SHM),
	     .check = check_dev, .old_kernel = true);
}

static void
check_borrowed_sys(void)
{
	expect_mount("/sys", "ro,nosuid,nodev,noexec");
	expect_mount("/sys", "- sysfs");
	child_expect(access("/sys/class/net", F_OK) == 0, "no /sys");
	child_expect(!stage_can_write("/sys/fs/cgroup/cgroup.procs"), "cgroups are writable");
}

TEST(the_host_s_sysfs_is_shown_read_only_to_who_may_not_mount_one)
{
	PLAY(.config = MOUNTS(PROC "," SYS), .check = check_borrowed_sys, .user = true,
	     .host_network = true);
	PLAY(.config = MOUNTS(PROC "," SYS), .check = check_borrowed_sys, .unprivileged = true,
	     .host_network = true);
}

static void
check_bound_sys(void)
{
	expect_mount("/sys", "ro,");
	expect_mount("/sys/fs/cgroup", "ro,");
}

TEST(a_read_only_bind_of_sys_does_not_leave_the_cgroups_writable)
{
	if (access("/sys/fs/cgroup/cgroup.procs", F_OK) < 0 &&
	    access("/sys/fs/cgroup/unified", F_OK) < 0)
		skip();
	PLAY(.config = MOUNTS(PROC "," BIND("/sys", "/sys", "'rbind','ro'")),
	     .check = check_bound_sys);
	PLAY(.config = MOUNTS(PROC "," BIND("/sys", "/sys", "'rbind','ro'")),
	     .check = check_bound_sys, .unprivileged = true);
	PLAY(.config = MOUNTS(PROC "," BIND("/sys", "/sys", "'rbind','ro'")), .old_kernel = true);
}

TEST(a_label_that_cannot_be_given_is_an_error)
{
	const char *label = ",'linux':{'mountLabel':'system_u:object_r:container_file_t:s0:c1,c2'}";
	scoped_arena arena = { 0 };

	if (access("/sys/fs/selinux", F_OK) == 0)
		skip();
	PLAY_FAILS("mounts[0] (\"/data\"): tmpfs: Unknown parameter 'context': Invalid argument",
		   .config = arena_format(&arena, "%s%s", MOUNTS(MOUNT("/data", "tmpfs", "t", "")),
					  label));
	PLAY_FAILS(
		"mounts[0] (\"/data\"): tmpfs: Unknown parameter 'rootcontext': Invalid argument",
		.config = arena_format(
			&arena, "%s%s,'annotations':{'run.oci.mount_context_type':'rootcontext'}",
			MOUNTS(MOUNT("/data", "tmpfs", "t", "")), label));
	PLAY(.config = arena_format(&arena, "%s%s", MOUNTS(PROC), label));
}

static void
check_private(void)
{
	expect_no_part("/data", "shared:");
	expect_no_part("/data", "master:");
	expect_no_part("/data/below", "shared:");
	expect_no_part("/data/below", "master:");
}

static void
check_slave(void)
{
	expect_no_part("/data", "shared:");
	expect_mount("/data", "master:");
	expect_mount("/data/below", "master:");
}

static void
check_shared(void)
{
	expect_mount("/data", "shared:");
	expect_mount("/new", "shared:");
	expect_mount("/lone", "unbindable");
}

static void
check_shared_slave(void)
{
	expect_mount("/data", "shared:");
	expect_mount("/data", "master:");
	expect_mount("/data/below", "master:");
}

TEST(a_user_namespace_shares_no_mounts_with_the_host)
{
	const char *config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','rshared'"));

	PLAY(.config = config, .set = set_tree, .check = check_shared_slave, .user = true);
	PLAY(.config = config, .set = set_tree, .check = check_shared_slave, .user = true,
	     .old_kernel = true);
	PLAY(.config = config, .set = set_tree, .check = check_shared_slave, .unprivileged = true);
}

TEST(a_bind_is_private_unless_something_else_is_said)
{
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind'")), .set = set_tree,
	     .check = check_private);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind'")), .set = set_tree,
	     .check = check_private, .old_kernel = true);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','rslave'")),
	     .set = set_tree, .check = check_slave);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume",
					    "'rbind'")) ",'linux':{'rootfsPropagation':'rslave'}",
	     .set = set_tree, .check = check_slave);
	PLAY(.config = MOUNTS(PROC "," BIND("/data", "volume", "'rbind','rshared'") "," MOUNT(
		     "/new", "tmpfs", "t", "'shared'") "," MOUNT("/lone", "tmpfs", "t",
								 "'unbindable'")),
	     .set = set_tree, .check = check_shared);
}

static void
check_remount(void)
{
	expect_mount("/data", "ro,noexec,relatime");
	child_expect(!stage_can_write("/data/x"), "writable");
	expect_mount("/told", "size=8k");
}

TEST(what_is_mounted_can_be_mounted_again)
{
	PLAY(.config = MOUNTS(PROC "," MOUNT("/data", "tmpfs", "t", "") "," BIND(
		     "/data", "",
		     "'remount','bind','ro','noexec'") "," MOUNT("/told", "tmpfs", "t",
								 "'size=4k'") "," MOUNT("/told",
											"tmpfs",
											"t",
											"'remount',"
											"'size="
											"8k'")),
	     .check = check_remount);
}

static void
set_idmap(void)
{
	set_tree();
	stage_write("volume/file", "x");
	child_expect(chown("volume/file", 1001, 2002) == 0, "chown");
}

static void
check_idmap(void)
{
	struct stat st;

	child_expect(stat("/data/file", &st) == 0, "no file");
	child_expect(st.st_uid == 5001 && st.st_gid == 6002, "owned by %u:%u", st.st_uid,
		     st.st_gid);
}

TEST(a_bind_can_be_seen_through_other_ids)
{
	PLAY(.needs_root = true,
	     .config = MOUNTS("{'destination':'/data','source':'volume','options':['bind'],"
			      "'uidMappings':[{'containerID':1000,'hostID':5000,'size':10}],"
			      "'gidMappings':[{'containerID':2000,'hostID':6000,'size':10}]}"),
	     .set = set_idmap, .check = check_idmap);
	PLAY(.needs_root = true,
	     .config = MOUNTS(BIND("/data", "volume",
				   "'rbind','idmap=uids=1000-5000-10;gids=2000-6000-10'")),
	     .set = set_idmap, .check = check_idmap);
	PLAY(.needs_root = true,
	     .config = MOUNTS(
		     BIND("/data", "volume",
			  "'bind','idmap'")) ",'linux':{"
					     "'uidMappings':[{'containerID':1000,'hostID':5000,"
					     "'size':10}],'gidMappings':[{'containerID':2000,"
					     "'hostID':6000,'size':10}]}",
	     .set = set_idmap, .check = check_idmap);
	PLAY_FAILS("mounts[0] (\"/data\"): a mount with id maps needs maps of both uids and gids",
		   .needs_root = true, .config = MOUNTS(BIND("/data", "volume", "'idmap'")),
		   .set = set_idmap);
}

/* Two hundred letters, so that two of them are more than fsconfig(2) takes in a word. */
#define LONG                                                                                       \
	"oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo" \
	"o"                                                                                        \
	"oooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooooo" \
	"o"

static void
set_layers(void)
{
	stage_directory("/tmp/1" LONG);
	stage_directory("/tmp/2" LONG);
	stage_write("/tmp/1" LONG "/one", "1");
	stage_write("/tmp/2" LONG "/two", "2");
	stage_directory("rootfs/proc");
}

static void
check_layers(void)
{
	child_expect(strcmp(child_read("/data/one"), "1") == 0, "no upper layer");
	child_expect(strcmp(child_read("/data/two"), "2") == 0, "no lower layer");
	expect_mount("/data", "ro,nodev");
}

TEST(an_overlay_may_have_long_names)
{
	PLAY(.config = MOUNTS(PROC
			      "," MOUNT("/data", "overlay", "o",
					"'ro','nodev','lowerdir=/tmp/1" LONG ":/tmp/2" LONG "'")),
	     .set = set_layers, .check = check_layers);
	PLAY(.config = MOUNTS(PROC
			      "," MOUNT("/data", "overlay", "o",
					"'ro','nodev','lowerdir=/tmp/1" LONG ":/tmp/2" LONG "'")),
	     .set = set_layers, .check = check_layers, .user = true);
}

static void
set_inside(void)
{
	stage_directory("volume");
	stage_write("volume/file", "mounted before");
	stage_directory("rootfs/mnt");
	stage_link("/mnt", "rootfs/link");
}

static void
check_inside(void)
{
	child_expect(strcmp(child_read("/copy/file"), "mounted before") == 0,
		     "not what we mounted");
	child_expect(strcmp(child_read("/linked/file"), "mounted before") == 0,
		     "link left the root");
}

TEST(a_source_in_the_root_is_what_the_container_has_there)
{
	const char *config = MOUNTS(
		BIND("/mnt", "volume", "") "," BIND("/copy", "/tmp/bundle/rootfs/mnt", "") "," BIND(
			"/tmp/bundle/rootfs/linked", "/tmp/bundle/rootfs/link", ""));

	PLAY(.config = config, .set = set_inside, .check = check_inside);
	PLAY(.config = config, .set = set_inside, .check = check_inside, .user = true);
}

static void
check_others(void)
{
	expect_mount("/a", "- ramfs r");
	expect_mount("/b", "- bpf b");
	expect_mount("/c", "- hugetlbfs h");
	expect_mount("/d", "sync");
}

TEST(any_file_system_of_the_kernel_can_be_asked_for)
{
	PLAY(.needs_root = true,
	     .config = MOUNTS(
		     PROC
		     "," MOUNT("/a", "ramfs", "r", "") "," MOUNT("/b", "bpf", "b", "") "," MOUNT(
			     "/c", "hugetlbfs", "h",
			     "'pagesize=2M'") "," MOUNT("/d", "tmpfs", "t",
							"'sync','lazytime','silent','iversion'")),
	     .check = check_others);
}

static void
check_no_pivot(void)
{
	expect_mount("/proc", "- proc");
	child_expect(access("/tmp/bundle", F_OK) < 0, "the host is still there");
}

TEST(without_a_pivot_the_host_s_mounts_go_all_the_same)
{
	PLAY(.config = MOUNTS(PROC), .check = check_no_pivot, .no_pivot = true);
	PLAY(.config = MOUNTS(PROC), .check = check_no_pivot, .no_pivot = true, .user = true);
}
