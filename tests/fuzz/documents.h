/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise that every document must keep, whatever it holds: what can be read can be written, what
 * was written can be read, and written again it is the same.
 */
#ifndef COOPERAGE_DOCUMENTS_H
#define COOPERAGE_DOCUMENTS_H

#include <stdlib.h>
#include <string.h>

#include "libcommon/schema.h"

static inline void
documents_keep(const struct schema *schema, const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	scoped_buffer once = { 0 }, twice = { 0 };
	struct error err = { 0 };
	void *document = arena_alloc(&arena, schema->size);

	if (schema_read(schema, document, "document", (const char *) bytes, n, &arena, &err) < 0) {
		if (err.text[0] == '\0')
			abort(); /* refused without a word */
		return;
	}
	schema_write(schema, document, SCHEMA_PRETTY, &once);
	if (schema_read(schema, document, "document", once.bytes, once.length, &arena, &err) < 0)
		abort();
	schema_write(schema, document, SCHEMA_PRETTY, &twice);
	if (once.length != twice.length || memcmp(once.bytes, twice.bytes, once.length) != 0)
		abort();
}

#endif
