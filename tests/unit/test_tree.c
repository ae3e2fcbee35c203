/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS)

TEST(what_is_not_there_is_gone_already)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	CHECK_OK(tree_remove(scratch.fd, "nothing", &err), err);
	CHECK_OK(tree_remove(scratch.fd, "no/thing", &err), err);
}

TEST(files_of_every_kind_are_removed)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "mkdir t t/empty && touch t/file && ln -s / t/root && ln -s nowhere t/dangling && "
			      "mkfifo t/fifo && ln t/file t/again && touch single && mkdir alone");
	CHECK_OK(tree_remove(scratch.fd, "single", &err), err);
	CHECK_OK(tree_remove(scratch.fd, "alone", &err), err);
	CHECK_OK(tree_remove(scratch.fd, "t", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "ls -A"), "");
}

TEST(links_are_removed_and_what_they_name_stays)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "mkdir -p precious/inner t/a/b && touch precious/inner/file && ln -s ../precious t/link && "
			      "ln -s ../../../precious/inner t/a/b/link && ln -s \"$PWD/precious\" t/a/absolute && "
			      "ln -s precious link");
	CHECK_OK(tree_remove(scratch.fd, "t", &err), err);
	CHECK_OK(tree_remove(scratch.fd, "link", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "find . | sort"), ".\n./precious\n./precious/inner\n./precious/inner/file");
}

static pid_t
remove_beside_us(int dir, const char *name)
{
	struct error err = { 0 };
	pid_t other = fork();

	if (other == 0)
		_exit(tree_remove(dir, name, &err) == 0 ? 0 : 1);
	return other;
}

TEST(two_may_remove_the_same_tree)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	int status;

	for (int i = 0; i < 50; i++) {
		scratch_run(&scratch, "for a in 1 2 3 4 5 6 7 8; do for b in 1 2 3 4 5; do "
				      "mkdir -p t/$a/$b/c/d && touch t/$a/$b/c/f; done; done");
		pid_t other = remove_beside_us(scratch.fd, "t");
		CHECK_OK(tree_remove(scratch.fd, "t", &err), err);
		CHECK_EQ(waitpid(other, &status, 0), other);
		CHECK_EQ(status, 0);
		CHECK_TEXT(scratch_says(&scratch, "ls -A"), "");
	}
}

static void
make_deep(int dir, const char *name, int depth)
{
	scoped_fd at = dup(dir);

	for (int i = 0; i < depth; i++) {
		CHECK_EQ(mkdirat(at, name, 0755), 0);
		scoped_fd file = openat(at, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		CHECK(file >= 0);
		int next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(next >= 0);
		fd_close(&at);
		at = next;
	}
}

TEST(a_tree_may_be_deeper_than_any_path_is_long)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	CHECK_EQ(mkdirat(scratch.fd, "t", 0755), 0);
	scoped_fd top = openat(scratch.fd, "t", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	make_deep(top, "a-directory-with-a-rather-long-name", 5000);
	CHECK_OK(tree_remove(scratch.fd, "t", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "ls -A"), "");
}

/* Neither depth nor width may cost descriptors. */
static void
remove_with_few_fds(void)
{
	struct error err = { 0 };
	struct rlimit few = { 210, 210 }; /* complaints go to number 200 */

	child_expect(mount("t", "/tmp", "tmpfs", 0, "") == 0 && chdir("/tmp") == 0, "mount: %s", strerror(errno));
	for (int fd = 3; fd < 195; fd++)
		(void) dup2(0, fd);
	child_expect(mkdir("t", 0755) == 0, "mkdir");
	for (int i = 0; i < 300; i++) {
		char name[64];
		(void) snprintf(name, sizeof(name), "t/%d", i);
		child_expect(mkdir(name, 0755) == 0, "mkdir");
		(void) snprintf(name, sizeof(name), "t/%d/x", i);
		child_expect(mkdir(name, 0755) == 0, "mkdir");
		(void) snprintf(name, sizeof(name), "t/%d/x/y", i);
		child_expect(mkdir(name, 0755) == 0, "mkdir");
	}
	child_expect(setrlimit(RLIMIT_NOFILE, &few) == 0, "limit");
	child_expect(tree_remove(AT_FDCWD, "t", &err) == 0, "%s", err.text);
	child_expect(access("t", F_OK) < 0, "it is still there");
}

TEST(a_wide_tree_needs_few_descriptors)
{
	CHECK_CHILD(NAMESPACES, remove_with_few_fds);
}

TEST(names_that_look_like_ours_are_removed_as_any_other)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	int pid = (int) getpid();

	scratch_run(&scratch, "mkdir -p t/a/b/c/d/e t/f/g/h && touch t/.removing-%d-0 && ln -s / t/.removing-%d-1 && "
			      "mkdir -p t/.removing-%d-2/x/y && touch t/a/b/.removing-%d-0", pid, pid, pid, pid);
	CHECK_OK(tree_remove(scratch.fd, "t", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "ls -A"), "");
}

