/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/life/handshake.h"

struct talk {
	struct handshake host, guest;
};

static void
begin(struct talk *t)
{
	struct error err = { 0 };

	CHECK_OK(handshake_make(&t->host, &t->guest, &err), err);
}

static void
end(struct talk *t)
{
	handshake_done(&t->host);
	handshake_done(&t->guest);
}

TEST(words_are_heard_in_the_order_in_which_they_are_said)
{
	struct error err = { 0 };
	struct talk t;

	begin(&t);
	CHECK_OK(handshake_say(&t.host, WORD_PLACED, -1, &err), err);
	CHECK_OK(handshake_hear(&t.guest, WORD_PLACED, NULL, &err), err);
	CHECK_OK(handshake_say(&t.guest, WORD_ROOTFS_BUILT, -1, &err), err);
	CHECK_OK(handshake_hear(&t.host, WORD_ROOTFS_BUILT, NULL, &err), err);
	end(&t);
}

TEST(a_descriptor_goes_along_with_a_word)
{
	struct error err = { 0 };
	struct talk t;
	int ends[2], came = -1;
	char byte = 0;

	begin(&t);
	CHECK_EQ(pipe(ends), 0);
	CHECK_OK(handshake_say(&t.host, WORD_PLACED, ends[1], &err), err);
	CHECK_OK(handshake_hear(&t.guest, WORD_PLACED, &came, &err), err);
	CHECK(came >= 0);
	CHECK_EQ(write(came, "x", 1), 1);
	CHECK_EQ(read(ends[0], &byte, 1), 1);
	CHECK_EQ(byte, 'x');
	(void) close(came);
	(void) close(ends[0]);
	(void) close(ends[1]);
	end(&t);
}

TEST(a_failure_crosses_with_its_words_and_its_code)
{
	struct error err = { 0 }, why = { .code = 2, .text = "mounts[3] (\"/data\"): no such file" };
	struct talk t;

	begin(&t);
	handshake_fail(&t.guest, &why);
	CHECK_FAILS(handshake_hear(&t.host, WORD_PLACED, NULL, &err), err, "mounts[3] (\"/data\"): no such file");
	CHECK_EQ(err.code, 2);
	end(&t);
}

TEST(a_side_that_died_is_noticed_and_named_by_the_word_it_owed)
{
	struct error err = { 0 };
	struct talk t;

	begin(&t);
	handshake_done(&t.guest);
	CHECK_FAILS(handshake_hear(&t.host, WORD_PLACED, NULL, &err), err,
		    "the other side died before it said \"placed\"");
	end(&t);
}

TEST(a_word_that_cannot_be_said_to_somebody_who_waits_is_an_error_and_no_wait)
{
	struct error err = { 0 };
	struct talk t;

	begin(&t);
	CHECK_EQ(shutdown(t.host.socket, SHUT_WR), 0);
	(void) alarm(10);
	CHECK_FAILS(handshake_say(&t.host, WORD_PLACED, -1, &err), err, "say \"placed\": Broken pipe");
	(void) alarm(0);
	end(&t);
}

TEST(silence_after_ready_means_that_the_exec_worked)
{
	struct error err = { 0 };
	struct talk t;

	begin(&t);
	t.host.next = t.guest.next = WORD_FAILED;
	handshake_done(&t.guest);
	CHECK_OK(handshake_hear_end(&t.host, &err), err);
	end(&t);
}

TEST(words_without_an_end_are_given_one)
{
	struct handshake host = HANDSHAKE_NONE, guest = HANDSHAKE_NONE;
	struct error err = { 0 };
	struct {
		enum word_said word;
		struct error error;
	} endless = { .word = WORD_FAILED };

	memset(endless.error.text, 'x', sizeof(endless.error.text));
	CHECK_OK(handshake_make(&host, &guest, &err), err);
	CHECK_EQ(write(guest.socket, &endless, sizeof(endless)), sizeof(endless));
	CHECK(handshake_hear(&host, WORD_PLACED, NULL, &err) < 0);
	CHECK_EQ(strnlen(err.text, sizeof(err.text)), sizeof(err.text) - 1);
	handshake_done(&host);
	handshake_done(&guest);
}
