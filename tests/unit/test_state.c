/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <sys/resource.h>

#include "runtime/life/state.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

#define scoped_state scoped(state_done) struct state

TEST(a_record_is_found_as_it_was_written)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	scoped_state state = STATE_NONE, again = STATE_NONE;
	struct error err = { 0 };

	CHECK_OK(state_claim(&state, scratch.path, "c1", &arena, &err), err);
	state.record.bundle = "/b";
	CHECK_OK(state_write(&state, &err), err);
	CHECK_OK(state_find(&again, scratch.path, "c1", &arena, &err), err);
	CHECK_TEXT(again.record.bundle, "/b");
	CHECK_EQ(again.pidfd, -1);
	struct state second = STATE_NONE;
	CHECK_FAILS(state_claim(&second, scratch.path, "c1", &arena, &err), err,
		    "container with given ID already exists: \"c1\"");
	state_done(&second);
	CHECK_OK(state_remove(&state, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "ls -A"), "");
}

TEST(whatever_lies_in_the_place_of_the_record_the_container_is_there)
{
	static const char *const damages[] = {
		"true", "echo '{' > state.json", "mkfifo state.json", "ln -s /dev/zero state.json", "mkdir state.json",
		"truncate -s 100M state.json", "echo '{\"id\":1}' > state.json", "echo '[[[[' > state.json",
	};
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct error err = { 0 };

	(void) alarm(30);
	for (size_t i = 0; i < COUNT(damages); i++) {
		scoped_state state = STATE_NONE;
		struct oci_state out;
		scratch_run(&scratch, "rm -rf c1 && mkdir c1 && cd c1 && %s", damages[i]);
		CHECK_OK(state_find(&state, scratch.path, "c1", &arena, &err), err);
		enum oci_status status;
		CHECK_OK(state_status(&status, &state, &err), err);
		CHECK_EQ(status, OCI_STATUS_STOPPED);
		state_describe(&state, OCI_STATUS_STOPPED, false, &out);
		CHECK_TEXT(out.id, "c1");
		CHECK_TEXT(out.created, "0001-01-01T00:00:00Z"); /* what is no time breaks an engine's whole list */
		CHECK_OK(state_remove(&state, &err), err);
	}
	(void) alarm(0);
}

static void
find_with_few_fds(void)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	scoped_state state = STATE_NONE;
	struct error err = { 0 };
	int next = dup(0);

	child_expect(state_claim(&state, scratch.path, "c1", &arena, &err) == 0 && state_write(&state, &err) == 0, "%s",
		     err.text);
	state_done(&state);
	(void) close(next);
	for (rlim_t n = (rlim_t) next; n < (rlim_t) next + 3; n++) {
		struct rlimit old, few;
		scoped_state found = STATE_NONE;
		child_expect(getrlimit(RLIMIT_NOFILE, &old) == 0, "limit");
		few = (struct rlimit){ n, old.rlim_max };
		child_expect(setrlimit(RLIMIT_NOFILE, &few) == 0, "limit");
		int result = state_find(&found, scratch.path, "c1", &arena, &err);
		child_expect(setrlimit(RLIMIT_NOFILE, &old) == 0, "limit");
		child_expect(result == 0 || err.code == EMFILE, "%d: %s", (int) n, err.text);
		child_expect(result < 0 || n > (rlim_t) next + 1, "with %d fds it is %s", (int) n,
			     found.record.id);
	}
}

TEST(that_we_lack_descriptors_does_not_make_a_container_a_stopped_one)
{
	CHECK_CHILD(0, find_with_few_fds);
}

TEST(another_container_of_the_same_name_is_not_removed)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	scoped_state old = STATE_NONE;
	struct error err = { 0 };

	CHECK_OK(state_claim(&old, scratch.path, "c1", &arena, &err), err);
	scratch_run(&scratch, "rmdir c1 && mkdir other c1 && touch c1/state.json");
	CHECK_OK(state_remove(&old, &err), err);
	CHECK_TEXT(scratch_says(&scratch, "find c1"), "c1\nc1/state.json");
}

TEST(an_id_is_a_name_and_nothing_else)
{
	static const char *const wrong[] = { "", ".", "..", "a/b", "../x", "/", "a b", "a\nb", "ä", "a\x1b" };
	struct error err = { 0 };
	char longest[257];

	for (size_t i = 0; i < COUNT(wrong); i++)
		CHECK_FAILS_WITH(state_check_id(wrong[i], &err), err, "container id");
	CHECK_OK(state_check_id("a-Z_0+9.x", &err), err);
	CHECK_OK(state_check_id("...", &err), err);
	memset(longest, 'x', sizeof(longest));
	longest[256] = '\0';
	CHECK_FAILS_WITH(state_check_id(longest, &err), err, "longer than 255");
	longest[255] = '\0';
	CHECK_OK(state_check_id(longest, &err), err);
}
