/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One bool, number, text or word of a document: from JSON's idea of it to C's.
 *
 * Knows a row, but nothing of where in the document it stands. Text lives in the arena.
 */
#ifndef COOPERAGE_SCHEMA_SCALAR_H
#define COOPERAGE_SCHEMA_SCALAR_H

#include "libcommon/json.h"
#include "libcommon/schema.h"

/* Room for any of them. */
union schema_scalar {
	bool truth;
	int32_t i32;
	int64_t i64;
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;
	int word;
	const char *text;
	struct pair pair;
};

/*
 * The event is of the kind that the row wants. Returns 1 if the value says "absent" (""). The error
 * is what to put behind the value's path.
 */
int schema_scalar_read(union schema_scalar *out, const struct field *field,
		       const struct json_event *event, struct arena *arena, struct error *why);

/* "an integer", "a string", …; for a row of objects "an object". */
const char *schema_scalar_text(enum kind kind);

/* What a number may be: the row's limits within those of the type. */
void schema_scalar_limits(const struct field *field, int64_t *min, uint64_t *max);

#endif
