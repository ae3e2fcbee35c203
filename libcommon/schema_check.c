/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a compiler cannot see of a table: a member that no row names, a row that is there twice, a
 * range that is empty. Called by unit tests only.
 */
#include "libcommon/schema.h"

#include <string.h>

#define BYTES_MAX 1024
#define ROWS_MAX 64 /* the reader keeps a bit for each */

static size_t
width_of(const struct field *field)
{
	switch (field->shape) {
	case SHAPE_LIST:
	case SHAPE_MAP: return sizeof(struct any_list);
	case SHAPE_POINTER: return sizeof(void *);
	default: return field->size;
	}
}

static int
check_words(const struct field *field, struct error *err)
{
	if (field->words == NULL || field->words[0].text == NULL)
		return fail(err, "%s: has no words", field->key);
	for (const struct word *w = field->words; w->text != NULL; w++) {
		if (w->value <= 0)
			return fail(err, "%s: \"%s\" stands for nothing", field->key, w->text);
		for (const struct word *other = field->words; other < w; other++)
			if (strcmp(other->text, w->text) == 0 || other->value == w->value)
				return fail(err, "%s: \"%s\" is there twice", field->key, w->text);
	}
	return 0;
}

static int
check_row(const struct schema *schema, const struct field *field, struct error *err)
{
	bool is_number = field->kind == KIND_INT || field->kind == KIND_UINT;

	for (const struct field *other = schema->fields; other < field; other++)
		if (strcmp(other->key, field->key) == 0)
			return fail(err, "%s: has two rows", field->key);
	if (!is_number && (field->min != 0 || field->max != 0))
		return fail(err, "%s: has a range but is no number", field->key);
	if (field->max < 0 || (field->max != 0 && field->min > field->max))
		return fail(err, "%s: the range is empty", field->key);
	if (field->kind == KIND_UINT && field->min < 0)
		return fail(err, "%s: cannot be negative, but its range is", field->key);
	if (field->help == NULL)
		return fail(err, "%s: has no help", field->key);
	if (field->kind == KIND_WORD)
		TRY(check_words(field, err));
	if (field->kind == KIND_OBJECT && field->shape == SHAPE_MAP && !field->of->keyed)
		return fail(err, "%s: struct %s has no key", field->key, field->of->name);
	return 0;
}

static int
cover(unsigned char *covered, size_t from, size_t n, const char *by, struct error *err)
{
	for (size_t i = from; i < from + n; i++)
		if (covered[i]++ != 0)
			return fail(err, "%s: byte %zu has two rows", by, i);
	return 0;
}

/* Without knowing the padding: no gap may be so long that the next row's alignment asks for less. */
static bool
may_be_padding(const unsigned char *covered, size_t at, size_t size)
{
	size_t begin = at, end = at;

	while (begin > 0 && covered[begin - 1] == 0)
		begin--;
	while (end < size && covered[end] == 0)
		end++;
	return end - begin < sizeof(void *);
}

int
schema_check(const struct schema *schema, const unsigned char *members, struct error *err)
{
	unsigned char covered[BYTES_MAX] = { 0 };

	assert(schema->size <= sizeof(covered));
	if (schema->count > ROWS_MAX)
		return fail(err, "struct %s: more than %d rows", schema->name, ROWS_MAX);
	if (schema->keyed)
		TRY(cover(covered, 0, sizeof(const char *), "key", err));
	for (size_t i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];
		if (check_row(schema, field, err) < 0 ||
		    cover(covered, field->offset, width_of(field), field->key, err) < 0)
			return error_prefixf(err, "struct %s", schema->name);
	}
	for (size_t at = 0; at < schema->size; at++)
		if (covered[at] == 0 &&
		    (members != NULL ? members[at] != 0
				     : !may_be_padding(covered, at, schema->size)))
			return fail(err, "struct %s: no row covers byte %zu", schema->name, at);
	return 0;
}
