/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a build tells while it runs, in the form that was asked for, to an fd of the caller's.
 *
 * Plain: each line begins with the step's number, "#3 0.12 text", so that logs can be taken apart.
 * On a terminal, the step that runs shows its last lines, which go when it is done. Quiet: nothing.
 * What a RUN prints is passed on as it is, but for what would move a terminal's cursor.
 */
#ifndef COOPERAGE_PROGRESS_H
#define COOPERAGE_PROGRESS_H

#include <time.h>

#include "libcommon/buffer.h"
#include "libcommon/word.h"

enum progress_mode { PROGRESS_AUTO, PROGRESS_PLAIN, PROGRESS_TTY, PROGRESS_QUIET };

extern const struct word progress_words[];

struct progress {
	enum progress_mode mode;
	int fd;        /* the caller's */
	size_t number; /* of the step being told of */
	struct timespec began;
	struct buffer line;   /* of the step's output, not yet ended */
	struct buffer output; /* all of it, for the terminal: shown if the step fails */
	size_t shown;         /* lines on the terminal that will be taken back */
};

/* AUTO becomes what the fd is. */
void progress_init(struct progress *progress, enum progress_mode mode, int fd);
void progress_done(struct progress *progress);
#define scoped_progress scoped(progress_done) struct progress

void progress_begin(struct progress *progress, const char *title);
void progress_say(struct progress *progress, const char *text); /* a line about the step */
void progress_output(struct progress *progress, const char *bytes, size_t n);
void progress_cached(struct progress *progress);
void progress_end(struct progress *progress);
void progress_fail(struct progress *progress);

#endif
