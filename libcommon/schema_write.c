/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/schema.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/json.h"

struct writer {
	struct buffer *out;
	bool pretty;
	unsigned depth;
};

static void write_object(struct writer *w, const struct schema *schema, const char *base);

static void
start_line(struct writer *w)
{
	if (w->pretty)
		buffer_add_format(w->out, "\n%*s", (int) (4 * w->depth), "");
}

static void
open_container(struct writer *w, char bracket)
{
	buffer_add_char(w->out, bracket);
	w->depth++;
}

static void
close_container(struct writer *w, char bracket, bool empty)
{
	w->depth--;
	if (!empty)
		start_line(w);
	buffer_add_char(w->out, bracket);
}

static void
start_item(struct writer *w, bool first)
{
	if (!first)
		buffer_add_char(w->out, ',');
	start_line(w);
}

static void
write_name(struct writer *w, const char *name)
{
	json_add_string(w->out, name);
	buffer_add_text(w->out, w->pretty ? ": " : ":");
}

/* ---- values ---------------------------------------------------------------------------------- */

static uint64_t
load_unsigned(const void *value, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case sizeof(u8): return memcpy(&u8, value, size), u8;
	case sizeof(u16): return memcpy(&u16, value, size), u16;
	case sizeof(u32): return memcpy(&u32, value, size), u32;
	default: return memcpy(&u64, value, sizeof(u64)), u64;
	}
}

static int64_t
load_signed(const void *value, size_t size)
{
	uint64_t raw = load_unsigned(value, size);

	return size == sizeof(int32_t) ? (int32_t) raw : (int64_t) raw;
}

static const char *
load_text(const void *value)
{
	const char *text;

	memcpy(&text, value, sizeof(text));
	return text;
}

static void
write_value(struct writer *w, const struct field *field, const char *value)
{
	switch (field->kind) {
	case KIND_BOOL: buffer_add_text(w->out, *(const bool *) value ? "true" : "false"); break;
	case KIND_INT:
		buffer_add_format(w->out, "%" PRId64, load_signed(value, field->size));
		break;
	case KIND_UINT:
		buffer_add_format(w->out, "%" PRIu64, load_unsigned(value, field->size));
		break;
	case KIND_WORD:
		json_add_string(w->out,
				word_text(field->words, (int) load_signed(value, field->size)));
		break;
	case KIND_TEXT: json_add_string(w->out, load_text(value)); break;
	case KIND_PAIR:
		json_add_string(w->out, load_text(value + offsetof(struct pair, value)));
		break;
	case KIND_OBJECT: write_object(w, field->of, value); break;
	}
}

/* ---- lists, maps, objects -------------------------------------------------------------------- */

static void
write_items(struct writer *w, const struct field *field, const struct any_list *list)
{
	bool is_map = field->shape == SHAPE_MAP;

	open_container(w, is_map ? '{' : '[');
	for (size_t i = 0; i < list->count; i++) {
		const char *item = (const char *) list->items + i * field->size;
		start_item(w, i == 0);
		if (is_map)
			write_name(w, load_text(item)); /* every kind of map has it first */
		if (is_map && field->kind == KIND_TEXT)
			buffer_add_text(w->out, "{}");
		else
			write_value(w, field, item);
	}
	close_container(w, is_map ? '}' : ']', list->count == 0);
}

static bool
is_absent(const struct field *field, const char *slot)
{
	struct any_list list;

	switch (field->shape) {
	case SHAPE_LIST:
	case SHAPE_MAP:
		memcpy(&list, slot, sizeof(list));
		return list.items == NULL && !field->required && !field->always;
	case SHAPE_POINTER: return load_text(slot) == NULL;
	default:
		if (field->kind == KIND_TEXT)
			return load_text(slot) == NULL;
		if (field->kind != KIND_WORD && (field->required || field->always))
			return false;
		return field->kind == KIND_BOOL ? !*(const bool *) slot
						: load_unsigned(slot, field->size) == 0;
	}
}

static void
write_member(struct writer *w, const struct field *field, const char *slot)
{
	struct any_list list;

	write_name(w, field->key);
	switch (field->shape) {
	case SHAPE_LIST:
	case SHAPE_MAP:
		memcpy(&list, slot, sizeof(list));
		write_items(w, field, &list);
		break;
	case SHAPE_POINTER: write_value(w, field, load_text(slot)); break;
	default: write_value(w, field, slot);
	}
}

static void
write_object(struct writer *w, const struct schema *schema, const char *base)
{
	bool empty = true;

	open_container(w, '{');
	for (const struct field *field = schema->fields; field < schema->fields + schema->count;
	     field++) {
		if (is_absent(field, base + field->offset)) {
			assert(!field->required);
			continue;
		}
		start_item(w, empty);
		write_member(w, field, base + field->offset);
		empty = false;
	}
	close_container(w, '}', empty);
}

void
schema_write(const struct schema *schema, const void *from, enum schema_style style,
	     struct buffer *out)
{
	struct writer w = { .out = out, .pretty = style == SCHEMA_PRETTY };

	write_object(&w, schema, from);
	if (w.pretty)
		buffer_add_char(out, '\n');
}
