/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include <sys/mman.h>

#include "builder/build/progress.h"
#include "libcommon/fd.h"
#include "scratch.h"

/* What was told, with the times made equal. */
static const char *
told(char text[4096], int fd)
{
	ssize_t n = pread(fd, text, 4095, 0);
	char *to = text;

	text[n < 0 ? 0 : n] = '\0';
	for (const char *from = text; *from != '\0'; from++)
		if (from[0] == '0' && from[1] == '.' && from[2] >= '0' && from[2] <= '9') {
			*to++ = 'T';
			from++;
			while (from[1] >= '0' && from[1] <= '9')
				from++;
		} else
			*to++ = *from;
	*to = '\0';
	return text;
}

TEST(plain_lines_begin_with_the_number_of_the_step)
{
	scoped_fd fd = memfd_create("progress", MFD_CLOEXEC);
	scoped_progress progress = { 0 };
	char text[4096];

	progress_init(&progress, PROGRESS_PLAIN, fd);
	progress_begin(&progress, "[1/2] COPY a b");
	progress_cached(&progress);
	progress_begin(&progress, "[2/2] RUN x");
	progress_say(&progress, "the command changed");
	progress_output(&progress, "one\ntw", 6);
	progress_output(&progress, "o\nlast", 6);
	progress_end(&progress);
	CHECK_TEXT(
		told(text, fd),
		"#1 [1/2] COPY a b\n#1 CACHED\n\n#2 [2/2] RUN x\n#2 the command changed\n#2 T one\n"
		"#2 T two\n#2 T last\n#2 DONE Ts\n\n");
}

TEST(what_moves_a_cursor_is_left_out)
{
	scoped_fd fd = memfd_create("progress", MFD_CLOEXEC);
	scoped_progress progress = { 0 };
	char text[4096];

	progress_init(&progress, PROGRESS_PLAIN, fd);
	progress_begin(&progress, "RUN\r\n\a x");
	progress_output(&progress, "a\rb\b\x07\n", 6);
	CHECK_TEXT(told(text, fd), "#1 RUN x\n#1 T ab\n");
}

TEST(quiet_says_nothing_but_what_a_failed_step_printed)
{
	scoped_fd fd = memfd_create("progress", MFD_CLOEXEC);
	scoped_progress progress = { 0 };
	char text[4096];

	progress_init(&progress, PROGRESS_QUIET, fd);
	progress_begin(&progress, "RUN x");
	progress_output(&progress, "loud\n", 5);
	progress_end(&progress);
	CHECK_TEXT(told(text, fd), "");
	progress_begin(&progress, "RUN y");
	progress_output(&progress, "why\n", 4);
	progress_fail(&progress);
	CHECK_TEXT(told(text, fd), "why\n");
}

TEST(a_terminal_shows_the_last_lines_and_takes_them_back)
{
	scoped_fd fd = memfd_create("progress", MFD_CLOEXEC);
	scoped_progress progress = { 0 };
	char text[4096];

	progress_init(&progress, PROGRESS_TTY, fd);
	progress_begin(&progress, "RUN x");
	progress_output(&progress, "1\n2\n3\n4\n5\n6\n7\n8\n", 16);
	CHECK(strstr(told(text, fd), "   3\x1b") != NULL);
	CHECK(strstr(text, "   2\x1b") == NULL);
	progress_end(&progress);
	CHECK(strstr(told(text, fd), "\x1b[6A\x1b[J") != NULL);
}

TEST(auto_is_plain_where_there_is_no_terminal)
{
	scoped_fd fd = memfd_create("progress", MFD_CLOEXEC);
	scoped_progress progress = { 0 };

	progress_init(&progress, PROGRESS_AUTO, fd);
	CHECK_EQ(progress.mode, PROGRESS_PLAIN);
}
