/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <stdio.h>
#include <sys/stat.h>

#include "builder/build/digests.h"
#include "scratch.h"

static void
check_digest(char text[DIGESTS_TEXT_SIZE], struct digests *digests, const struct scratch *scratch,
	     const char *name)
{
	struct stat about;
	struct error err = { 0 };

	CHECK_EQ(fstatat(scratch->fd, name, &about, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_OK(digests_of(text, digests, scratch->fd, name, &about, &err), err);
}

TEST(equal_content_has_equal_digests)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char a[DIGESTS_TEXT_SIZE], b[DIGESTS_TEXT_SIZE];

	scratch_run(&scratch, "echo same > a; echo same > b; chmod 600 a; touch -d 2001-01-01 a");
	check_digest(a, NULL, &scratch, "a");
	check_digest(b, NULL, &scratch, "b");
	CHECK_TEXT(a, b);
	scratch_run(&scratch, "echo other > b");
	check_digest(b, NULL, &scratch, "b");
	CHECK(strcmp(a, b) != 0);
}

TEST(links_directories_and_devices_have_digests_of_their_own)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char a[DIGESTS_TEXT_SIZE], b[DIGESTS_TEXT_SIZE];

	scratch_run(&scratch, "ln -s x a; ln -s y b; mkdir d e; touch d/f; mkfifo p");
	check_digest(a, NULL, &scratch, "a");
	check_digest(b, NULL, &scratch, "b");
	CHECK(strcmp(a, b) != 0);
	check_digest(a, NULL, &scratch, "d");
	check_digest(b, NULL, &scratch, "e");
	CHECK_TEXT(a, b);
	check_digest(a, NULL, &scratch, "p");
}

TEST(what_is_settled_is_remembered)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_digests digests = { 0 };
	char before[DIGESTS_TEXT_SIZE], after[DIGESTS_TEXT_SIZE];

	scratch_run(&scratch, "echo one > f; sleep 0.1");
	check_digest(before, &digests, &scratch, "f");
	CHECK_EQ(digests.count, 1);
	CHECK(digests.changed);
	digests.changed = false;
	check_digest(after, &digests, &scratch, "f");
	CHECK_TEXT(after, before);
	CHECK(!digests.changed);
}

TEST(what_changed_a_moment_ago_is_not_remembered)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_digests digests = { 0 };
	char text[DIGESTS_TEXT_SIZE];
	scoped_fd fd = openat(scratch.fd, "f", O_CREAT | O_WRONLY | O_CLOEXEC, 0644);

	CHECK(write(fd, "x", 1) == 1);
	check_digest(text, &digests, &scratch, "f");
	CHECK_EQ(digests.count, 0);
}

TEST(a_change_of_size_time_or_attributes_is_seen)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_digests digests = { 0 };
	char before[DIGESTS_TEXT_SIZE], after[DIGESTS_TEXT_SIZE];

	scratch_run(&scratch, "echo one > f; sleep 0.1");
	check_digest(before, &digests, &scratch, "f");
	scratch_run(&scratch, "cp -p f keep; echo two > f; touch -r keep f; rm keep");
	check_digest(after, &digests, &scratch, "f");
	CHECK(strcmp(before, after) != 0);
}

TEST(a_file_that_is_replaced_while_it_is_read_is_an_error)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct stat about;
	char text[DIGESTS_TEXT_SIZE];
	struct error err = { 0 };

	scratch_run(&scratch, "echo one > f");
	CHECK_EQ(fstatat(scratch.fd, "f", &about, 0), 0);
	scratch_run(&scratch, "sleep 0.05; echo two > g; mv g f");
	CHECK_FAILS(digests_of(text, NULL, scratch.fd, "f", &about, &err), err,
		    "it changed while it was read");
}

TEST(they_are_kept_between_builds_and_forgotten_when_damaged)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	struct error err = { 0 };
	char text[DIGESTS_TEXT_SIZE], path[512];

	(void) snprintf(path, sizeof(path), "%s/s", scratch.path);
	CHECK_OK(store_open(&store, path, &err), err);
	scratch_run(&scratch, "echo one > f; echo two > g; sleep 0.1");
	{
		scoped_digests digests = { 0 };

		check_digest(text, &digests, &scratch, "f");
		check_digest(text, &digests, &scratch, "g");
		CHECK_OK(digests_save(&digests, &store, "/context", &err), err);
	}
	{
		scoped_digests digests = { 0 };

		CHECK_OK(digests_load(&digests, &store, "/context", &err), err);
		CHECK_EQ(digests.count, 2);
		check_digest(text, &digests, &scratch, "g");
		CHECK(!digests.changed);
	}
	{
		scoped_digests digests = { 0 };

		CHECK_OK(digests_load(&digests, &store, "/other", &err), err);
		CHECK_EQ(digests.count, 0);
		scratch_run(&scratch, "for f in s/contexts/*; do echo garbage > $f; done");
		CHECK_OK(digests_load(&digests, &store, "/context", &err), err);
		CHECK_EQ(digests.count, 0);
	}
}
