/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers for people: rows whose columns line up, sizes and ages in words.
 *
 * Texts live in the arena. Knows nothing about what is in the rows.
 */
#ifndef COOPERAGE_TABLE_H
#define COOPERAGE_TABLE_H

#include <time.h>

#include "libcommon/buffer.h"
#include "libcommon/list.h"

struct table_row {
	struct text_list cells;
};

struct table {
	struct arena *arena;
	struct table_row *items; /* the first is the head */
	size_t count;
};

/* A row of so many texts. */
void table_add(struct table *table, size_t count, ...);

void table_write(struct buffer *out, const struct table *table);

/* "12.3MB", as docker counts: by thousands. */
const char *table_size(uint64_t bytes, struct arena *arena);

/* "3 hours ago"; of a time that cannot be read, the text. */
const char *table_age(const char *time, struct timespec now, struct arena *arena);

#endif
