/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/timestamp.h"
#include "libcommon/utf8.h"

static struct {
	struct log_settings settings;
	const char *who;
	int fd; /* of the file; standard error otherwise */
} self = { .settings = { .level = LOG_LEVEL_WARNING, .program = "cooperage" }, .who = "host", .fd = 2 };

static const char *const level_names[] = { "error", "warning", "debug" };

int
log_open(const struct log_settings *settings, struct error *err)
{
	int fd = 2;

	if (settings->file != NULL) {
		fd = open(settings->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644);
		if (fd < 0)
			return fail_errno(err, "open the log %s", settings->file);
	}
	self.settings = *settings;
	self.fd = fd;
	return 0;
}

void
log_close(void)
{
	if (self.fd > 2)
		(void) close(self.fd);
	self.fd = -1;
}

int
log_fd(void)
{
	return self.fd;
}

void
log_leave(void)
{
	if (self.fd > 2 && self.settings.level < LOG_LEVEL_DEBUG)
		log_close();
}

void
log_become(const char *who)
{
	self.who = who;
}

static void
add_json_text(struct buffer *line, const char *text)
{
	buffer_add_char(line, '"');
	for (size_t n = strlen(text), length; n > 0; text += length, n -= length) {
		unsigned char c = (unsigned char) text[0];
		length = utf8_character(text, n);
		if (c == '"' || c == '\\')
			buffer_add_format(line, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			buffer_add_format(line, "\\u%04x", c);
		else if (length == 0)
			buffer_add_text(line, "\\ufffd"); /* JSON is UTF-8, whatever a file is named */
		else
			buffer_add(line, text, length);
		length += length == 0;
	}
	buffer_add_char(line, '"');
}

/* One write, so that lines of several processes do not mix. A log that cannot be written is no error. */
static void
put_line(int fd, enum log_format format, enum log_level level, const char *text)
{
	scoped_buffer line = { 0 };

	if (format == LOG_FORMAT_JSON) {
		char now[TIMESTAMP_SIZE];
		timestamp_write(now, timestamp_now());
		buffer_add_format(&line, "{\"level\":\"%s\",\"msg\":", level_names[level]);
		add_json_text(&line, text);
		buffer_add_format(&line, ",\"time\":\"%s\"}\n", now);
	} else {
		buffer_add_format(&line, "%s: %s", self.settings.program,
				  level == LOG_LEVEL_WARNING ? "warning: " : "");
		buffer_add_shown(&line, text, strlen(text), SIZE_MAX);
		buffer_add_char(&line, '\n');
	}
	ssize_t unused = write(fd, line.bytes, line.length);
	(void) unused;
}

static void printf_like(2, 0)
say(enum log_level level, const char *format, va_list args)
{
	char text[4096];
	int saved = errno;

	if (level <= self.settings.level && self.fd >= 0) {
		(void) vsnprintf(text, sizeof(text), format, args);
		put_line(self.fd, self.settings.format, level, text);
	}
	errno = saved;
}

void
log_debug(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}

void
log_warn(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(LOG_LEVEL_WARNING, format, args);
	va_end(args);
}

void
log_step(const char *what)
{
	if (self.settings.level >= LOG_LEVEL_DEBUG)
		log_debug("[%s] %s", self.who, what);
}

/*
 * A person reads a line for each complaint. Engines read the log's last line as the whole story,
 * so there all complaints share one.
 */
void
log_error(const struct error *err)
{
	struct error copy = *err;

	if (self.fd > 2 || self.settings.format == LOG_FORMAT_JSON) {
		scoped_buffer all = { 0 };
		for (const char *c = err->text; *c != '\0'; c++)
			if (*c == '\n')
				buffer_add_text(&all, "; ");
			else
				buffer_add_char(&all, *c);
		put_line(self.fd >= 0 ? self.fd : 2, self.settings.format, LOG_LEVEL_ERROR, buffer_text(&all));
		if (self.fd <= 2)
			return;
	}
	for (char *line = copy.text, *rest; line != NULL; line = rest) {
		rest = strchr(line, '\n');
		if (rest != NULL)
			*rest++ = '\0';
		put_line(2, LOG_FORMAT_TEXT, LOG_LEVEL_ERROR, line);
	}
}
