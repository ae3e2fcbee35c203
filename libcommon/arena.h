/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that dies together: documents, plans, parsed arguments.
 *
 * Everything returned here lives until arena_done, is zeroed, and is aligned for any type.
 * Running out of memory aborts: the programs are short-lived and could do nothing better.
 */
#ifndef COOPERAGE_ARENA_H
#define COOPERAGE_ARENA_H

#include "libcommon/base.h"

struct arena_chunk;

struct arena {
	struct arena_chunk *chunks; /* newest first */
};

void arena_done(struct arena *arena);
#define scoped_arena scoped(arena_done) struct arena

void *arena_alloc(struct arena *arena, size_t size);
char *arena_text(struct arena *arena, const char *text);
char *arena_copy(struct arena *arena, const void *bytes, size_t n); /* NUL-terminated */
char *arena_format(struct arena *arena, const char *format, ...) printf_like(2, 3);

#define arena_new(arena, type) ((type *) arena_alloc((arena), sizeof(type)))

#endif