static void
meet_mounts(void)
{
	struct error err = { 0 };

	child_expect(mount("t", "/tmp", "tmpfs", 0, "") == 0 && chdir("/tmp") == 0, "mount: %s", strerror(errno));
	child_expect(mkdir("t", 0755) == 0 && mkdir("t/a", 0755) == 0 && mkdir("t/a/m", 0755) == 0, "mkdir");
	child_expect(mount("m", "t/a/m", "tmpfs", 0, "") == 0 && child_write("t/a/m/precious", "x"), "mount");
	child_expect(tree_remove(AT_FDCWD, "t", &err) < 0, "a mount was crossed");
	child_expect(err.code == EBUSY, "%s", err.text);
	child_expect(strstr(err.text, "m: Device or resource busy") != NULL, "%s", err.text);
	child_expect(umount("t/a/m") == 0 || access("t/a", F_OK) < 0, "umount: %s", strerror(errno));
	child_expect(tree_remove(AT_FDCWD, "t", &err) == 0, "%s", err.text);
}

static void
meet_mounted_file(void)
{
	struct error err = { 0 };

	child_expect(mount("t", "/tmp", "tmpfs", 0, "") == 0 && chdir("/tmp") == 0, "mount: %s", strerror(errno));
	child_expect(mkdir("t", 0755) == 0 && child_write("t/f", "x") && child_write("precious", "x"), "make");
	child_expect(mount("precious", "t/f", NULL, MS_BIND, NULL) == 0, "bind: %s", strerror(errno));
	child_expect(tree_remove(AT_FDCWD, "t", &err) < 0, "a mounted file was removed");
	child_expect(strcmp(err.text, "remove t/f: Device or resource busy") == 0, "%s", err.text);
	child_expect(tree_remove(AT_FDCWD, "t/f", &err) < 0, "a mounted file was removed");
	child_expect(strcmp(err.text, "remove t/f: Device or resource busy") == 0, "%s", err.text);
	child_expect(strcmp(child_read("precious"), "x") == 0, "what was mounted is gone");
	child_expect(umount("t/f") == 0 && tree_remove(AT_FDCWD, "t", &err) == 0, "%s", err.text);
}

TEST(what_is_mounted_below_stays)
{
	CHECK_CHILD(NAMESPACES, meet_mounts);
	CHECK_CHILD(NAMESPACES, meet_mounted_file);
}

static void
meet_read_only(void)
{
	struct error err = { 0 };

	child_expect(mount("t", "/tmp", "tmpfs", 0, "") == 0 && chdir("/tmp") == 0, "mount: %s", strerror(errno));
	child_expect(mkdir("t", 0755) == 0 && child_write("t/f", "x"), "make");
	child_expect(mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "remount: %s", strerror(errno));
	child_expect(tree_remove(AT_FDCWD, "t", &err) < 0, "it was removed");
	child_expect(strcmp(err.text, "remove t: Read-only file system") == 0, "%s", err.text);
}

TEST(what_may_not_be_removed_is_named_with_the_cause)
{
	CHECK_CHILD(NAMESPACES, meet_read_only);
}
