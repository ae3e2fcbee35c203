/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON documents ↔ C structs: the struct states the types, a table of rows adds what C cannot say,
 * and one engine walks the rows to read, write, check and explain.
 *
 *	struct oci_memory { const int64_t *limit; const uint64_t *swappiness; };
 *
 *	#define SELF struct oci_memory
 *	static const struct field memory_rows[] = {
 *		VALUE(limit,      "limit",      .min = -1, .help = "bytes; -1 is unlimited"),
 *		VALUE(swappiness, "swappiness", .max = 100),
 *	};
 *	SCHEMA(oci_memory, memory_rows);
 *	#undef SELF
 *
 * How a member reads:
 *	const char *, and numbers and bools by pointer    NULL is absent
 *	numbers, bools and enums by value                 0 is absent
 *	lists and maps                                    no items is absent; [] and {} have items
 *	                                                  that are not NULL, and a count of 0
 * `null` is absent, and so is "" for a text or word that is not required: both are what Go's
 * encoding/json makes of a member that was not set. Members that no row names are ignored.
 *
 * All that is read lives in the arena. Tables are `static const` data, rooms' own; at most 64 rows.
 */
#ifndef COOPERAGE_SCHEMA_H
#define COOPERAGE_SCHEMA_H

#include "libcommon/arena.h"
#include "libcommon/binding.h"
#include "libcommon/buffer.h"
#include "libcommon/error.h"

struct schema;

struct field {
	const char *key; /* as JSON spells it */
	size_t key_length;
	size_t offset; /* where it lives in the struct */
	size_t size;   /* of one value: what a pointer points to, what a list holds */
	enum kind kind;
	enum shape shape;
	bool required;
	bool always;      /* written even when 0, false or without items */
	int64_t min, max; /* both 0: what the type holds; max alone 0: no upper limit */
	const struct word *words;
	const struct schema *of;
	/* Judges one value (of a list or map: each) once it stands; says what it must be. */
	int (*check)(const void *value, struct error *err);
	const char *help;
	const char *deprecated; /* what to use instead */
};

struct schema {
	const char *name; /* of the struct */
	size_t size;
	const struct field *fields;
	size_t count;
	bool keyed; /* its first member, `const char *key`, is its name in a map */
};

/* ---- rows ------------------------------------------------------------------------------------ */

#define FIELD(m, json, of_kind, of_shape, of_size)                                                 \
	.key = json, .key_length = sizeof(json) - 1, .offset = offsetof(SELF, m), .kind = of_kind, \
	.shape = of_shape, .size = of_size

/* The row's offset, unless the member is not what the row takes it for. */
#define MEMBER_GUARD(m, condition, must) .offset = offsetof(SELF, m) + GUARD(condition, #m must)

#define FIELD_OF(m, json, of_kind, of_shape, of_size, condition, must)                             \
	.key = json, .key_length = sizeof(json) - 1, MEMBER_GUARD(m, condition, must),             \
	.kind = of_kind, .shape = of_shape, .size = of_size

/* A bool, number or text, or a pointer to a bool or number. */
#define VALUE(m, json, ...)                                                                        \
	{ FIELD(m, json, KIND_OF(MEMBER(m)), SHAPE_OF(MEMBER(m)), SIZE_OF(MEMBER(m))), __VA_ARGS__ }

/* A list_of numbers or texts. */
#define VALUES(m, json, ...)                                                                       \
	{ FIELD(m, json, KIND_OF(*MEMBER(m).items), SHAPE_LIST, sizeof(*MEMBER(m).items)),         \
	  __VA_ARGS__ }

/* An enum whose values are > 0, spelled as in a table of words. */
#define WORD(m, json, table, ...)                                                                  \
	{ FIELD_OF(m, json, KIND_WORD, SHAPE_VALUE, sizeof(MEMBER(m)),                             \
		   sizeof(MEMBER(m)) == sizeof(int), " must be an enum"),                          \
	  .words = table, __VA_ARGS__ }

