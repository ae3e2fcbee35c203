/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/progress.h"

#include <string.h>
#include <unistd.h>

#include "libcommon/error.h"
#include "libcommon/file.h"

#define TAIL_LINES 6
#define TAIL_COLUMNS 100
#define OUTPUT_LIMIT ((size_t) 1024 * 1024) /* of what is kept for a failure on a terminal */

const struct word progress_words[] = {
	{ "auto", PROGRESS_AUTO },   { "plain", PROGRESS_PLAIN }, { "tty", PROGRESS_TTY },
	{ "quiet", PROGRESS_QUIET }, { "none", PROGRESS_QUIET },  { NULL, 0 },
};

void
progress_init(struct progress *progress, enum progress_mode mode, int fd)
{
	*progress = (struct progress){ .mode = mode, .fd = fd };
	if (mode == PROGRESS_AUTO)
		progress->mode = isatty(fd) ? PROGRESS_TTY : PROGRESS_PLAIN;
}

void
progress_done(struct progress *progress)
{
	buffer_done(&progress->line);
	buffer_done(&progress->output);
}

/* Nobody may be listening any more, which is no reason to stop. */
static void
write_out(const struct progress *progress, const struct buffer *text)
{
	struct error unused;

	if (progress->mode != PROGRESS_QUIET && text->length > 0)
		(void) file_write(progress->fd, "progress", text->bytes, text->length, &unused);
}

static double
seconds_since(struct timespec began)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now); /* the clock is always there */
	return (double) (now.tv_sec - began.tv_sec) + (double) (now.tv_nsec - began.tv_nsec) / 1e9;
}

static void
add_harmless(struct buffer *out, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char) bytes[i];
		if ((c < 0x20 && c != '\t' && c != 0x1b) || c == 0x7f)
			continue;
		buffer_add_char(out, bytes[i]);
	}
}

/* ---- a terminal ------------------------------------------------------------------------------ */

static void
take_back(struct progress *progress, struct buffer *out)
{
	if (progress->shown > 0)
		buffer_add_format(out, "\x1b[%zuA\x1b[J", progress->shown);
	progress->shown = 0;
}

/* The last lines of the output, dim. */
static void
show_tail(struct progress *progress)
{
	scoped_buffer out = { 0 };
	const char *all = buffer_text(&progress->output), *at = all + progress->output.length;
	size_t lines = 0;

	while (at > all && lines <= TAIL_LINES)
		if (*--at == '\n' && ++lines > TAIL_LINES)
			at++;
	take_back(progress, &out);
	while (*at != '\0') {
		size_t n = strcspn(at, "\n");

		buffer_add_text(&out, "\x1b[2m   ");
		for (size_t i = 0; i < n && i < TAIL_COLUMNS; i++)
			if ((unsigned char) at[i] >= ' ')
				buffer_add_char(&out, at[i]);
		buffer_add_text(&out, "\x1b[0m\n");
		progress->shown++;
		at += n + (at[n] == '\n');
	}
	write_out(progress, &out);
}

/* ---- steps ----------------------------------------------------------------------------------- */

void
progress_begin(struct progress *progress, const char *title)
{
	scoped_buffer out = { 0 };

	progress->number++;
	(void) clock_gettime(CLOCK_MONOTONIC, &progress->began);
	buffer_clear(&progress->line);
	buffer_clear(&progress->output);
	if (progress->mode == PROGRESS_PLAIN)
		buffer_add_format(&out, "#%zu ", progress->number);
	add_harmless(&out, title, strlen(title));
	buffer_add_char(&out, '\n');
	write_out(progress, &out);
}

void
progress_say(struct progress *progress, const char *text)
{
	scoped_buffer out = { 0 };

	if (progress->mode == PROGRESS_PLAIN)
		buffer_add_format(&out, "#%zu %s\n", progress->number, text);
	write_out(progress, &out);
}

static void
put_line(struct progress *progress, struct buffer *out)
{
	buffer_add_format(out, "#%zu %.3f ", progress->number, seconds_since(progress->began));
	add_harmless(out, progress->line.bytes, progress->line.length);
	buffer_add_char(out, '\n');
	buffer_clear(&progress->line);
}

void
progress_output(struct progress *progress, const char *bytes, size_t n)
{
	scoped_buffer out = { 0 };

	if (progress->mode == PROGRESS_TTY || progress->mode == PROGRESS_QUIET) {
		if (progress->output.length < OUTPUT_LIMIT)
			buffer_add(&progress->output, bytes, n);
		if (progress->mode == PROGRESS_TTY)
			show_tail(progress);
		return;
	}
	while (n > 0) {
		const char *end = memchr(bytes, '\n', n);
		size_t part = end == NULL ? n : (size_t) (end - bytes);

		buffer_add(&progress->line, bytes, part);
		if (end != NULL)
			put_line(progress, &out);
		bytes += part + (end != NULL);
		n -= part + (end != NULL);
	}
	write_out(progress, &out);
}

static void
finish(struct progress *progress, const char *format)
{
	scoped_buffer out = { 0 };

	if (progress->line.length > 0)
		put_line(progress, &out);
	if (progress->mode == PROGRESS_PLAIN)
		buffer_add_format(&out, "#%zu ", progress->number);
	else
		take_back(progress, &out);
	buffer_add_format(&out, "%s %.1fs\n", format, seconds_since(progress->began));
	if (progress->mode == PROGRESS_PLAIN)
		buffer_add_char(&out, '\n');
	write_out(progress, &out);
}

void
progress_cached(struct progress *progress)
{
	scoped_buffer out = { 0 };

	if (progress->mode == PROGRESS_PLAIN)
		buffer_add_format(&out, "#%zu CACHED\n\n", progress->number);
	else
		buffer_add_text(&out, "   CACHED\n");
	write_out(progress, &out);
}

void
progress_end(struct progress *progress)
{
	finish(progress, progress->mode == PROGRESS_PLAIN ? "DONE" : "   done");
}

/* What the step printed is needed now, whatever was asked for. */
void
progress_fail(struct progress *progress)
{
	enum progress_mode mode = progress->mode;
	struct error unused;

	finish(progress, mode == PROGRESS_PLAIN ? "ERROR" : "   failed");
	if (progress->output.length > 0)
		(void) file_write(progress->fd, "progress", progress->output.bytes,
				  progress->output.length, &unused);
}
