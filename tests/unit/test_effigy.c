/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <errno.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "builder/layer/attributes.h"
#include "builder/layer/effigy.h"
#include "scratch.h"

static struct stat
look(const struct scratch *scratch, const char *name)
{
	struct stat about;
	struct error err = { 0 };

	CHECK_EQ(fstatat(scratch->fd, name, &about, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_OK(effigy_look(scratch->fd, name, &about, &err), err);
	return about;
}

TEST(what_stands_for_a_device_tells_which)
{
	scoped_scratch struct scratch scratch = scratch_make();

	CHECK_EQ(effigy_make(scratch.fd, "null", S_IFCHR | 0666, makedev(1, 3)), 0);
	CHECK_EQ(effigy_make(scratch.fd, "disk", S_IFBLK, makedev(259, 1000000)), 0);
	scratch_run(&scratch, "chmod 640 null");

	struct stat null = look(&scratch, "null"), disk = look(&scratch, "disk");
	CHECK_EQ(null.st_mode, S_IFCHR | 0640);
	CHECK_EQ(null.st_rdev, makedev(1, 3));
	CHECK_EQ(disk.st_mode, S_IFBLK | 0600);
	CHECK_EQ(disk.st_rdev, makedev(259, 1000000));
}

TEST(what_was_written_to_is_a_file)
{
	scoped_scratch struct scratch scratch = scratch_make();

	CHECK_EQ(effigy_make(scratch.fd, "null", S_IFCHR | 0666, makedev(1, 3)), 0);
	scratch_run(&scratch, "echo x > null; touch empty");
	CHECK(S_ISREG(look(&scratch, "null").st_mode));
	CHECK(S_ISREG(look(&scratch, "empty").st_mode));
}

TEST(an_attribute_that_makes_no_sense_is_none)
{
	static const char *const texts[] = { "", "c", "c 1", "c 1:", "x 1:3", "c 0:0", "b 0:0", "c 1:3x", "c 1:3 ", "c 01:3", "c -1:3", "c  1:3", "c 4294967297:3",
					     "c 111111111111111111111111111111111111111111111111111111111111111111:3" };
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "touch f");
	scoped_fd fd = openat(scratch.fd, "f", O_RDONLY | O_CLOEXEC);
	for (size_t i = 0; i < COUNT(texts); i++) {
		CHECK_EQ(fsetxattr(fd, EFFIGY_ATTRIBUTE, texts[i], strlen(texts[i]), 0), 0);
		CHECK(S_ISREG(look(&scratch, "f").st_mode));
	}
}

TEST(what_is_there_stays)
{
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "ln -s elsewhere null");
	CHECK_EQ(effigy_make(scratch.fd, "null", S_IFCHR, makedev(1, 3)), -1);
	CHECK_EQ(errno, EEXIST);
	CHECK_TEXT(scratch_says(&scratch, "ls"), "null");
}

TEST(its_attribute_is_in_no_layer)
{
	CHECK(!attributes_travel(EFFIGY_ATTRIBUTE));
	CHECK(attributes_travel("user.cooper.devices"));
}
