/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sys/wait.h>

#include "libcommon/arena.h"
#include "libcommon/log.h"
#include "libcommon/timestamp.h"
#include "tests/unit/scratch.h"

/* Runs it in a fork whose standard error is a file; gives what is there then. */
static const char *
say_in_child(struct scratch *scratch, const struct log_settings *settings, void (*part)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		struct error err = { 0 };
		int fd = openat(scratch->fd, "stderr", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		(void) dup2(fd, 2);
		if (log_open(settings, &err) < 0)
			log_error(&err);
		part();
		log_close();
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	return scratch_says(scratch, "cat stderr");
}

static void
say_all(void)
{
	log_debug("one %d", 1);
	log_warn("two, continuing");
	log_step("take the third step");
	log_become("guest");
	log_step("take the fourth");
}

TEST(each_level_says_what_it_should)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .program = "runlet" };

	CHECK_TEXT(say_in_child(&scratch, &settings, say_all), "");
	settings.level = LOG_LEVEL_WARNING;
	CHECK_TEXT(say_in_child(&scratch, &settings, say_all), "runlet: warning: two, continuing");
	settings.level = LOG_LEVEL_DEBUG;
	CHECK_TEXT(say_in_child(&scratch, &settings, say_all),
		   "runlet: one 1\nrunlet: warning: two, continuing\nrunlet: [host] take the third step\n"
		   "runlet: [guest] take the fourth");
}

static void
say_error(void)
{
	struct error err = { .text = "a: wrong\nb: missing" };

	log_error(&err);
}

TEST(an_error_is_a_line_for_each_complaint)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .program = "runlet" };

	CHECK_TEXT(say_in_child(&scratch, &settings, say_error), "runlet: a: wrong\nrunlet: b: missing");
}

TEST(with_a_log_file_an_error_goes_to_both_and_is_one_line_there)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char path[300];
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .program = "runlet", .file = path };

	(void) snprintf(path, sizeof(path), "%s/log", scratch.path);
	scratch_run(&scratch, "echo before > log");
	CHECK_TEXT(say_in_child(&scratch, &settings, say_error), "runlet: a: wrong\nrunlet: b: missing");
	CHECK_TEXT(scratch_says(&scratch, "cat log"), "before\nrunlet: a: wrong; b: missing");
}

static void
say_warning(void)
{
	log_warn("only here, continuing");
}

TEST(with_a_log_file_a_warning_goes_there_alone)
{
	scoped_scratch struct scratch scratch = scratch_make();
	char path[300];
	struct log_settings settings = { .level = LOG_LEVEL_WARNING, .program = "runlet", .file = path };

	(void) snprintf(path, sizeof(path), "%s/log", scratch.path);
	CHECK_TEXT(say_in_child(&scratch, &settings, say_warning), "");
	CHECK_TEXT(scratch_says(&scratch, "cat log"), "runlet: warning: only here, continuing");
}

static void
say_nasty(void)
{
	struct error err = { .text = "quote \" backslash \\ tab \t escape \x1b[2J delete \x7f bad \xff\xc3 good ö\nnext" };

	log_error(&err);
}

TEST(a_json_line_survives_every_byte)
{
	scoped_scratch struct scratch scratch = scratch_make();
	scoped_arena arena = { 0 };
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .format = LOG_FORMAT_JSON, .program = "runlet" };
	struct error err = { 0 };
	struct timespec when;

	const char *line = say_in_child(&scratch, &settings, say_nasty);
	static const char begin[] = "{\"level\":\"error\",\"msg\":\"quote \\\" backslash \\\\ tab \\u0009 escape \\u001b[2J "
				    "delete \\u007f bad \\ufffd\\ufffd good ö; next\",\"time\":\"";
	if (strncmp(line, begin, sizeof(begin) - 1) != 0)
		check_failed("wanted %s\nin     %s", begin, line);
	const char *time = line + sizeof(begin) - 1;
	char *stamp = arena_copy(&arena, time, strcspn(time, "\""));
	CHECK_OK(timestamp_read(&when, stamp, &err), err);
	CHECK_TEXT(time + strlen(stamp), "\"}");
}

TEST(a_text_line_does_nothing_to_a_terminal)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .program = "runlet" };

	CHECK_TEXT(say_in_child(&scratch, &settings, say_nasty),
		   "runlet: quote \" backslash \\ tab \\x09 escape \\x1b[2J delete \\x7f bad \\xff\\xc3 good ö\n"
		   "runlet: next");
}

static void
say_long(void)
{
	struct error err = { 0 };

	memset(err.text, 'x', sizeof(err.text) - 1);
	log_error(&err);
	log_warn("%5000s", "end");
}

TEST(a_line_of_any_length_is_one_line)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_WARNING, .program = "runlet" };

	(void) say_in_child(&scratch, &settings, say_long);
	CHECK_TEXT(scratch_says(&scratch, "wc -l < stderr; head -n1 stderr | wc -c"), "2\n4104");
}

static void
say_nothing(void)
{
}

TEST(a_log_that_cannot_be_opened_is_an_error_on_standard_error)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_ERROR, .program = "runlet", .file = "/nowhere/log" };

	CHECK_TEXT(say_in_child(&scratch, &settings, say_nothing),
		   "cooperage: open the log /nowhere/log: No such file or directory");
}

static void
say_after_close(void)
{
	struct error err = { .text = "last words" };

	log_close();
	log_warn("nobody hears this");
	log_error(&err);
}

TEST(a_closed_log_is_silent_but_the_error_is_heard)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct log_settings settings = { .level = LOG_LEVEL_DEBUG, .program = "runlet" };

	CHECK_TEXT(say_in_child(&scratch, &settings, say_after_close), "runlet: last words");
}
