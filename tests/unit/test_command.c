/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sys/wait.h>

#include "libcommon/command.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "tests/unit/scratch.h"

struct globals {
	const char *root;
	bool version;
};

struct greet_args {
	const char *whom;
	bool loudly;
};

/* clang-format off */
#define SELF struct greet_args
static const struct option_row greet_rows[] = {
	OPERAND(whom, "NAME", .required = true),
	FLAG(loudly, 'l', "loudly", "so that all hear it"),
};
#undef SELF
/* clang-format on */

static int
greet(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct greet_args *args = parsed;
	const char *text = arena_format(arena, "%s: hello, %s%s\n", globals->root, args->whom, args->loudly ? "!" : "");

	if (strcmp(args->whom, "nobody") == 0)
		return fail(err, "there is nobody to greet");
	TRY(file_write(1, "standard output", text, strlen(text), err));
	return strcmp(args->whom, "five") == 0 ? 5 : 0;
}

static const struct command greet_command =
	COMMAND("greet", "say hello", greet_rows, struct greet_args, greet);
static const struct command enter_command =
	COMMAND("enter", "come in", greet_rows, struct greet_args, greet, .failed = 255);
static const struct command hidden_command =
	COMMAND("grumble", "say nothing", greet_rows, struct greet_args, greet, .hidden = true);
static const struct command *const commands[] = { &greet_command, &enter_command, &hidden_command };

/* clang-format off */
#define SELF struct globals
static const struct option_row global_rows[] = {
	OPTION(root, 0, "root", "DIR", "where it is", .fallback = "/run"),
	FLAG(version, 'v', "version", "print the version and end"),
};
#undef SELF
/* clang-format on */

static int
prepare(void *globals, char **argv, struct arena *arena, struct error *err)
{
	(void) argv;
	(void) arena;
	if (strcmp(((struct globals *) globals)->root, "/bad") == 0)
		return fail(err, "--root: \"/bad\" is bad");
	return 0;
}

static void
add_version(struct buffer *out)
{
	buffer_add_text(out, "polite version 1\n");
}

static const struct program program = {
	.name = "polite", .summary = "greets", .options = { .rows = global_rows, .count = COUNT(global_rows) },
	.globals_size = sizeof(struct globals), .commands = commands, .count = COUNT(commands),
	.prepare = prepare, .add_version = add_version,
};

/* What it prints, with its status: standard output, then standard error. */
static const char *
run(struct scratch *scratch, int *status, const char *const *words)
{
	int argc = 0;

	while (words[argc] != NULL)
		argc++;
	pid_t pid = fork();
	if (pid == 0) {
		(void) dup2(openat(scratch->fd, "out", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), 1);
		(void) dup2(openat(scratch->fd, "err", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), 2);
		_exit(command_main(&program, argc, (char **) (uintptr_t) words));
	}
	CHECK_EQ(waitpid(pid, status, 0), pid);
	*status = WIFEXITED(*status) ? WEXITSTATUS(*status) : 128 + WTERMSIG(*status);
	return scratch_says(scratch, "cat out err");
}

#define RUN(...) run(&scratch, &status, (const char *const[]){ "polite", __VA_ARGS__ NULL })
#define FIXTURE                                                                                    \
	scoped_scratch struct scratch scratch = scratch_make();                                    \
	int status = -1

TEST(a_command_gets_its_options_and_the_global_ones)
{
	FIXTURE;

	CHECK_TEXT(RUN("--root", "/x", "greet", "--loudly", "you",), "/x: hello, you!");
	CHECK_EQ(status, 0);
	CHECK_TEXT(RUN("greet", "you",), "/run: hello, you");
	CHECK_EQ(status, 0);
	CHECK_TEXT(RUN("grumble", "you",), "/run: hello, you");
}

TEST(what_a_command_returns_is_the_exit_status)
{
	FIXTURE;

	(void) RUN("greet", "five",);
	CHECK_EQ(status, 5);
}

