/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "tests/unit/child.h"

#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS)

/* A root beside which lies what must not be touched. */
static int
open_root(void)
{
	child_expect(mount("t", "/tmp", "tmpfs", 0, "mode=755") == 0, "mount: %s", strerror(errno));
	child_expect(chdir("/tmp") == 0 && mkdir("root", 0755) == 0, "%s", strerror(errno));
	return open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static void
put_link(const char *target, const char *path)
{
	child_expect(symlink(target, path) == 0, "%s: %s", path, strerror(errno));
}

static void
expect_there(const char *path, bool wanted)
{
	child_expect((access(path, F_OK) == 0) == wanted, "%s is %s", path,
		     wanted ? "missing" : "there");
}

static void
follow_links(void)
{
	struct error err = { 0 };
	scoped_fd root = open_root();

	put_link("/", "root/top");
	put_link("../../../../higher", "root/up");
	scoped_fd top = beneath_make_directories(root, "/top/one/two", 0755, &err);
	child_expect(top >= 0, "%s", err.text);
	scoped_fd up = beneath_make_file(root, "up", 0644, &err);
	child_expect(up >= 0, "%s", err.text);
	expect_there("root/one/two", true);
	expect_there("root/higher", true);
	expect_there("/one", false);
	expect_there("/tmp/higher", false);
}

TEST(links_lead_nowhere_but_into_the_root)
{
	CHECK_CHILD(NAMESPACES, follow_links);
}

static void
make_targets(void)
{
	struct error err = { 0 };
	scoped_fd root = open_root();

	put_link("/far/away", "root/first");
	put_link("first/and/on", "root/second");
	child_expect(mkdir("root/dir", 0755) == 0, "mkdir");
	put_link("../beside/file", "root/dir/file");
	scoped_fd directory = beneath_make_directories(root, "second/x/", 0711, &err);
	child_expect(directory >= 0, "%s", err.text);
	scoped_fd file = beneath_make_file(root, "/dir/file", 0640, &err);
	child_expect(file >= 0, "%s", err.text);
	expect_there("root/far/away/and/on/x", true);
	expect_there("root/beside/file", true);
}

TEST(the_target_of_a_dangling_link_is_made)
{
	CHECK_CHILD(NAMESPACES, make_targets);
}

static void
make_in_a_circle(void)
{
	struct error err = { 0 };
	scoped_fd root = open_root();

	put_link("b", "root/a");
	put_link("a", "root/b");
	put_link("grows/x", "root/grows");
	child_expect(beneath_make_directories(root, "a/x", 0755, &err) < 0, "made a/x");
	child_expect(err.code == ELOOP, "%s", err.text);
	child_expect(beneath_make_file(root, "a", 0644, &err) < 0, "made a");
	child_expect(err.code == ELOOP, "%s", err.text);
	child_expect(beneath_make_file(root, "grows", 0644, &err) < 0, "made grows");
	child_expect(err.code == ELOOP, "%s", err.text);
}

TEST(a_circle_of_links_is_an_error)
{
	CHECK_CHILD(NAMESPACES, make_in_a_circle);
}

static void
open_parents(void)
{
	struct error err = { 0 };
	scoped_fd root = open_root();
	char leaf[256];

	child_expect(mkdir("root/dir", 0755) == 0, "mkdir");
	put_link("/nowhere", "root/dir/link");
	scoped_fd parent = beneath_open_parent(root, "/dir/link/", leaf, &err);
	child_expect(parent >= 0, "%s", err.text);
	child_expect(strcmp(leaf, "link") == 0, "the leaf is %s", leaf);
	scoped_fd top = beneath_open_parent(root, "/", leaf, &err);
	child_expect(top >= 0 && strcmp(leaf, ".") == 0, "the leaf is %s", leaf);
	scoped_fd above = beneath_open_parent(root, "../../..", leaf, &err);
	child_expect(above >= 0 && strcmp(leaf, ".") == 0, "the leaf is %s", leaf);
}

TEST(the_last_component_is_not_followed)
{
	CHECK_CHILD(NAMESPACES, open_parents);
}

/* Each of these would lead out of a root that is only a directory. */
static void
try_to_escape(void)
{
	static const char *const paths[] = {
		"../secret", "../../../../tmp/secret", "/../secret", "dir/../../secret", "absolute", "relative", "chain",
		"dir/up/secret", "outside/secret", "dir/./../../secret", "//..//..//secret", "/absolute", "chain/../../secret",
	};
	struct error err = { 0 };
	scoped_fd root = open_root();

	child_expect(child_write("secret", "of the host"), "write");
	child_expect(mkdir("root/dir", 0755) == 0, "mkdir");
	put_link("/tmp/secret", "root/absolute");
	put_link("../secret", "root/relative");
	put_link("absolute", "root/chain");
	put_link("../../../..", "root/dir/up");
	put_link("/tmp", "root/outside");
	for (size_t i = 0; i < COUNT(paths); i++) {
		int fd;
		child_expect(beneath_open_if_there(&fd, root, paths[i], O_RDONLY, &err) == 1, "%s was opened", paths[i]);
		child_expect(beneath_open(root, paths[i], O_RDONLY, 0, &err) < 0 && err.code == ENOENT, "%s: %s",
			     paths[i], err.text);
	}
}

TEST(no_path_leads_out)
{
	CHECK_CHILD(NAMESPACES, try_to_escape);
}

/* A procfs in the root holds links that no chroot stops. */
static void
meet_magic_links(void)
{
	static const char *const paths[] = { "proc/self/root/tmp/secret", "proc/self/cwd/secret", "proc/thread-self/root", "by-link",
					     "proc/self/fd/190", "proc/self/exe" };
	struct error err = { 0 };
	scoped_fd root = open_root();
	scoped_fd tmp = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	child_expect(child_write("secret", "of the host") && mkdir("root/proc", 0755) == 0, "make");
	child_expect(mount("/proc", "root/proc", NULL, MS_BIND | MS_REC, NULL) == 0, "mount: %s", strerror(errno));
	child_expect(dup3(tmp, 190, O_CLOEXEC) == 190, "dup");
	put_link("/proc/self/root/tmp/secret", "root/by-link");
	for (size_t i = 0; i < COUNT(paths); i++) {
		child_expect(beneath_open(root, paths[i], O_RDONLY, 0, &err) < 0, "%s was opened", paths[i]);
		child_expect(err.code == ELOOP, "%s", err.text);
		child_expect(beneath_make_directories(root, paths[i], 0755, &err) < 0 && err.code == ELOOP, "%s", err.text);
		child_expect(beneath_make_file(root, paths[i], 0644, &err) < 0 && err.code == ELOOP, "%s", err.text);
	}
}

TEST(magic_links_are_not_followed)
{
	CHECK_CHILD(NAMESPACES, meet_magic_links);
}

static void
create_files(void)
{
	struct error err = { 0 };
	struct stat about;
	scoped_fd root = open_root();

	(void) umask(0);
	scoped_fd new = beneath_open(root, "/new", O_WRONLY | O_CREAT | O_EXCL, 0640, &err);
	child_expect(new >= 0 && fstat(new, &about) == 0 && (about.st_mode & 07777) == 0640, "%s", err.text);
	child_expect(fcntl(new, F_GETFD) == FD_CLOEXEC, "it survives an exec");
	scoped_fd same = beneath_make_file(root, "new", 0600, &err);
	child_expect(same >= 0 && fstat(same, &about) == 0 && (about.st_mode & 07777) == 0640, "it was made anew");
	child_expect((fcntl(same, F_GETFL) & O_PATH) != 0 && fcntl(same, F_GETFD) == FD_CLOEXEC, "not as promised");
	scoped_fd deep = beneath_make_file(root, "a/b/c", 0604, &err);
	child_expect(deep >= 0 && fstat(deep, &about) == 0 && (about.st_mode & 07777) == 0604, "%s", err.text);
	child_expect(stat("root/a/b", &about) == 0 && (about.st_mode & 07777) == 0755, "a/b has mode %o", about.st_mode);
	scoped_fd directory = beneath_make_directories(root, "/d//e/./f/", 0711, &err);
	child_expect(directory >= 0 && fstat(directory, &about) == 0 && (about.st_mode & 07777) == 0711, "%s", err.text);
	child_expect(beneath_make_file(root, "new/x", 0644, &err) < 0 && err.code == ENOTDIR, "%s", err.text);
	child_expect(beneath_make_directories(root, "new", 0755, &err) < 0 && err.code == ENOTDIR, "%s", err.text);
	child_expect(beneath_make_directories(root, "new/x", 0755, &err) < 0 && err.code == ENOTDIR, "%s", err.text);
}

TEST(what_is_missing_is_made_with_its_mode_and_what_is_there_is_left)
{
	CHECK_CHILD(NAMESPACES, create_files);
}

static void
climb_while_making(void)
{
	struct error err = { 0 };
	scoped_fd root = open_root();

	scoped_fd one = beneath_make_directories(root, "a/../b/../../../../c", 0755, &err);
	child_expect(one >= 0, "%s", err.text);
	expect_there("root/c", true);
	expect_there("/c", false);
	expect_there("/tmp/c", false);
	scoped_fd two = beneath_make_file(root, "x/../../y/z", 0644, &err);
	child_expect(two >= 0, "%s", err.text);
	expect_there("root/y/z", true);
	expect_there("/tmp/y", false);
	scoped_fd top = beneath_make_directories(root, "", 0755, &err), same = beneath_make_directories(root, "/", 0755, &err);
	child_expect(top >= 0 && same >= 0, "%s", err.text);
}

TEST(two_dots_stop_at_the_root_also_where_directories_are_made)
{
	CHECK_CHILD(NAMESPACES, climb_while_making);
}

static void
use_long_names(void)
{
	struct error err = { 0 };
	char path[PATH_MAX + 2], leaf[256], name[300];
	scoped_fd root = open_root();

	memset(path, 'a', sizeof(path));
	path[PATH_MAX + 1] = '\0';
	memset(name, 'n', sizeof(name));
	name[256] = '\0';
	child_expect(beneath_make_directories(root, path, 0755, &err) < 0, "made");
	child_expect(beneath_make_file(root, path, 0755, &err) < 0, "made");
	child_expect(beneath_open_parent(root, path, leaf, &err) < 0, "opened");
	child_expect(beneath_make_directories(root, name, 0755, &err) < 0, "made a name of 256");
	child_expect(beneath_make_file(root, name, 0755, &err) < 0, "made a name of 256");
	child_expect(beneath_open_parent(root, name, leaf, &err) < 0, "opened a name of 256");
	name[255] = '\0';
	scoped_fd longest = beneath_make_directories(root, name, 0755, &err);
	child_expect(longest >= 0, "%s", err.text);
	scoped_fd parent = beneath_open_parent(root, name, leaf, &err);
	child_expect(parent >= 0 && strcmp(leaf, name) == 0, "%s", err.text);

	/* A link whose target makes the path too long. */
	memset(path, 'b', 4000);
	for (int i = 100; i < 4000; i += 100)
		path[i] = '/';
	path[4000] = '\0';
	put_link(path, "root/link");
	(void) snprintf(path, sizeof(path), "link/");
	memset(path + 5, 'c', 200);
	path[205] = '\0';
	child_expect(beneath_make_directories(root, path, 0755, &err) < 0, "made what no path can name");
	child_expect(strstr(err.text, "too long") != NULL, "%s", err.text);
}

TEST(names_that_are_too_long_are_refused)
{
	CHECK_CHILD(NAMESPACES, use_long_names);
}

/* ---- races ------------------------------------------------------------------------------------- */

struct rival {
	const char *one, *other;
	_Atomic bool done;
};

/* Two names change places as fast as they can. */
static void *
swap_names(void *data)
{
	struct rival *rival = data;

	while (!rival->done)
		(void) syscall(SYS_renameat2, AT_FDCWD, rival->one, AT_FDCWD, rival->other, 2 /* RENAME_EXCHANGE */);
	return NULL;
}

/* Whatever comes of it, none of it is outside. */
static void
race(const char *one, const char *other, const char *path)
{
	struct rival rival = { .one = one, .other = other };
	struct error err = { 0 };
	pthread_t thread;
	int won = 0;
	scoped_fd root = open("root", O_PATH | O_DIRECTORY | O_CLOEXEC);

	child_expect(pthread_create(&thread, NULL, swap_names, &rival) == 0, "thread");
	for (int i = 0; i < 3000; i++) {
		char whole[200];
		(void) snprintf(whole, sizeof(whole), "%s/%d/file", path, i);
		scoped_fd file = beneath_make_file(root, whole, 0644, &err);
		(void) snprintf(whole, sizeof(whole), "%s/secret", path);
		scoped_fd secret = beneath_open(root, whole, O_RDONLY, 0, &err);
		child_expect(secret < 0, "%s was opened", whole);
		won += file >= 0;
	}
	rival.done = true;
	child_expect(pthread_join(thread, NULL) == 0, "join");
	child_expect(won > 0, "nothing was ever made: %s", err.text);
	child_expect(rmdir("outside/empty") == 0 && unlink("outside/secret") == 0, "outside has changed");
	child_expect(rmdir("outside") == 0, "outside has something new");
}

static void
make_outside(void)
{
	child_expect(mkdir("outside", 0755) == 0 && mkdir("outside/empty", 0755) == 0, "mkdir");
	child_expect(child_write("outside/secret", "x"), "write");
}

static void
race_with_links(void)
{
	(void) close(open_root());
	make_outside();
	child_expect(mkdir("root/dir", 0755) == 0, "mkdir");
	put_link("../outside", "root/link");
	race("root/dir", "root/link", "dir");
}

static void
race_with_absolute_links(void)
{
	(void) close(open_root());
	make_outside();
	child_expect(mkdir("root/a", 0755) == 0 && mkdir("root/a/dir", 0755) == 0, "mkdir");
	put_link("/tmp/outside", "root/a/link");
	race("root/a/dir", "root/a/link", "a/dir/../dir");
}

/* A directory that is moved out while it is gone through: its ".." is another one then. */
static void
race_with_moves(void)
{
	(void) close(open_root());
	make_outside();
	child_expect(mkdir("root/a", 0755) == 0 && mkdir("root/a/b", 0755) == 0, "mkdir");
	child_expect(mkdir("elsewhere", 0755) == 0 && mkdir("elsewhere/b", 0755) == 0, "mkdir");
	race("root/a/b", "elsewhere/b", "a/b/../../../outside");
}

TEST(a_rival_who_swaps_names_gains_nothing)
{
	CHECK_CHILD(NAMESPACES, race_with_links);
	CHECK_CHILD(NAMESPACES, race_with_absolute_links);
	CHECK_CHILD(NAMESPACES, race_with_moves);
}
