/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_chunk {
	struct arena_chunk *next;
	size_t used, size; /* of bytes[] */
	_Alignas(max_align_t) char bytes[];
};

#define CHUNK_BYTES (16 * 1024 - sizeof(struct arena_chunk))
#define ALIGNMENT   _Alignof(max_align_t)

void
arena_done(struct arena *arena)
{
	for (struct arena_chunk *next, *chunk = arena->chunks; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena->chunks = NULL;
}

static struct arena_chunk *
add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = calloc(1, sizeof(*chunk) + size);

	if (chunk == NULL)
		abort();
	chunk->size = size;

	/* A big one-off goes behind the current chunk, whose free end stays in use. */
	if (arena->chunks != NULL && size > CHUNK_BYTES) {
		chunk->next = arena->chunks->next;
		arena->chunks->next = chunk;
	} else {
		chunk->next = arena->chunks;
		arena->chunks = chunk;
	}
	return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;

	if (size > SIZE_MAX / 2)
		abort();
	size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
	if (chunk == NULL || chunk->size - chunk->used < size)
		chunk = add_chunk(arena, size > CHUNK_BYTES ? size : CHUNK_BYTES);

	void *place = chunk->bytes + chunk->used;
	chunk->used += size;
	return place;
}

char *
arena_copy(struct arena *arena, const void *bytes, size_t n)
{
	char *copy = arena_alloc(arena, n + 1);

	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

char *
arena_text(struct arena *arena, const char *text)
{
	return arena_copy(arena, text, strlen(text));
}

char *
arena_format(struct arena *arena, const char *format, ...)
{
	va_list args, again;

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		abort();

	char *text = arena_alloc(arena, (size_t) n + 1);
	(void) vsnprintf(text, (size_t) n + 1, format, again);
	va_end(again);
	return text;
}