TEST(a_failure_is_one_line_with_the_command_and_its_own_status)
{
	FIXTURE;

	CHECK_TEXT(RUN("greet", "nobody",), "polite: greet: there is nobody to greet");
	CHECK_EQ(status, 1);
	CHECK_TEXT(RUN("enter", "nobody",), "polite: enter: there is nobody to greet");
	CHECK_EQ(status, 255);
	CHECK_TEXT(RUN("enter",), "polite: enter: NAME is missing");
	CHECK_EQ(status, 255);
	CHECK_TEXT(RUN("--root=/bad", "greet", "x",), "polite: --root: \"/bad\" is bad");
	CHECK_EQ(status, 1);
}

TEST(a_command_that_is_not_known_may_have_been_meant_so)
{
	FIXTURE;

	CHECK_TEXT(RUN("gret", "x",), "polite: unknown command \"gret\"; did you mean \"greet\"?");
	CHECK_EQ(status, 1);
	CHECK_TEXT(RUN("destroy",), "polite: unknown command \"destroy\"; \"polite --help\" lists them");
	CHECK_TEXT(RUN("grumbel",), "polite: unknown command \"grumbel\"; \"polite --help\" lists them");
	CHECK_TEXT(RUN("x",), "polite: unknown command \"x\"; \"polite --help\" lists them");
	CHECK_TEXT(RUN(), "polite: a command is missing; \"polite --help\" lists them");
	CHECK_EQ(status, 1);
	CHECK_TEXT(RUN("--rot",), "polite: unknown option \"--rot\"; did you mean --root?");
}

TEST(help_is_printed_and_is_no_failure)
{
	FIXTURE;
	static const char whole[] =
		"polite: greets\n\nUsage: polite [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n"
		"  greet        say hello\n  enter        come in\n\nOptions:\n"
		"      --root DIR                where it is (default: /run)\n"
		"  -v, --version                 print the version and end\n\n"
		"\"polite COMMAND --help\" tells more about one.";

	CHECK_TEXT(RUN("--help",), whole);
	CHECK_EQ(status, 0);
	CHECK_TEXT(RUN("help",), whole);
	CHECK_TEXT(RUN("greet", "--help",),
		   "Usage: polite greet [OPTIONS] NAME\n\nsay hello\n\nOptions:\n"
		   "  -l, --loudly                  so that all hear it");
	CHECK_EQ(status, 0);
}

TEST(the_version_needs_no_command_and_beats_one)
{
	FIXTURE;

	CHECK_TEXT(RUN("--version",), "polite version 1");
	CHECK_EQ(status, 0);
	CHECK_TEXT(RUN("-v",), "polite version 1");
	CHECK_TEXT(RUN("--root", "/x", "--version", "greet", "y",), "polite version 1");
	CHECK_TEXT(RUN("greet", "-v",), "polite: greet: unknown option \"-v\"");
	CHECK_TEXT(RUN("--root", "--version", "greet", "y",), "--version: hello, y");
}

TEST(closed_standard_fds_confuse_nobody)
{
	FIXTURE;

	pid_t pid = fork();
	if (pid == 0) {
		char *argv[] = { (char[]){ "polite" }, (char[]){ "greet" }, (char[]){ "nobody" }, NULL };
		(void) close(0);
		(void) close(1);
		(void) close(2);
		_exit(command_main(&program, 3, argv));
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

TEST(output_that_nobody_takes_is_a_failure)
{
	FIXTURE;

	pid_t pid = fork();
	if (pid == 0) {
		char *argv[] = { (char[]){ "polite" }, (char[]){ "greet" }, (char[]){ "you" }, NULL };
		(void) dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1);
		(void) dup2(openat(scratch.fd, "err", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), 2);
		_exit(command_main(&program, 3, argv));
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(WEXITSTATUS(status), 1);
	CHECK_TEXT(scratch_says(&scratch, "cat err"),
		   "polite: greet: write standard output: No space left on device");
}
