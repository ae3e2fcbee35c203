/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "libcommon/file.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS)

TEST(a_file_that_lost_its_name_is_gone)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "touch f && mkdir d");
	scoped_fd file = openat(scratch.fd, "f", O_RDONLY | O_CLOEXEC);
	scoped_fd directory = openat(scratch.fd, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_EQ(file_is_gone(file, "f", &err), 0);
	CHECK_EQ(file_is_gone(directory, "d", &err), 0);
	scratch_run(&scratch, "mv f g && rmdir d");
	CHECK_EQ(file_is_gone(file, "f", &err), 0);
	CHECK_EQ(file_is_gone(directory, "d", &err), 1);
	scratch_run(&scratch, "rm g");
	CHECK_EQ(file_is_gone(file, "f", &err), 1);
	CHECK_FAILS(file_is_gone(-1, "f", &err), err, "look at f: Bad file descriptor");
}

TEST(what_is_not_there_is_an_outcome_only_for_who_asks)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	int fd;

	CHECK_FAILS(file_open(scratch.fd, "x", O_RDONLY, &err), err, "open x: No such file or directory");
	CHECK_EQ(err.code, ENOENT);
	CHECK_EQ(file_open_if_there(&fd, scratch.fd, "x", O_RDONLY, &err), 1);
	CHECK_EQ(fd, -1);
	scratch_run(&scratch, "echo y > x");
	CHECK_OK(file_open_if_there(&fd, scratch.fd, "x", O_RDONLY, &err), err);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	(void) close(fd);
	CHECK_FAILS(file_open_if_there(&fd, scratch.fd, "x/y", O_RDONLY, &err), err, "open x/y: Not a directory");
}

/* "I can't tell" must not be taken for "there is none": what stands on it would be thrown away. */
TEST(what_cannot_be_looked_for_is_not_missing)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "echo > x; ln -s nowhere link; ln -s loop loop");
	CHECK_OK(file_look_for(scratch.fd, "x", &err), err);
	CHECK_OK(file_look_for(scratch.fd, "link", &err), err);
	CHECK_EQ(file_look_for(scratch.fd, "y", &err), 1);
	CHECK_EQ(file_look_for(scratch.fd, "x/y", &err), 1);
	CHECK_FAILS(file_look_for(scratch.fd, "loop/y", &err), err,
		    "look for loop/y: Too many levels of symbolic links");
}

TEST(a_new_file_takes_the_place_of_nothing)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "ln -s elsewhere link");
	scoped_fd fd = file_create(scratch.fd, "new", 0640, &err);
	CHECK(fd >= 0);
	CHECK_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	CHECK_FAILS(file_create(scratch.fd, "new", 0640, &err), err, "create new: File exists");
	CHECK_FAILS(file_create(scratch.fd, "link", 0640, &err), err, "create link: File exists");
	CHECK_TEXT(scratch_says(&scratch, "ls"), "link\nnew");
}

TEST(files_of_any_size_are_read_whole)
{
	static const int sizes[] = { 0, 1, 4095, 4096, 4097, 8192, 100000 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };

	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *bytes;
		size_t n;
		scratch_run(&scratch, "head -c %d /dev/zero | tr '\\0' x > f", sizes[i]);
		CHECK_OK(file_read_at(scratch.fd, "f", 1 << 20, &arena, &bytes, &n, &err), err);
		CHECK_EQ(n, sizes[i]);
		CHECK_EQ(strlen(bytes), sizes[i]);
	}
}

TEST(files_that_do_not_know_their_size_are_read_whole)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	int pipe_[2];
	char *bytes, sent[30000];
	size_t n;

	CHECK_OK(file_read_at(AT_FDCWD, "/proc/self/maps", 1 << 20, &arena, &bytes, &n, &err), err);
	CHECK(n > 100 && strstr(bytes, "[stack]") != NULL);

	memset(sent, 's', sizeof(sent));
	CHECK_EQ(pipe(pipe_), 0);
	CHECK_EQ(write(pipe_[1], sent, sizeof(sent)), sizeof(sent));
	(void) close(pipe_[1]);
	CHECK_OK(file_read(pipe_[0], "the pipe", 1 << 20, &arena, &bytes, NULL, &err), err);
	CHECK_EQ(strlen(bytes), sizeof(sent));
	(void) close(pipe_[0]);
}

