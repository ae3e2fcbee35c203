/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "builder/store/blobs.h"
#include "builder/store/session.h"
#include "builder/store/store.h"
#include "inside.h"
#include "scratch.h"

static int
open_below(struct store *store, const struct scratch *scratch, const char *name, struct error *err)
{
	char path[512];

	(void) snprintf(path, sizeof(path), "%s/%s", scratch->path, name);
	return store_open(store, path, err);
}

TEST(a_new_store_is_an_image_layout_that_nobody_else_may_enter)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "a/b", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "stat -c %%a a/b; ls a/b | grep -v owners; cat a/b/oci-layout; echo; cat a/b/index.json"),
		   "700\n"
		   "blobs\ncache\nformat\nindex.json\nlayers\nleases\nlock\noci-layout\nquarantine\ntmp\n"
		   "{\"imageLayoutVersion\":\"1.0.0\"}\n"
		   "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}");
	CHECK_TEXT(scratch_says(&scratch, "ls a/b/tmp a/b/leases"), "a/b/leases:\n\na/b/tmp:");
	CHECK_EQ(store.dialect, scratch_is_real_root() ? WHITEOUT_TRUSTED : WHITEOUT_USER);
	CHECK_EQ(faccessat(store.root, "owners", F_OK, 0) == 0, geteuid() == 0 && !scratch_is_real_root());
	store_close(&store);
	CHECK_OK(open_below(&store, &scratch, "a/b", &err), err);
}

TEST(a_store_that_others_may_enter_is_closed_to_them)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	scratch_run(&scratch, "mkdir -m 755 s");
	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "stat -c %%a s"), "700");
}

TEST(a_directory_of_somebody_else_is_not_taken_for_a_store)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct store store;
	char wanted[600];

	scratch_run(&scratch, "mkdir s; touch s/letters");
	(void) snprintf(wanted, sizeof(wanted), "%s/s is no store of cooper's, and holds \"letters\"", scratch.path);
	CHECK_FAILS(open_below(&store, &scratch, "s", &err), err, wanted);
	store_close(&store);
	CHECK_TEXT(scratch_says(&scratch, "ls s"), "letters");
}

TEST(a_store_of_a_newer_cooper_is_left_alone)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct store store;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	store_close(&store);
	scratch_run(&scratch, "echo cooper store 2 trusted > s/format; find s -printf '%%p %%s %%T@\\n' > before");
	CHECK_FAILS_WITH(open_below(&store, &scratch, "s", &err), err,
			 "was made by a newer cooper: its format is 2, and 1 is the newest known here");
	store_close(&store);
	scratch_run(&scratch, "find s -printf '%%p %%s %%T@\\n' | cmp - before");
	scratch_run(&scratch, "echo nonsense > s/format");
	CHECK_FAILS_WITH(open_below(&store, &scratch, "s", &err), err, "says nothing that makes sense");
	store_close(&store);
}

TEST(a_store_that_was_half_made_is_made_again)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	scratch_run(&scratch, "mkdir -p s/blobs s/tmp/probe; touch s/tmp/probe/a s/tmp/probe/format s/lock s/oci-layout");
	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cut -d' ' -f1-3 s/format; ls s/tmp"), "cooper store 1");
}

TEST(a_store_that_lost_its_format_keeps_its_names)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	store_close(&store);
	scratch_run(&scratch, "rm s/format; mkdir s/contexts s/runtime; echo names > s/index.json");
	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "cut -d' ' -f1-3 s/format; cat s/index.json"), "cooper store 1\nnames");
}

TEST(a_file_is_replaced_also_if_it_has_become_a_directory)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct store store = STORE_CLOSED;
	scoped_buffer text = { 0 };

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	scratch_run(&scratch, "mkdir -p s/cache/f/g; touch s/cache/f/g/h");
	buffer_add_text(&text, "text");
	CHECK_OK(store_replace(&store, "cache/f", &text, true, &err), err);
	store_close(&store);
	CHECK_TEXT(scratch_says(&scratch, "cat s/cache/f; ls s/tmp"), "text");
}

TEST(a_command_has_its_own_directory_and_leaves_none_behind)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct store one, other;

	CHECK_OK(open_below(&one, &scratch, "s", &err), err);
	CHECK(session_directory(&one, &err) >= 0);
	CHECK_OK(session_use(&one, "sha256:aa", &err), err);
	CHECK_OK(open_below(&other, &scratch, "s", &err), err);
	CHECK(session_directory(&other, &err) >= 0);
	CHECK_TEXT(scratch_says(&scratch, "ls s/tmp | wc -l; ls s/leases | wc -l"), "2\n1");
	store_close(&other);
	CHECK_TEXT(scratch_says(&scratch, "ls s/tmp | wc -l; cat s/leases/*"), "1\nsha256:aa");
	store_close(&one);
	CHECK_TEXT(scratch_says(&scratch, "ls s/tmp s/leases"), "s/leases:\n\ns/tmp:");
}

