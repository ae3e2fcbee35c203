/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "libcommon/lock.h"
#include "tests/unit/scratch.h"

static int
open_again(const struct scratch *scratch)
{
	int fd = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	CHECK(fd >= 0);
	return fd;
}

TEST(many_may_share_but_one_alone_excludes_all)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	scoped_fd a = open_again(&scratch), b = open_again(&scratch), c = open_again(&scratch);

	CHECK_OK(lock_shared(a, "it", &err), err);
	CHECK_OK(lock_try_shared(b, "it", &err), err);
	CHECK_EQ(lock_try_exclusive(c, "it", &err), 1);
	fd_close(&a);
	CHECK_EQ(lock_try_exclusive(c, "it", &err), 1);
	fd_close(&b);
	CHECK_OK(lock_try_exclusive(c, "it", &err), err);
	scoped_fd d = open_again(&scratch);
	CHECK_EQ(lock_try_shared(d, "it", &err), 1);
	CHECK_EQ(lock_try_exclusive(d, "it", &err), 1);
}

TEST(a_lock_ends_with_its_holder_however_that_ends)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	int ready[2];
	char byte;

	CHECK_EQ(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0) {
		int fd = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void) !write(ready[1], lock_exclusive(fd, "it", &err) == 0 ? "y" : "n", 1);
		for (;;)
			(void) pause();
	}
	CHECK_EQ(read(ready[0], &byte, 1), 1);
	CHECK_EQ(byte, 'y');
	scoped_fd mine = open_again(&scratch);
	CHECK_EQ(lock_try_shared(mine, "it", &err), 1);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	CHECK_OK(lock_exclusive(mine, "it", &err), err); /* waits */
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	(void) close(ready[0]);
	(void) close(ready[1]);
}

static void
take_note(int signal)
{
	(void) signal;
}

TEST(a_signal_does_not_end_the_waiting)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	scoped_fd held = open_again(&scratch), mine = open_again(&scratch);
	struct sigaction action = { .sa_handler = take_note }, old; /* without SA_RESTART */
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } }, never = { { 0, 0 }, { 0, 0 } };

	CHECK_OK(lock_exclusive(held, "it", &err), err);
	pid_t pid = fork();
	if (pid == 0) {
		fd_close(&mine);
		(void) usleep(60000);
		_exit(0); /* the last but one to hold it */
	}
	fd_close(&held);
	CHECK_EQ(sigaction(SIGALRM, &action, &old), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
	CHECK_OK(lock_shared(mine, "it", &err), err);
	CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
	CHECK_EQ(sigaction(SIGALRM, &old, NULL), 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
}

TEST(what_cannot_be_locked_is_named)
{
	struct error err = { 0 };

	CHECK_FAILS(lock_exclusive(-1, "the store", &err), err, "lock the store: Bad file descriptor");
	CHECK_FAILS(lock_try_shared(-1, "the store", &err), err, "lock the store: Bad file descriptor");
}

TEST(a_mark_is_seen_by_others_until_it_is_taken_off_or_all_who_have_it_are_gone)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_fd mine = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_fd other = open(scratch.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct error err = { 0 };

	CHECK_EQ(lock_is_marked(other, "it", &err), 0);
	CHECK_OK(lock_mark(mine, "it", &err), err);
	CHECK_EQ(lock_is_marked(other, "it", &err), 1);
	CHECK_EQ(lock_is_marked(mine, "it", &err), 0); /* ours is not somebody's */
	CHECK_OK(lock_exclusive(other, "it", &err), err);
	lock_unmark(mine);
	CHECK_EQ(lock_is_marked(other, "it", &err), 0);
	CHECK_OK(lock_mark(mine, "it", &err), err);
	fd_close(&mine);
	CHECK_EQ(lock_is_marked(other, "it", &err), 0);
	CHECK_FAILS(lock_mark(-1, "it", &err), err, "mark it: Bad file descriptor");
}