TEST(a_file_above_the_limit_is_refused_whatever_its_size_says)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	char *bytes;

	scratch_run(&scratch, "head -c 11 /dev/zero > f && truncate -s 1T sparse");
	CHECK_OK(file_read_at(scratch.fd, "f", 11, &arena, &bytes, NULL, &err), err);
	CHECK_FAILS(file_read_at(scratch.fd, "f", 10, &arena, &bytes, NULL, &err), err, "read f: larger than 10 bytes");
	CHECK_FAILS(file_read_at(scratch.fd, "sparse", 4096, &arena, &bytes, NULL, &err), err,
		    "read sparse: larger than 4096 bytes");
	CHECK_FAILS(file_read_at(AT_FDCWD, "/dev/zero", 4096, &arena, &bytes, NULL, &err), err,
		    "read /dev/zero: larger than 4096 bytes");
}

TEST(a_directory_is_no_file)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	char *bytes;

	CHECK_FAILS(file_read_at(AT_FDCWD, "/proc", 10, &arena, &bytes, NULL, &err), err, "read /proc: it is a directory");
}

TEST(a_write_that_fails_is_told_with_the_file)
{
	struct error err = { 0 };
	scoped_fd full = file_open(AT_FDCWD, "/dev/full", O_WRONLY, &err);

	CHECK_FAILS(file_write(full, "/dev/full", "x", 1, &err), err, "write /dev/full: No space left on device");
	CHECK_OK(file_write(full, "/dev/full", NULL, 0, &err), err);
	CHECK_FAILS(file_write_at(AT_FDCWD, "/dev/full", "max", &err), err,
		    "write \"max\" to /dev/full: No space left on device");
	CHECK_FAILS(file_write_at(AT_FDCWD, "/proc/nothing", "1", &err), err,
		    "open /proc/nothing: No such file or directory");
}