/* He holds each lock for a moment that he can get. */
TEST(who_looks_for_the_dead_is_not_in_the_way_of_who_is_being_born)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	pid_t parent = getpid();

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	pid_t looker = fork();
	if (looker == 0) {
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (getppid() == parent && session_clean_up(&store, &err) == 0)
			;
		_exit(1);
	}
	int result = 0;
	for (int i = 0; i < 1000 && result >= 0; i++) {
		store_close(&store);
		result = open_below(&store, &scratch, "s", &err);
		if (result == 0)
			result = session_directory(&store, &err);
	}
	(void) kill(looker, SIGKILL);
	(void) waitpid(looker, NULL, 0);
	CHECK_OK(result < 0 ? -1 : 0, err);
}

TEST(what_a_killed_command_left_goes_with_the_next)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	struct store store;
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		if (open_below(&store, &scratch, "s", &err) < 0 || session_directory(&store, &err) < 0 ||
		    mkdirat(store.session, "half", 0700) < 0 || session_use(&store, "sha256:bb", &err) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			(void) pause();
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_OK(open_below(&store, &scratch, "s", &err), err); /* while it lives, it keeps what is its */
	store_close(&store);
	CHECK_TEXT(scratch_says(&scratch, "ls -d s/tmp/*/half | wc -l; cat s/leases/*"), "1\nsha256:bb");
	(void) kill(child, SIGKILL);
	(void) waitpid(child, NULL, 0);
	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_TEXT(scratch_says(&scratch, "ls s/tmp s/leases"), "s/leases:\n\ns/tmp:");
	store_close(&store);
	(void) close(ready[0]);
	(void) close(ready[1]);
}

TEST(what_other_running_commands_use_is_known)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store one = STORE_CLOSED, other = STORE_CLOSED;
	scoped_arena arena = { 0 };
	struct keyset uses = { .arena = &arena };

	CHECK_OK(open_below(&one, &scratch, "s", &err), err);
	CHECK_OK(session_use(&one, "sha256:aa", &err), err);
	CHECK_OK(session_use(&one, "sha256:aa", &err), err);
	CHECK_OK(open_below(&other, &scratch, "s", &err), err);
	CHECK_OK(session_use(&other, "sha256:bb", &err), err);
	scratch_run(&scratch, "echo sha256:cc > s/leases/dead");
	CHECK_OK(session_read_uses(&uses, &one, &arena, &err), err);
	CHECK_EQ(uses.count, 1);
	CHECK(keyset_has(&uses, 0, "sha256:bb", 9)); /* ours is for us to know */
}

TEST(the_place_of_the_store_depends_on_who_asks)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	const char *path;

	CHECK_EQ(setenv("XDG_DATA_HOME", "/data", 1), 0);
	CHECK_OK(store_default_path(&path, &arena, &err), err);
	CHECK_TEXT(path, scratch_is_real_root() ? "/var/lib/cooper" : "/data/cooper");
	if (scratch_is_real_root())
		return;
	CHECK_EQ(unsetenv("XDG_DATA_HOME"), 0);
	CHECK_EQ(setenv("HOME", "/home/me", 1), 0);
	CHECK_OK(store_default_path(&path, &arena, &err), err);
	CHECK_TEXT(path, "/home/me/.local/share/cooper");
	CHECK_EQ(unsetenv("HOME"), 0);
	CHECK_FAILS(store_default_path(&path, &arena, &err), err,
		    "find the store: neither XDG_DATA_HOME nor HOME says where, so --root must");
}

/* ---- blobs ------------------------------------------------------------------------------------ */

#define HELLO        "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
#define HELLO_DIGITS "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static int
put(struct store *store, const char *text, const char *expected, int64_t size, struct error *err)
{
	scoped_blob_writer writer;

	TRY(blobs_create(&writer, store, expected, size, err));
	TRY(stream_write(&writer.sink, text, strlen(text), err));
	return stream_finish(&writer.sink, err);
}

TEST(a_blob_is_found_under_its_digest)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	scoped_arena arena = { 0 };
	char digest[HASH_TEXT_SIZE], *bytes;
	size_t n;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_EQ(blobs_find(&store, HELLO, 5, &err), 1);
	CHECK_EQ(blobs_read(&store, HELLO, &arena, &bytes, &n, &err), 1);
	CHECK_OK(blobs_put(&store, "hello", 5, digest, &err), err);
	CHECK_TEXT(digest, HELLO);
	CHECK_OK(blobs_put(&store, "hello", 5, digest, &err), err);
	CHECK_OK(blobs_find(&store, HELLO, 5, &err), err);
	CHECK_OK(blobs_read(&store, HELLO, &arena, &bytes, &n, &err), err);
	CHECK_TEXT(bytes, "hello");
	CHECK_TEXT(scratch_says(&scratch, "stat -c '%%a %%h' s/blobs/sha256/" HELLO_DIGITS "; ls s/tmp/* | wc -l"),
		   "600 1\n0");
}

