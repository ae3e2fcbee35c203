/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Growable bytes, always NUL-terminated once something was added.
 *
 * The buffer owns its bytes until buffer_done; buffer_text is valid until the next change.
 * Running out of memory aborts.
 */
#ifndef COOPERAGE_BUFFER_H
#define COOPERAGE_BUFFER_H

#include "libcommon/base.h"

struct buffer {
	char *bytes;
	size_t length, size;
};

void buffer_done(struct buffer *buffer);
#define scoped_buffer scoped(buffer_done) struct buffer

void buffer_add(struct buffer *buffer, const void *bytes, size_t n);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_char(struct buffer *buffer, char c);
void buffer_add_format(struct buffer *buffer, const char *format, ...) printf_like(2, 3);

/* As it may be shown in a message: on one line, "\x1b" for what is no text, cut after `most` bytes. */
void buffer_add_shown(struct buffer *buffer, const char *text, size_t n, size_t most);

/* Room for n more bytes at the end; say how many were used with buffer_used. */
char *buffer_room(struct buffer *buffer, size_t n);
void buffer_used(struct buffer *buffer, size_t n);

void buffer_clear(struct buffer *buffer);            /* keeps the memory */
const char *buffer_text(const struct buffer *buffer); /* never NULL */

#endif