TEST(a_file_is_replaced_as_a_whole)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	CHECK_OK(file_replace(scratch.fd, "f", "one", 3, 0600, &err), err);
	scoped_fd old = file_open(scratch.fd, "f", O_RDONLY, &err);
	CHECK_OK(file_replace(scratch.fd, "f", "two", 3, 0644, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cat f; stat -c ' %%a' f; ls"), "two 644\nf");
	char was[4] = "";
	CHECK_EQ(read(old, was, 3), 3);
	CHECK_TEXT(was, "one");
	CHECK_OK(file_replace_synced(scratch.fd, "f", "", 0, 0600, &err), err);
	CHECK_OK(file_replace_synced(scratch.fd, "./f", "three", 5, 0600, &err), err);
	scratch_run(&scratch, "mkdir d");
	CHECK_OK(file_replace_synced(scratch.fd, "d/f", "four", 4, 0600, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cat f d/f; ls . d"), "threefour.:\nd\nf\n\nd:\nf");
}

TEST(a_link_is_replaced_and_not_written_through)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "echo precious > victim && ln -s victim f && ln -s victim f.new%d", (int) getpid());
	CHECK_OK(file_replace(scratch.fd, "f", "new", 3, 0600, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cat victim f; ls"), "precious\nnewf\nvictim");
}

TEST(a_file_that_cannot_be_replaced_leaves_no_litter)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	scratch_run(&scratch, "mkdir d");
	CHECK_FAILS_WITH(file_replace(scratch.fd, "d", "x", 1, 0600, &err), err, "Is a directory");
	CHECK_TEXT(scratch_says(&scratch, "ls -A"), "d");
	CHECK_FAILS_WITH(file_replace(scratch.fd, "no/f", "x", 1, 0600, &err), err, "No such file or directory");
}

static void
fill_disk(void)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *bytes, big[40000];
	size_t n;

	child_expect(mount("t", "/tmp", "tmpfs", 0, "size=16k,mode=755") == 0, "mount: %s", strerror(errno));
	scoped_fd dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	memset(big, 'x', sizeof(big));
	child_expect(file_replace(dir, "f", "old", 3, 0600, &err) == 0, "%s", err.text);
	child_expect(file_replace(dir, "f", big, sizeof(big), 0600, &err) < 0, "40000 bytes fit");
	child_expect(strcmp(err.text, "write f: No space left on device") == 0, "%s", err.text);
	child_expect(err.code == ENOSPC, "code %d", err.code);
	child_expect(file_read_at(dir, "f", 100, &arena, &bytes, &n, &err) == 0, "%s", err.text);
	child_expect(n == 3 && strcmp(bytes, "old") == 0, "now it says %s", bytes);

	/* What was written so far takes no room any more. */
	child_expect(file_replace(dir, "f", "new", 3, 0600, &err) == 0, "%s", err.text);
}

TEST(a_full_disk_leaves_the_old_file_and_no_litter)
{
	CHECK_CHILD(NAMESPACES, fill_disk);
}

static void
exhaust_inodes(void)
{
	struct error err = { 0 };

	child_expect(mount("t", "/tmp", "tmpfs", 0, "nr_inodes=2") == 0, "mount: %s", strerror(errno));
	scoped_fd dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	child_expect(file_replace(dir, "f", "old", 3, 0600, &err) == 0, "%s", err.text);
	child_expect(file_replace(dir, "f", "new", 3, 0600, &err) < 0, "there was an inode left");
	child_expect(err.code == ENOSPC, "%s", err.text);
	child_expect(strcmp(child_read("/tmp/f"), "old") == 0, "the old file is gone");
}

TEST(a_disk_without_inodes_leaves_the_old_file)
{
	CHECK_CHILD(NAMESPACES, exhaust_inodes);
}

/* A file size limit cuts a write short: what is left is tried again, and that is refused. */
static void
write_in_parts(void)
{
	struct error err = { 0 };
	struct rlimit limit = { 10, 10 };
	scoped_fd fd = -1;

	child_expect(mount("t", "/tmp", "tmpfs", 0, "") == 0, "mount: %s", strerror(errno));
	fd = open("/tmp/f", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	(void) signal(SIGXFSZ, SIG_IGN);
	child_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, "limit");
	child_expect(file_write(fd, "f", "0123456789abcdef", 16, &err) < 0, "all was written");
	child_expect(strcmp(err.text, "write f: File too large") == 0, "%s", err.text);
	child_expect(strcmp(child_read("/tmp/f"), "0123456789") == 0, "%s", child_read("/tmp/f"));
	child_expect(file_write_at(AT_FDCWD, "/tmp/f", "0123456789abcdef", &err) < 0, "all was written");
	child_expect(strstr(err.text, "only 10 bytes were taken") != NULL, "%s", err.text);
}

TEST(a_write_in_parts_is_whole_or_an_error)
{
	CHECK_CHILD(NAMESPACES, write_in_parts);
}

TEST(missing_directories_are_made_and_others_left)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };

	CHECK_OK(file_make_directories(scratch.fd, "a/b//c/", 0700, &err), err);
	CHECK_OK(file_make_directories(scratch.fd, "a/b/d", 0711, &err), err);
	CHECK_OK(file_make_directories(scratch.fd, ".", 0700, &err), err);
	CHECK_OK(file_make_directories(AT_FDCWD, "/", 0700, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "stat -c '%%n %%a' a/b/*"), "a/b/c 700\na/b/d 711");
	scratch_run(&scratch, "touch f");
	CHECK_FAILS(file_make_directories(scratch.fd, "f/x", 0700, &err), err, "make directory f/x: Not a directory");
	char path[PATH_MAX + 10];
	memset(path, 'a', sizeof(path));
	path[PATH_MAX + 9] = '\0';
	CHECK_FAILS_WITH(file_make_directories(scratch.fd, path, 0700, &err), err, "the name is too long");
}