TEST(a_blob_that_is_not_what_was_expected_does_not_appear)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_FAILS(put(&store, "hullo", HELLO, 5, &err), err,
		    "digest mismatch: expected " HELLO
		    ", found sha256:7835066a1457504217688c8f5d06909c6591e0ca78c254ccf17450d0d999cab0");
	CHECK_FAILS(put(&store, "hello!", HELLO, 5, &err), err, "size mismatch: expected 5 bytes, found more");
	CHECK_FAILS(put(&store, "hell", HELLO, 5, &err), err, "size mismatch: expected 5 bytes, found 4");
	CHECK_FAILS_WITH(put(&store, "x", "sha256:../../etc", 1, &err), err, "sha256:../../etc");
	CHECK_TEXT(scratch_says(&scratch, "ls s/blobs/sha256; ls s/tmp/*"), "");
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
}

TEST(a_damaged_document_is_put_into_quarantine_and_can_come_again)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	scoped_arena arena = { 0 };
	char *bytes;
	size_t n;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
	scratch_run(&scratch, "printf jello > s/blobs/sha256/" HELLO_DIGITS);
	CHECK_FAILS_WITH(blobs_read(&store, HELLO, &arena, &bytes, &n, &err), err,
			 HELLO ": digest mismatch: found sha256:");
	CHECK_FAILS_WITH(-1, err, "quarantine; fetch or build it again");
	CHECK_EQ(blobs_read(&store, HELLO, &arena, &bytes, &n, &err), 1);
	CHECK_TEXT(scratch_says(&scratch, "cat s/quarantine/*"), "jello");
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
	CHECK_OK(blobs_read(&store, HELLO, &arena, &bytes, &n, &err), err);
}

TEST(a_stream_of_a_damaged_blob_fails_in_place_of_its_end)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
	{
		scoped_blob_reader reader;
		CHECK_OK(blobs_open(&reader, &store, HELLO, &err), err);
		CHECK_OK(stream_drain(&reader.source, &err), err);
	}
	scratch_run(&scratch, "printf jello > s/blobs/sha256/" HELLO_DIGITS);
	{
		scoped_blob_reader reader;
		CHECK_OK(blobs_open(&reader, &store, HELLO, &err), err);
		CHECK_FAILS_WITH(stream_drain(&reader.source, &err), err, "digest mismatch");
	}
	CHECK_EQ(blobs_find(&store, HELLO, 5, &err), 1);
}

TEST(what_power_loss_or_a_joker_leaves_in_place_of_a_blob_is_not_one)
{
	static const char *const jokes[] = { ": > $b", "printf hel > $b", "mkdir $b", "ln -s /etc/passwd $b",
					     "mkfifo $b" };
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	for (size_t i = 0; i < COUNT(jokes); i++) {
		scratch_run(&scratch, "rm -rf s/quarantine/*; b=s/blobs/sha256/" HELLO_DIGITS "; %s", jokes[i]);
		CHECK_EQ(blobs_find(&store, HELLO, 5, &err), 1);
		CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
		CHECK_OK(blobs_find(&store, HELLO, 5, &err), err);
		scratch_run(&scratch, "rm s/blobs/sha256/" HELLO_DIGITS);
	}
	scratch_run(&scratch, ": > s/blobs/sha256/" HELLO_DIGITS);
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err); /* of the wrong size: it gives way */
	CHECK_TEXT(scratch_says(&scratch, "cat s/blobs/sha256/" HELLO_DIGITS), "hello");
}

TEST(a_lie_about_its_size_does_not_cost_a_sound_blob_its_place)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	CHECK_OK(put(&store, "hello", HELLO, 5, &err), err);
	CHECK_FAILS(blobs_find(&store, HELLO, 6, &err), err, HELLO ": it has 5 bytes, and whoever names it says 6");
	CHECK_OK(blobs_find(&store, HELLO, 5, &err), err);
}

TEST(a_blob_of_sha512_is_a_blob_too)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	char digest[HASH_TEXT_SIZE];

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	hash_bytes(digest, HASH_SHA512, "hello", 5);
	CHECK_OK(put(&store, "hello", digest, 5, &err), err);
	CHECK_OK(blobs_find(&store, digest, 5, &err), err);
}

TEST(many_small_writes_make_the_same_blob_as_one)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_store store = STORE_CLOSED;
	static char bytes[1000000];
	char digest[HASH_TEXT_SIZE];

	CHECK_OK(open_below(&store, &scratch, "s", &err), err);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char) (i * i >> 3);
	hash_bytes(digest, HASH_SHA256, bytes, sizeof(bytes));

	scoped_blob_writer writer;
	CHECK_OK(blobs_create(&writer, &store, digest, sizeof(bytes), &err), err);
	for (size_t at = 0, n = 1; at < sizeof(bytes); at += n, n = n * 3 % 300007)
		CHECK_OK(stream_write(&writer.sink, bytes + at,
				      n < sizeof(bytes) - at ? n : sizeof(bytes) - at, &err), err);
	CHECK_OK(stream_finish(&writer.sink, &err), err);
}

TEST_INSIDE
