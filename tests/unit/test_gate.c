/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/life/gate.h"

struct place {
	char path[64];
	int dir;
};

static void
make_place(struct place *place)
{
	(void) strcpy(place->path, "/tmp/gate.XXXXXX");
	assert_non_null(mkdtemp(place->path));
	place->dir = open(place->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK(place->dir >= 0);
}

static void
remove_place(struct place *place)
{
	(void) unlinkat(place->dir, "gate", 0);
	(void) close(place->dir);
	CHECK_EQ(rmdir(place->path), 0);
}

/* A guest that waits at the gate and then does as `then` says. */
static pid_t
put_guest(struct gate *gate, void (*then)(struct gate *gate))
{
	pid_t pid = fork();

	if (pid == 0) {
		struct error err;
		if (gate_wait(gate, &err) == 0)
			then(gate);
		_exit(3);
	}
	gate_done(gate);
	return pid;
}

static void
exec_true(struct gate *gate)
{
	(void) gate;
	(void) execl("/bin/true", "true", NULL);
}

static void
complain(struct gate *gate)
{
	struct error why = { .text = "exec: \"x\": no such thing" };

	gate_report(gate, &why);
}

static int
status_of(pid_t pid)
{
	int status = 0;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(opening_returns_once_the_guest_has_become_another_program)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	pid_t pid = put_guest(&gate, exec_true);
	CHECK_EQ(gate_is_closed(place.dir, &err), 1);
	CHECK_OK(gate_open(place.dir, &err), err);
	CHECK_EQ(status_of(pid), 0);
	CHECK_EQ(gate_is_closed(place.dir, &err), 0);
	remove_place(&place);
}

TEST(a_guest_that_cannot_go_on_says_why_to_whoever_opens)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	pid_t pid = put_guest(&gate, complain);
	CHECK_FAILS(gate_open(place.dir, &err), err, "exec: \"x\": no such thing");
	CHECK_EQ(status_of(pid), 3);
	remove_place(&place);
}

TEST(looking_whether_somebody_waits_does_not_open_the_gate)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	pid_t pid = put_guest(&gate, exec_true);
	for (int i = 0; i < 20; i++)
		CHECK_EQ(gate_is_closed(place.dir, &err), 1);
	CHECK_EQ(waitpid(pid, NULL, WNOHANG), 0);
	CHECK_OK(gate_open(place.dir, &err), err);
	CHECK_EQ(status_of(pid), 0);
	remove_place(&place);
}

TEST(looking_does_not_wait_for_a_guest_that_lets_nobody_in)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	(void) alarm(10);
	for (int i = 0; i < 50; i++)
		CHECK_EQ(gate_is_closed(place.dir, &err), 1);
	(void) alarm(0);
	gate_done(&gate);
	remove_place(&place);
}

/* It has the gate, and dies before it has looked who is there. */
static pid_t
put_dying_guest(struct gate *gate)
{
	pid_t pid = fork();

	if (pid == 0) {
		(void) usleep(100000);
		_exit(0);
	}
	gate_done(gate);
	return pid;
}

TEST(a_guest_that_dies_before_it_hears_the_knock_was_not_started)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	pid_t pid = put_dying_guest(&gate);
	CHECK_FAILS(gate_open(place.dir, &err), err, "cannot start a container that has stopped");
	CHECK_EQ(status_of(pid), 0);
	remove_place(&place);
}

TEST(a_gate_whose_guest_is_gone_is_open_and_opening_it_says_so)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	gate_done(&gate);
	CHECK_EQ(gate_is_closed(place.dir, &err), 0);
	CHECK_EQ(gate_open(place.dir, &err), 1);
	remove_place(&place);
	make_place(&place);
	CHECK_EQ(gate_open(place.dir, &err), 1); /* there never was one */
	remove_place(&place);
}

TEST(a_waiting_guest_dies_of_a_signal_as_any_process_would)
{
	struct gate gate = GATE_NONE;
	struct error err = { 0 };
	struct place place;

	make_place(&place);
	CHECK_OK(gate_make(&gate, place.dir, &err), err);
	pid_t pid = put_guest(&gate, exec_true);
	while (gate_is_closed(place.dir, &err) != 1)
		continue;
	(void) usleep(20000); /* until it has its handlers; too early and it dies of the default all the same */
	CHECK_EQ(kill(pid, SIGTERM), 0);
	CHECK_EQ(status_of(pid), 128 + SIGTERM);
	remove_place(&place);
}
