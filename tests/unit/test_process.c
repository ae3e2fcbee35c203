/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "libcommon/process.h"
#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

static int64_t
now_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct process_helper
shell(const char *const *args)
{
	static const char *const env[] = { "PATH=/usr/bin:/bin", "GIVEN=yes", NULL };

	return (struct process_helper){ .path = "/bin/sh", .args = args, .env = env };
}

#define SHELL(line) shell((const char *const[]){ "sh", "-c", line, NULL })

static int
run(const char *line, struct error *err)
{
	const char *const args[] = { "sh", "-c", line, NULL };
	struct process_helper helper = shell(args);

	return process_run(&helper, err);
}

/* A test that hangs is worse than one that fails. */
static void
be_bold(unsigned seconds)
{
	(void) alarm(seconds);
}

TEST(a_helper_that_exits_with_zero_is_well_whatever_it_prints)
{
	struct error err = { 0 };

	CHECK_OK(run("true", &err), err);
	CHECK_OK(run("echo out; echo err >&2", &err), err);
}

TEST(a_helper_that_fails_is_quoted)
{
	struct error err = { 0 };

	CHECK_FAILS(run("exit 3", &err), err, "/bin/sh: exit status 3");
	CHECK_FAILS(run("echo one; echo 'two \"x\"' >&2; exit 4", &err), err, "/bin/sh: exit status 4: one two \"x\"");
	CHECK_FAILS(run("echo died; kill -SEGV $$", &err), err, "/bin/sh: ended by signal 11 (Segmentation fault): died");
	CHECK_FAILS(run("printf 'a\\033[2Jb\\000c'; exit 1", &err), err, "/bin/sh: exit status 1: a [2Jb c");
}

TEST(a_helper_that_is_not_there_is_named_with_the_cause)
{
	struct error err = { 0 };
	static const char *const args[] = { "x", NULL }, *const env[] = { NULL };
	struct process_helper helper = { .path = "/nowhere/x", .args = args, .env = env };

	CHECK_FAILS(process_run(&helper, &err), err, "/nowhere/x: exit status 127: No such file or directory");
	helper.path = "/etc/passwd";
	CHECK_FAILS(process_run(&helper, &err), err, "/etc/passwd: exit status 126: Permission denied");
	helper.path = "/bin/true";
	helper.directory = "/nowhere";
	CHECK_FAILS_WITH(process_run(&helper, &err), err, "/bin/true: exit status 126");
}

TEST(a_helper_has_the_environment_and_the_directory_that_it_is_given)
{
	struct error err = { 0 };
	struct process_helper helper = SHELL("test \"$GIVEN\" = yes && test -z \"$HOME$NEVER\" && test \"$(pwd)\" = /proc");

	CHECK_EQ(setenv("NEVER", "seen", 1), 0);
	helper.directory = "/proc";
	CHECK_OK(process_run(&helper, &err), err);
}

TEST(a_helper_reads_what_it_is_told_however_much_that_is)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *much = arena_alloc(&arena, 3000001);
	struct process_helper helper = SHELL("test \"$(wc -c)\" = 3000000");

	memset(much, 'x', 3000000);
	helper.input = much;
	CHECK_OK(process_run(&helper, &err), err);

	/* It answers while it listens: neither side may wait for the other. */
	struct process_helper echo = SHELL("cat; exit 1");
	echo.input = much;
	CHECK_FAILS_WITH(process_run(&echo, &err), err, "/bin/sh: exit status 1: xxxxxxx");

	/* One that listens to nothing is well too. */
	struct process_helper deaf = SHELL("exec <&-; sleep 0.1");
	deaf.input = much;
	CHECK_OK(process_run(&deaf, &err), err);
	struct process_helper quiet = SHELL("exec <&- >&- 2>&-; sleep 0.1");
	quiet.input = "x";
	CHECK_OK(process_run(&quiet, &err), err);
	struct process_helper idle = SHELL("test -z \"$(cat)\"");
	CHECK_OK(process_run(&idle, &err), err);
}

TEST(of_much_output_the_end_is_quoted)
{
	struct error err = { 0 };

	CHECK_FAILS_WITH(run("head -c 1000000 /dev/zero | tr '\\0' x; echo; echo 'the reason'; exit 1", &err), err,
			 "the reason");
	CHECK(strlen(err.text) < 600);
}

TEST(a_helper_that_is_late_is_killed_with_its_group)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	const char *line = arena_format(&arena, "trap '' TERM INT HUP; echo $$ > %s/pid; sleep 1000 & sleep 1000", scratch.path);
	const char *const args[] = { "sh", "-c", line, NULL };
	struct process_helper helper = shell(args);
	int64_t began = now_ms();

	be_bold(20);
	helper.timeout_ms = 300;
	CHECK_FAILS(process_run(&helper, &err), err, "/bin/sh: not done after 300 ms, killed");
	CHECK(now_ms() - began >= 300 && now_ms() - began < 5000);
	int group = atoi(scratch_says(&scratch, "cat pid"));
	CHECK(group > 1);
	for (int i = 0; i < 200 && kill(-group, 0) == 0; i++)
		(void) usleep(10000); /* orphans are reaped by whoever does that here */
	CHECK_TEXT(scratch_says(&scratch, "ps -o stat= -g %d | grep -v Z || true", group), "");
	be_bold(0);
}

