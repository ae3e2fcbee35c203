/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The promise that every document must keep, whatever it holds: what can be read can be written, what
 * was written can be read, and written again it is the same.
 */
#ifndef COOPERAGE_DOCUMENTS_H
#define COOPERAGE_DOCUMENTS_H

#include "libcommon/schema.h"
#include "tests/fuzz/fuzz.h"

static inline void
documents_keep(const struct schema *schema, const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	scoped_buffer once = { 0 }, twice = { 0 };
	struct error err = { 0 };
	void *document = arena_alloc(&arena, schema->size);

	if (schema_read(schema, document, "document", (const char *) bytes, n, &arena, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return;
	}
	schema_write(schema, document, SCHEMA_PRETTY, &once);
	DEMAND(schema_read(schema, document, "document", once.bytes, once.length, &arena, &err) == 0);
	schema_write(schema, document, SCHEMA_PRETTY, &twice);
	DEMAND(once.length == twice.length && memcmp(once.bytes, twice.bytes, once.length) == 0);
}

#endif
