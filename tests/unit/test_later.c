/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include "builder/layer/later.h"
#include "scratch.h"

static void
note(struct later *later, const struct scratch *tree, const char *path, time_t mtime)
{
	struct entry entry = { .path = path };
	struct error err = { 0 };

	CHECK_OK(later_note(later, tree->fd, &entry, 0755, (struct timespec){ .tv_sec = mtime }, &err), err);
}

TEST(directories_get_their_times_and_what_took_their_place_does_not)
{
	scoped_scratch struct scratch tree = scratch_make();
	scoped(later_done) struct later later = { 0 };
	struct error err = { 0 };

	note(&later, &tree, "a", 1);
	note(&later, &tree, "a/b", 2);
	note(&later, &tree, "gone/x", 3);
	note(&later, &tree, "file/x", 4);
	note(&later, &tree, "loop/x", 5);
	note(&later, &tree, "link", 6);
	scratch_run(&tree, "mkdir -p a/b; touch -d @9 file a a/b; ln -s loop loop; ln -s a link");
	CHECK_OK(later_settle(&later, tree.fd, false, &err), err);
	CHECK_TEXT(scratch_says(&tree, "stat -c %%Y a a/b file"), "1\n2\n9");
}

/* What cannot be opened for another reason than that it is not there must not stay as it is in silence. */
TEST(who_cannot_open_a_directory_says_so)
{
	scoped_scratch struct scratch tree = scratch_make();
	scoped(later_done) struct later later = { 0 };
	struct rlimit were, none;
	struct error err = { 0 };

	note(&later, &tree, "a", 1);
	scratch_run(&tree, "mkdir a");
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &were), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = were.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	int result = later_settle(&later, tree.fd, false, &err);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &were), 0);
	assert_int_equal(result, -1);
	CHECK_TEXT(err.text, "open \"a\": Too many open files");
}