TEST(a_helper_that_never_stops_talking_is_killed_in_time_too)
{
	struct error err = { 0 };
	struct process_helper helper = SHELL("yes & yes & yes");
	int64_t began = now_ms();

	be_bold(20);
	helper.timeout_ms = 300;
	CHECK_FAILS(process_run(&helper, &err), err, "/bin/sh: not done after 300 ms, killed");
	CHECK(now_ms() - began < 5000);
	be_bold(0);
}

TEST(what_a_helper_leaves_running_holds_nobody_up)
{
	struct error err = { 0 };
	int64_t began = now_ms();

	be_bold(20);
	CHECK_OK(run("(setsid sleep 3; true) & exit 0", &err), err);
	CHECK_OK(run("(setsid timeout 3 yes; true) & exit 0", &err), err);
	CHECK_FAILS_WITH(run("(setsid timeout 3 yes; true) & exit 7", &err), err, "/bin/sh: exit status 7");
	CHECK(now_ms() - began < 2500);
	be_bold(0);
}

TEST(a_helper_inherits_none_of_our_files_and_signals)
{
	struct error err = { 0 };
	scoped_fd leak = open("/proc/version", O_RDONLY);
	sigset_t all, old;

	(void) sigfillset(&all);
	CHECK_EQ(sigprocmask(SIG_BLOCK, &all, &old), 0);
	void (*was)(int) = signal(SIGPIPE, SIG_IGN);
	CHECK(leak >= 3 && fcntl(leak, F_GETFD) == 0);
	CHECK_OK(run("! readlink /proc/$$/fd/* | grep version", &err), err);
	CHECK_OK(run("grep -q 'SigBlk:.*0000000000000000' /proc/self/status", &err), err);
	CHECK_OK(run("grep -q 'SigIgn:.*0000000000000000' /proc/self/status", &err), err);
	(void) signal(SIGPIPE, was);
	CHECK_EQ(sigprocmask(SIG_SETMASK, &old, NULL), 0);
}

TEST(no_descriptor_stays_open_whatever_happens)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *output;
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC), again;

	(void) close(next);
	CHECK_OK(run("true", &err), err);
	CHECK(run("exit 1", &err) < 0);
	struct process_helper late = SHELL("sleep 100");
	late.timeout_ms = 10;
	CHECK(process_run(&late, &err) < 0);
	CHECK(process_capture("/nowhere", (const char *const[]){ "x", NULL }, &arena, &output, &err) < 0);
	again = open("/dev/null", O_RDONLY | O_CLOEXEC);
	CHECK_EQ(again, next);
	(void) close(again);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* ---- identity -------------------------------------------------------------------------------- */

static pid_t
put_child(int *pidfd)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			(void) pause();
	*pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
	CHECK(pid > 0 && *pidfd >= 0);
	return pid;
}

