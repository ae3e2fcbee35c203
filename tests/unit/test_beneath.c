/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
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