/* A list_of such enums. */
#define WORDS(m, json, table, ...)                                                                 \
	{ FIELD_OF(m, json, KIND_WORD, SHAPE_LIST, sizeof(*MEMBER(m).items),                       \
		   sizeof(*MEMBER(m).items) == sizeof(int), " must be a list of an enum"),         \
	  .words = table, __VA_ARGS__ }

/* A const struct tag *. */
#define OBJECT(m, json, tag, ...)                                                                  \
	{ FIELD_OF(m, json, KIND_OBJECT, SHAPE_POINTER, sizeof(struct tag),                        \
		   SAME_TYPE(MEMBER(m), const struct tag *), " must be a const struct " #tag " *"), \
	  .of = &tag##_schema, __VA_ARGS__ }

/* A list_of(struct tag). */
#define OBJECTS(m, json, tag, ...)                                                                 \
	{ FIELD_OF(m, json, KIND_OBJECT, SHAPE_LIST, sizeof(struct tag),                           \
		   SAME_TYPE(*MEMBER(m).items, struct tag), " must be a list of struct " #tag),    \
	  .of = &tag##_schema, __VA_ARGS__ }

/* A list_of(struct tag) that JSON has as an object; tag##_schema is a SCHEMA_KEYED. */
#define OBJECT_MAP(m, json, tag, ...)                                                              \
	{ FIELD_OF(m, json, KIND_OBJECT, SHAPE_MAP, sizeof(struct tag),                            \
		   SAME_TYPE(*MEMBER(m).items, struct tag), " must be a list of struct " #tag),    \
	  .of = &tag##_schema, __VA_ARGS__ }

/* A struct pair_list: names and texts. */
#define MAP(m, json, ...)                                                                          \
	{ FIELD_OF(m, json, KIND_PAIR, SHAPE_MAP, sizeof(struct pair),                             \
		   SAME_TYPE(MEMBER(m), struct pair_list), " must be a struct pair_list"),         \
	  __VA_ARGS__ }

/* A struct text_list: the names in an object whose values are empty objects. */
#define KEYS(m, json, ...)                                                                         \
	{ FIELD_OF(m, json, KIND_TEXT, SHAPE_MAP, sizeof(const char *),                            \
		   SAME_TYPE(MEMBER(m), struct text_list), " must be a struct text_list"),         \
	  __VA_ARGS__ }

#define SCHEMA(tag, rows)                                                                          \
	const struct schema tag##_schema = { #tag, sizeof(struct tag), rows, COUNT(rows), false }

#define SCHEMA_KEYED(tag, rows)                                                                    \
	const struct schema tag##_schema = { #tag, sizeof(struct tag) +                            \
		GUARD(offsetof(struct tag, key) == 0, "key must come first"), rows, COUNT(rows), true }

/* ---- the engine ------------------------------------------------------------------------------ */

/*
 * Fills `into`, whatever was there. A wrong document is complained of as a whole, one line for each
 * complaint: "config.json:41: linux.resources.memory.limit: expected a number, found a string".
 * What `into` holds then is of no use.
 *
 * An integer is a row of digits, perhaps after a "-": like Go's decoder, 1.0 and 1e3 are refused.
 */
int schema_read(const struct schema *schema, void *into, const char *name, const char *json,
		size_t n, struct arena *arena, struct error *err);

enum schema_style {
	SCHEMA_COMPACT,
	SCHEMA_PRETTY, /* four blanks a level, as engines write config.json; a line end at the end */
};

/* Rows in their order, absent members left out. A required member that is not there is a bug. */
void schema_write(const struct schema *schema, const void *from, enum schema_style style,
		  struct buffer *out);

/*
 * Says in words what may stand at a path, "linux.resources.memory"; "" is the document. Lists
 * and maps may be written with "[…]" behind them. Fails when there is no such member.
 */
int schema_explain(const struct schema *schema, const char *path, struct buffer *out,
		   struct error *err);

/*
 * For tests: do the rows cover each byte of the struct, none twice, and make sense? `members` has a
 * byte that is not 0 for each byte of the struct that is no padding; NULL if that is not known.
 */
int schema_check(const struct schema *schema, const unsigned char *members, struct error *err);

#endif