TEST(a_process_is_opened_by_who_it_is_and_not_by_its_number)
{
	struct error err = { 0 };
	struct process_identity who, other;
	scoped_fd child = -1, pidfd = -1;
	pid_t pid = put_child(&child);

	CHECK_OK(process_identify(&who, pid, child, &err), err);
	CHECK_EQ(who.pid, pid);
	CHECK(who.inode != 0 || who.start_time != 0);
	CHECK_OK(process_open(&pidfd, &who, &err), err);
	CHECK_EQ(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	CHECK(!process_has_ended(pidfd));

	int unwanted = 0;
	other = who;
	other.inode++;
	CHECK_EQ(process_open(&unwanted, &other, &err), 1);
	CHECK_EQ(unwanted, -1);
	other = who;
	other.start_time++;
	CHECK_EQ(process_open(&unwanted, &other, &err), 1);
	other = (struct process_identity){ .pid = pid }; /* a number and nothing else names nobody */
	CHECK_EQ(process_open(&unwanted, &other, &err), 1);
	process_destroy(child);
}

TEST(a_zombie_is_there_and_has_ended_and_a_reaped_one_is_gone)
{
	struct error err = { 0 };
	struct process_identity who;
	scoped_fd child = -1, pidfd = -1;
	pid_t pid = put_child(&child);
	int status;

	CHECK_OK(process_identify(&who, pid, child, &err), err);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	while (!process_has_ended(child))
		continue;
	CHECK_OK(process_open(&pidfd, &who, &err), err);
	CHECK(process_has_ended(pidfd));
	CHECK_OK(process_wait(child, &status, &err), err);
	CHECK_EQ(status, 128 + SIGKILL);
	CHECK(process_has_ended(pidfd));
	fd_close(&pidfd);
	CHECK_EQ(process_open(&pidfd, &who, &err), 1);
	CHECK_FAILS(process_wait(child, &status, &err), err, "wait for a process: No child processes");
}

static void *
tell_number(void *data)
{
	int *fds = data;
	pid_t tid = (pid_t) syscall(SYS_gettid);
	char byte;

	(void) !write(fds[1], &tid, sizeof(tid));
	(void) !read(fds[2], &byte, 1);
	return NULL;
}

TEST(numbers_that_are_no_process_are_nobody)
{
	struct error err = { 0 };
	struct process_identity who = { .pid = 0, .inode = 1 };
	int pidfd, there[2], back[2];
	pthread_t thread;
	pid_t tid;

	CHECK_EQ(process_open(&pidfd, &who, &err), 1);
	who.pid = -1;
	CHECK_EQ(process_open(&pidfd, &who, &err), 1);
	who.pid = INT32_MAX;
	CHECK_EQ(process_open(&pidfd, &who, &err), 1);

	/* Its number may have become that of a thread. */
	CHECK(pipe(there) == 0 && pipe(back) == 0);
	int fds[] = { there[0], there[1], back[0] };
	CHECK_EQ(pthread_create(&thread, NULL, tell_number, fds), 0);
	CHECK_EQ(read(there[0], &tid, sizeof(tid)), sizeof(tid));
	who.pid = tid;
	CHECK_EQ(process_open(&pidfd, &who, &err), 1);
	CHECK_EQ(write(back[1], "x", 1), 1);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	(void) close(there[0]);
	(void) close(there[1]);
	(void) close(back[0]);
	(void) close(back[1]);
}

TEST(how_a_child_ended_is_its_status_or_its_signal)
{
	struct error err = { 0 };
	int status = -1;

	for (int wanted = 0; wanted < 256; wanted += 51) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(wanted);
		scoped_fd pidfd = (int) syscall(SYS_pidfd_open, pid, 0);
		CHECK_OK(process_wait(pidfd, &status, &err), err);
		CHECK_EQ(status, wanted);
	}
	scoped_fd pidfd = -1;
	(void) put_child(&pidfd);
	process_destroy(pidfd);
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* ---- capture --------------------------------------------------------------------------------- */

static int
capture(const char *line, struct arena *arena, char **output, struct error *err)
{
	const char *const args[] = { "sh", "-c", line, NULL };

	return process_capture("/bin/sh", args, arena, output, err);
}

TEST(what_a_program_prints_is_captured)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *output;

	CHECK_OK(capture("echo one; echo two", &arena, &output, &err), err);
	CHECK_TEXT(output, "one\ntwo\n");
	CHECK_OK(capture("true", &arena, &output, &err), err);
	CHECK_TEXT(output, "");
	CHECK_OK(capture("head -c 1000000 /dev/zero | tr '\\0' x", &arena, &output, &err), err);
	CHECK_EQ(strlen(output), 1000000);
}

TEST(a_program_that_fails_is_not_captured)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *output;

	CHECK_FAILS(capture("echo x; exit 3", &arena, &output, &err), err, "/bin/sh: exit status 3");
	CHECK_FAILS_WITH(capture("kill -9 $$", &arena, &output, &err), err, "/bin/sh: ended by signal 9 (Killed)");
	CHECK_FAILS(process_capture("/nowhere/ps", (const char *const[]){ "ps", NULL }, &arena, &output, &err), err,
		    "/nowhere/ps: exit status 127");
}

TEST(a_program_that_prints_without_end_is_given_up)
{
	struct error err = { 0 };
	scoped_arena arena = { 0 };
	char *output;

	be_bold(60);
	CHECK_FAILS_WITH(capture("exec yes", &arena, &output, &err), err, "larger than");
	CHECK(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	be_bold(0);
}

TEST(a_list_becomes_a_vector_with_an_end)
{
	scoped_arena arena = { 0 };
	struct text_list list = { 0 };

	CHECK(process_vector(&list, &arena)[0] == NULL);
	list_add(&list, &arena, "a");
	list_add(&list, &arena, "b");
	char **vector = process_vector(&list, &arena);
	CHECK_TEXT(vector[0], "a");
	CHECK_TEXT(vector[1], "b");
	CHECK(vector[2] == NULL);
}

static void
reset(void)
{
	sigset_t all, now;
	struct sigaction action;

	(void) sigfillset(&all);
	(void) sigprocmask(SIG_SETMASK, &all, NULL);
	(void) signal(SIGPIPE, SIG_IGN);
	(void) signal(SIGRTMAX, SIG_IGN);
	process_reset_signals();
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		if (sigaction(signal, NULL, &action) == 0)
			child_expect(action.sa_handler == SIG_DFL, "signal %d is not default",
				     signal);
	(void) sigprocmask(SIG_SETMASK, NULL, &now);
	for (int signal = 1; signal <= SIGRTMAX; signal++)
		child_expect(sigismember(&now, signal) != 1, "signal %d is blocked", signal);
}

TEST(after_a_reset_all_signals_are_as_in_a_fresh_process)
{
	CHECK_CHILD(0, reset);
}
