/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/procfs.h"
#include "tests/unit/child.h"

static void
expect_first(int procfs)
{
	char text[16] = "";
	struct error err = { 0 };

	child_expect(readlinkat(procfs, "self", text, sizeof(text) - 1) > 0, "no self");
	child_expect(strcmp(text, "1") == 0, "self is %s: another pid namespace's", text);
	scoped_fd status = procfs_open_file(procfs, "self/status", O_RDONLY, &err);
	child_expect(status >= 0, "%s", err.text);
}

static void
open_both(void)
{
	struct error err = { 0 };
	scoped_fd some = procfs_open(&err), all = procfs_open_whole(&err);

	child_expect(some >= 0 && all >= 0, "%s", err.text);
	expect_first(some);
	expect_first(all);
	child_expect(faccessat(some, "sys", F_OK, 0) < 0, "more than processes are shown");
	child_expect(faccessat(all, "sys", F_OK, 0) == 0, "there is no sys");
}

TEST(a_fresh_procfs_is_of_our_own_pid_namespace)
{
	CHECK_CHILD(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, open_both);
}

static void
open_magic(void)
{
	struct error err = { 0 };
	scoped_fd procfs = procfs_open(&err);

	child_expect(procfs_open_file(procfs, "self/root/etc", O_PATH, &err) < 0,
		     "root was followed");
	child_expect(err.code == ELOOP, "%s", err.text);
	child_expect(procfs_open_file(procfs, "../etc", O_PATH, &err) < 0, "left the procfs");
	child_expect(err.code == EXDEV, "%s", err.text);
	child_expect(procfs_open_file(procfs, "self/nonesuch", O_PATH, &err) < 0, "made it up");
	child_expect(strcmp(err.text, "open /proc/self/nonesuch: No such file or directory") == 0,
		     "%s", err.text);
}

TEST(no_magic_link_is_followed)
{
	CHECK_CHILD(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID, open_magic);
}

/* Without a pid namespace of its own a user namespace may not mount a fresh procfs. */
static void
open_covered(void)
{
	struct error err = { 0 };
	scoped_fd before = procfs_open_whole(&err);

	child_expect(before >= 0, "%s", err.text);
	child_expect(mount("trap", "/proc/sys", "tmpfs", 0, NULL) == 0, "%s", strerror(errno));
	child_expect(procfs_open_file(before, "sys/kernel", O_PATH, &err) < 0, "crossed a mount");
	child_expect(mount("trap", "/proc", "tmpfs", 0, NULL) == 0, "%s", strerror(errno));
	child_expect(procfs_open_whole(&err) < 0, "a tmpfs was taken for a procfs");
	child_expect(strcmp(err.text, "open /proc: what is there is not a proc file system") == 0,
		     "%s", err.text);
}

TEST(the_system_s_proc_is_proven_where_no_fresh_one_may_be_had)
{
	CHECK_CHILD(CLONE_NEWUSER | CLONE_NEWNS, open_covered);
}
