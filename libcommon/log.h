/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the program says while it works: levels, text or JSON lines, and where they go.
 *
 * The one place with state of its own: a level, a format and an fd, set once by main. log_debug is
 * free for all; log_warn only when we go on despite something, and then the text ends in
 * ", continuing"; log_error is main's alone. The STEP trace is debug output.
 *
 * In JSON each line is {"level":…,"msg":…,"time":RFC 3339}, as containerd and Podman parse it.
 */
#ifndef COOPERAGE_LOG_H
#define COOPERAGE_LOG_H

#include "libcommon/error.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_TEXT, LOG_FORMAT_JSON };

struct log_settings {
	enum log_level level;
	enum log_format format;
	const char *program; /* in front of each text line */
	const char *file;    /* appended to; NULL: standard error */
};

int log_open(const struct log_settings *settings, struct error *err);

void log_debug(const char *format, ...) printf_like(1, 2);
void log_warn(const char *format, ...) printf_like(1, 2);

/* The one error: to the log, and to standard error as text if the log is a file. */
void log_error(const struct error *err);

/* Names the process in the trace from now on: "host", "guest". */
void log_become(const char *who);
void log_step(const char *what);

/* The log's fd, for who closes all others; -1 if there is none. */
int log_fd(void);

/* Into a container no file of the host is taken along, but for who traces each step. */
void log_leave(void);

/* For processes that must not keep the log's fd. */
void log_close(void);

#endif
