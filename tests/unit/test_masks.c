/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/stage.h"

/* clang-format off */
#define PROC "'mounts':[{'destination':'/proc','type':'proc','source':'proc','options':['nosuid']}]"
#define MASKED \
	PROC ",'linux':{'maskedPaths':['/secret','/secret','/more','/hidden','/also','/not/there'," \
	"'/proc/timer_list','/link']}"
#define READONLY \
	PROC ",'linux':{'readonlyPaths':['/hidden','/secret','/not/there','/proc/sys']}"
/* clang-format on */

static void
set_secrets(void)
{
	stage_write("rootfs/secret", "secret");
	stage_write("rootfs/more", "secret");
	stage_directory("rootfs/hidden");
	stage_write("rootfs/hidden/file", "secret");
	stage_directory("rootfs/also");
	stage_directory("rootfs/linked");
	stage_write("rootfs/linked/file", "secret");
	stage_link("/linked", "rootfs/link");
}

static unsigned
count_mounts(const char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096], point[4096];
	unsigned count = 0;

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		count += sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1 &&
			 strcmp(point, path) == 0;
	if (file != NULL)
		(void) fclose(file);
	return count;
}

static void
expect_empty(const char *path)
{
	DIR *directory = opendir(path);

	for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;)
		child_expect(entry->d_name[0] == '.', "%s has %s", path, entry->d_name);
	child_expect(directory != NULL, "%s: %s", path, strerror(errno));
	(void) closedir(directory);
}

static void
check_masked(void)
{
	struct stat hidden, also;

	child_expect(strcmp(child_read("/secret"), "") == 0, "/secret can be read");
	child_expect(strcmp(child_read("/more"), "") == 0, "/more can be read");
	child_expect(strcmp(child_read("/proc/timer_list"), "") == 0, "timer_list can be read");
	expect_empty("/hidden");
	expect_empty("/linked");
	child_expect(!stage_can_write("/hidden/x"), "/hidden can be written to");
	child_expect(errno == EROFS, "/hidden: %s", strerror(errno));
	child_expect(stat("/hidden", &hidden) == 0 && stat("/also", &also) == 0, "stat");
	child_expect(hidden.st_dev == also.st_dev, "each directory has a tmpfs of its own");
	child_expect(count_mounts("/secret") == 1, "/secret is covered %u times",
		     count_mounts("/secret"));
}

TEST(masked_paths_are_empty)
{
	PLAY(.config = MASKED, .set = set_secrets, .check = check_masked);
	PLAY(.config = MASKED, .set = set_secrets, .check = check_masked, .user = true);
	PLAY(.config = MASKED, .set = set_secrets, .check = check_masked, .unprivileged = true);
	PLAY(.config = MASKED, .set = set_secrets, .check = check_masked, .old_kernel = true);
}

static void
check_readonly(void)
{
	child_expect(!stage_can_write("/hidden/file"), "/hidden can be written to");
	child_expect(errno == EROFS, "/hidden: %s", strerror(errno));
	child_expect(strcmp(child_read("/hidden/file"), "secret") == 0, "/hidden is empty");
	child_expect(!stage_can_write("/secret"), "/secret can be written to");
	child_expect(!stage_can_write("/proc/sys/kernel/domainname"), "sysctls can be set");
	child_expect(strstr(stage_mount_line("/proc/sys"), "nosuid") != NULL, "flags were lost");
	child_expect(stage_can_write("/more"), "the rest is read-only too");
}

TEST(read_only_paths_cannot_be_written_to)
{
	PLAY(.config = READONLY, .set = set_secrets, .check = check_readonly);
	PLAY(.config = READONLY, .set = set_secrets, .check = check_readonly, .user = true);
	PLAY(.config = READONLY, .set = set_secrets, .check = check_readonly, .old_kernel = true);
}

static void
set_link_out(void)
{
	stage_write("secret", "the host's");
	stage_link("/tmp/bundle/secret", "rootfs/out");
	stage_directory("rootfs/tmp");
}

static void
expect_host_readable(void)
{
	child_expect(strcmp(child_read("secret"), "the host's") == 0, "the host's file is masked");
}

TEST(a_masked_link_does_not_lead_to_the_host)
{
	PLAY(.config = PROC ",'linux':{'maskedPaths':['/out'],'readonlyPaths':['/out']}",
	     .set = set_link_out, .after = expect_host_readable);
}
