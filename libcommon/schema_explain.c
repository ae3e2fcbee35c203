/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/schema.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/schema_scalar.h"
#include "libcommon/text.h"

/* ---- what one row takes ---------------------------------------------------------------------- */

static const char *
plural(enum kind kind)
{
	static const char *const texts[] = {
		[KIND_BOOL] = "booleans", [KIND_INT] = "integers", [KIND_UINT] = "integers",
		[KIND_TEXT] = "strings",  [KIND_WORD] = "words",   [KIND_OBJECT] = "objects",
		[KIND_PAIR] = "strings",
	};

	return texts[kind];
}

static void
add_type(struct buffer *out, const struct field *field)
{
	static const char *const texts[] = {
		[KIND_BOOL] = "boolean", [KIND_INT] = "integer", [KIND_UINT] = "integer",
		[KIND_TEXT] = "string",  [KIND_WORD] = "word",   [KIND_OBJECT] = "object",
		[KIND_PAIR] = "string",
	};

	if (field->shape == SHAPE_LIST)
		buffer_add_format(out, "list of %s", plural(field->kind));
	else if (field->shape == SHAPE_MAP && field->kind == KIND_TEXT)
		buffer_add_text(out, "map of empty objects");
	else if (field->shape == SHAPE_MAP)
		buffer_add_format(out, "map of %s", plural(field->kind));
	else
		buffer_add_text(out, texts[field->kind]);
}

static void
add_range(struct buffer *out, const struct field *field)
{
	int64_t min;
	uint64_t max;

	schema_scalar_limits(field, &min, &max);
	if (field->min == 0 && field->max == 0 && field->size == sizeof(uint64_t))
		return;
	if (field->max == 0 && field->min != 0)
		buffer_add_format(out, "; at least %" PRId64, min);
	else
		buffer_add_format(out, "; %" PRId64 " to %" PRIu64, min, max);
}

/* The help, and what the row's other columns say. */
static void
add_meaning(struct buffer *out, const struct field *field)
{
	buffer_add_text(out, field->help != NULL ? field->help : "");
	if (field->kind == KIND_INT || field->kind == KIND_UINT)
		add_range(out, field);
	if (field->kind == KIND_WORD) {
		buffer_add_text(out, "; one of:");
		for (const struct word *w = field->words; w->text != NULL; w++)
			buffer_add_format(out, " %s", w->text);
	}
	if (field->required)
		buffer_add_text(out, " (required)");
	if (field->deprecated != NULL)
		buffer_add_format(out, " (deprecated: %s)", field->deprecated);
}

static void
add_members(struct buffer *out, const struct schema *schema)
{
	size_t widest = 0;

	for (size_t i = 0; i < schema->count; i++)
		if (schema->fields[i].key_length > widest)
			widest = schema->fields[i].key_length;
	for (size_t i = 0; i < schema->count; i++) {
		scoped_buffer type = { 0 };
		add_type(&type, &schema->fields[i]);
		buffer_add_format(out, "  %-*s  %-16s  ", (int) widest, schema->fields[i].key,
				  buffer_text(&type));
		add_meaning(out, &schema->fields[i]);
		buffer_add_char(out, '\n');
	}
}

/* ---- finding the row ------------------------------------------------------------------------- */

/* The part of a path up to a "." or "[", and where the next one begins: what is in brackets says nothing. */
static size_t
part_length(const char *path, const char **next)
{
	size_t n = strcspn(path, ".[");
	const char *rest = path + n;

	if (*rest == '[') {
		rest = strchrnul(rest, ']');
		rest += *rest == ']';
	}
	*next = *rest == '.' ? rest + 1 : rest;
	return n;
}

static int
fail_unknown(const struct schema *schema, const char *path, const char *part, size_t n,
	     struct error *err)
{
	scoped_arena arena = { 0 };
	const char *name = arena_copy(&arena, part, n);
	struct text_list known = { 0 };

	for (size_t i = 0; schema != NULL && i < schema->count; i++)
		list_add(&known, &arena, schema->fields[i].key);
	const char *near = text_nearest(name, &known);
	if (near != NULL)
		return fail(err, "\"%s\": there is no \"%s\"; did you mean \"%s\"?", path, name,
			    near);
	return fail(err, "\"%s\": there is no \"%s\"", path, name);
}

static const struct field *
find_row(const struct schema *schema, const char *part, size_t n)
{
	for (size_t i = 0; schema != NULL && i < schema->count; i++)
		if (schema->fields[i].key_length == n &&
		    memcmp(schema->fields[i].key, part, n) == 0)
			return &schema->fields[i];
	return NULL;
}

int
schema_explain(const struct schema *schema, const char *path, struct buffer *out, struct error *err)
{
	const struct field *field = NULL;

	for (const char *part = path, *next; *part != '\0'; part = next) {
		size_t n = part_length(part, &next);
		field = find_row(schema, part, n);
		if (field == NULL)
			return fail_unknown(schema, path, part, n, err);
		schema = field->of;
	}
	if (field != NULL) {
		buffer_add_format(out, "%s: ", path);
		add_type(out, field);
		buffer_add_text(out, "\n  ");
		add_meaning(out, field);
		buffer_add_char(out, '\n');
	}
	if (schema != NULL && field != NULL)
		buffer_add_char(out, '\n');
	if (schema != NULL)
		add_members(out, schema);
	return 0;
}
