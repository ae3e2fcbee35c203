/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/life/state_root.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

/* ---- the default ------------------------------------------------------------------------------- */

static void
expect_default(const char *wanted)
{
	scoped_arena arena = { 0 };

	child_expect_text(state_root_default(&arena), wanted);
}

static void
ask_as_root_of_a_user_namespace(void)
{
	scoped_arena arena = { 0 };
	char own[] = "/tmp/cooperage-XXXXXX";

	child_expect(mkdtemp(own) != NULL, "mkdtemp");
	child_expect(setenv("XDG_RUNTIME_DIR", own, 1) == 0 && unsetenv("USER") == 0, "setenv");
	expect_default(arena_format(&arena, "%s/runlet", own));
	child_expect(setenv("USER", "root", 1) == 0, "setenv"); /* a system container is a host of its own */
	expect_default("/run/runlet");
	child_expect(setenv("USER", "web", 1) == 0 && rmdir(own) == 0, "setenv");
	expect_default("/run/runlet");
	child_expect(setenv("XDG_RUNTIME_DIR", "relative", 1) == 0, "setenv");
	expect_default("/run/runlet");
}

TEST(root_of_a_user_namespace_keeps_its_state_where_its_user_may_write)
{
	CHECK_CHILD(CLONE_NEWUSER, ask_as_root_of_a_user_namespace);
}

static void
ask_as_a_user(void)
{
	char own[] = "/tmp/cooperage-XXXXXX", theirs[] = "/tmp/cooperage-XXXXXX";
	scoped_arena arena = { 0 };

	child_expect(mkdtemp(theirs) != NULL && setresuid(4711, 4711, 4711) == 0 && mkdtemp(own) != NULL, "mkdtemp");
	child_expect(setenv("XDG_RUNTIME_DIR", own, 1) == 0, "setenv");
	expect_default(arena_format(&arena, "%s/runlet", own));
	child_expect(setenv("XDG_RUNTIME_DIR", theirs, 1) == 0 && rmdir(own) == 0, "setenv");
	expect_default("/tmp/runlet-4711");
	child_expect(unsetenv("XDG_RUNTIME_DIR") == 0, "unsetenv");
	expect_default("/tmp/runlet-4711");
}

TEST(a_users_own_runtime_directory_is_taken_and_no_other)
{
	if (geteuid() != 0 || access("/run/user/4711", F_OK) == 0)
		skip();
	CHECK_CHILD(0, ask_as_a_user);
}

/* ---- opening ----------------------------------------------------------------------------------- */

TEST(it_is_made_when_it_is_missing_and_asked_for)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct stat about;
	const char *root = arena_format(&arena, "%s/a/b", scratch.path);

	CHECK_FAILS_WITH(state_root_open(root, false, &err), err, "open the state root");
	CHECK_EQ(err.code, ENOENT);
	scoped_fd fd = state_root_open(root, true, &err);
	CHECK(fd >= 0);
	CHECK(fstat(fd, &about) == 0 && (about.st_mode & 0777) == 0700);
	scratch_run(&scratch, "ln -s a link");
	scoped_fd linked = state_root_open(arena_format(&arena, "%s/link", scratch.path), false, &err);
	CHECK(linked >= 0);
	scratch_run(&scratch, "touch file");
	CHECK_FAILS_WITH(state_root_open(arena_format(&arena, "%s/file", scratch.path), true, &err), err,
			 "open the state root");
}

TEST(what_another_user_made_is_refused_also_by_root)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	const char *root = arena_format(&arena, "%s/theirs", scratch.path);
	const char *link = arena_format(&arena, "%s/link", scratch.path);

	if (geteuid() != 0)
		skip();
	scratch_run(&scratch, "mkdir theirs ours && chown 4711 theirs && ln -s ours link && chown -h 4711 link");
	CHECK_FAILS(state_root_open(root, true, &err), err,
		    arena_format(&arena, "%s belongs to user 4711: it is not ours to believe", root));
	CHECK_FAILS(state_root_open(link, true, &err), err,
		    arena_format(&arena, "%s belongs to user 4711: it is not ours to believe", link));
}
