/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/utf8.h"

void
buffer_done(struct buffer *buffer)
{
	free(buffer->bytes);
	*buffer = (struct buffer){ 0 };
}

char *
buffer_room(struct buffer *buffer, size_t n)
{
	size_t needed;

	if (__builtin_add_overflow(buffer->length, n, &needed) || needed >= SIZE_MAX / 4)
		abort();
	if (needed + 1 > buffer->size) {
		size_t size = buffer->size * 2 > needed + 1 ? buffer->size * 2 : needed + 64;
		char *bytes = realloc(buffer->bytes, size);
		if (bytes == NULL)
			abort();
		buffer->bytes = bytes;
		buffer->size = size;
	}
	return buffer->bytes + buffer->length;
}

void
buffer_used(struct buffer *buffer, size_t n)
{
	assert(buffer->length + n < buffer->size);
	buffer->length += n;
	buffer->bytes[buffer->length] = '\0';
}

void
buffer_add(struct buffer *buffer, const void *bytes, size_t n)
{
	char *room = buffer_room(buffer, n);

	if (n > 0)
		memcpy(room, bytes, n);
	buffer_used(buffer, n);
}

void
buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, text, strlen(text));
}

void
buffer_add_char(struct buffer *buffer, char c)
{
	buffer_add(buffer, &c, 1);
}

void
buffer_add_format(struct buffer *buffer, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		abort();
	(void) vsnprintf(buffer_room(buffer, (size_t) n), (size_t) n + 1, format, again);
	va_end(again);
	buffer_used(buffer, (size_t) n);
}

void
buffer_add_shown(struct buffer *buffer, const char *text, size_t n, size_t most)
{
	size_t shown = 0;

	for (size_t length; shown < n && shown < most; shown += length) {
		unsigned char c = (unsigned char) text[shown];
		length = utf8_character(text + shown, n - shown);
		bool second = length == 2 && c == 0xc2 && (unsigned char) text[shown + 1] < 0xa0; /* U+0080 to U+009F */
		if (c < 0x20 || c == 0x7f || length == 0 || second) {
			buffer_add_format(buffer, "\\x%02x", c);
			length = 1;
		} else {
			buffer_add(buffer, text + shown, length);
		}
	}
	if (shown < n)
		buffer_add_text(buffer, "…");
}

void
buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	if (buffer->bytes != NULL)
		buffer->bytes[0] = '\0';
}

const char *
buffer_text(const struct buffer *buffer)
{
	return buffer->bytes != NULL ? buffer->bytes : "";
}
