/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events in, structs out. A stack of frames says where in the document we are and which row the next
 * value belongs to; a value is judged before it takes its place.
 *
 * A complaint does not end the reading: what was wrong is skipped, and the next complaint is found.
 * Only text that is no JSON ends it. What no row names is skipped too, but not blindly: a name given
 * twice is refused there as well, or two programs could read two things in one document.
 */
#include "libcommon/schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/json.h"
#include "libcommon/keyset.h"
#include "libcommon/schema_scalar.h"

#define DEPTH_MAX 64       /* of what rows name */
#define SKIP_MAX 1000      /* of what they do not, below that */
#define COMPLAINTS_MAX 256 /* more than an error has room for */

struct frame {
	const struct schema *schema; /* of the object; NULL in a list or map */
	const struct field *row;     /* of the list or map; NULL in an object */
	const struct field *field;   /* whose value comes next; NULL: skip it */
	char *base;                  /* the struct, or the list, that is being filled */
	size_t index;                /* in a list: of the value that was begun last */
	const char *key;             /* in a map: likewise */
	uint64_t named, given; /* bits, one a row: its name came, and a value that is not null */
	size_t opened;         /* where in the document */
	unsigned complaints;   /* so many before it was opened */
	uint32_t object;       /* its number */
};

struct reader {
	struct arena *arena;
	struct error *err;
	const char *name, *json;
	size_t length;
	unsigned complaints;
	uint32_t objects; /* opened so far */
	struct keyset keys;
	size_t depth;
	struct frame frames[DEPTH_MAX];
	size_t skipping;            /* how many containers are open that nobody wants */
	uint32_t skipped[SKIP_MAX]; /* their numbers; 0 for lists */
	struct error why;           /* scratch */
};

/* ---- complaints ------------------------------------------------------------------------------ */

static bool
is_plain_name(const char *key)
{
	size_t n = strspn(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n > 0 && n <= 64 && key[n] == '\0';
}

/* One step of the path: .type, [1], ["org.example"] */
static void
add_place(struct buffer *path, const struct frame *f)
{
	const char *dot = path->length > 0 ? "." : "";

	if (f->row != NULL && f->row->shape == SHAPE_LIST) {
		buffer_add_format(path, "[%zu]", f->index);
	} else if (f->row == NULL && f->field != NULL) {
		buffer_add_format(path, "%s%s", dot, f->field->key);
	} else if (f->row != NULL && f->key != NULL && is_plain_name(f->key)) {
		buffer_add_format(path, "%s%s", dot, f->key);
	} else if (f->row != NULL && f->key != NULL) {
		buffer_add_text(path, "[\"");
		buffer_add_shown(path, f->key, strlen(f->key), 64);
		buffer_add_text(path, "\"]");
	}
}

/* One line about what ends at `at` in the document and stands at the reader's path. */
static void complain(struct reader *r, size_t at, const char *format, ...) printf_like(3, 4);

static void
complain(struct reader *r, size_t at, const char *format, ...)
{
	scoped_buffer line = { 0 };
	char why[768];
	va_list args;

	if (r->complaints++ == 0)
		*r->err = (struct error){ 0 };
	if (r->complaints > COMPLAINTS_MAX)
		return;
	va_start(args, format);
	(void) vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	for (size_t i = 1; i <= r->depth; i++)
		add_place(&line, &r->frames[i]);
	buffer_add_text(&line, line.length > 0 ? ": " : "");
	buffer_add_shown(&line, why, strlen(why), sizeof(why));
	(void) error_add(r->err, "%s:%zu: %s", r->name, json_line(r->json, at), buffer_text(&line));
}

/* ---- where values go ------------------------------------------------------------------------- */

static struct frame *
top(struct reader *r)
{
	return &r->frames[r->depth];
}

static uint64_t
bit_of(const struct frame *f)
{
	return UINT64_C(1) << (f->field - f->schema->fields);
}

/* A place for the value of the current row. */
static void *
take_slot(struct reader *r)
{
	struct frame *f = top(r);
	const struct field *field = f->field;

	if (f->row != NULL) {
		struct any_list list;
		memcpy(&list, f->base, sizeof(list));
		void *slot = list_grow(&list, field->size, r->arena);
		memcpy(f->base, &list, sizeof(list));
		if (field->shape == SHAPE_MAP)
			memcpy(slot, &f->key, sizeof(f->key)); /* every kind of map has it first */
		return slot;
	}
	if (field->shape != SHAPE_POINTER)
		return f->base + field->offset;
	void *target = arena_alloc(r->arena, field->size);
	memcpy(f->base + field->offset, &target, sizeof(target));
	return target;
}

/* What JSON must show next for the current row. */
static enum json_kind
expected(const struct frame *f)
{
	bool inside = f->row != NULL;

	if (!inside && f->field->shape == SHAPE_LIST)
		return JSON_OPEN_LIST;
	if (f->field->shape == SHAPE_MAP && (!inside || f->field->kind == KIND_TEXT))
		return JSON_OPEN_OBJECT;
	switch (f->field->kind) {
	case KIND_BOOL: return JSON_BOOL;
	case KIND_INT:
	case KIND_UINT: return JSON_NUMBER;
	case KIND_OBJECT: return JSON_OPEN_OBJECT;
	default: return JSON_STRING;
	}
}

static void
judge(struct reader *r, const struct field *field, const void *value, size_t at)
{
	if (field->check != NULL && field->check(value, &r->why) < 0)
		complain(r, at, "%s", r->why.text);
}

/* ---- scalars --------------------------------------------------------------------------------- */

static void
take_mismatch(struct reader *r, const struct json_event *event)
{
	enum json_kind wanted = expected(top(r));

	complain(r, event->at, "expected %s, found %s",
		 wanted == JSON_NUMBER ? "an integer" : json_kind_text(wanted),
		 json_kind_text(event->kind));
}

static void
take_scalar(struct reader *r, const struct json_event *event)
{
	struct frame *f = top(r);
	const struct field *field = f->field;
	union schema_scalar value = { .u64 = 0 };
	int got = schema_scalar_read(&value, field, event, r->arena, &r->why);

	if (got < 0)
		complain(r, event->at, "%s", r->why.text);
	if (got != 0)
		return;
	if (field->kind == KIND_PAIR)
		value.pair = (struct pair){ f->key, value.text };
	memcpy(take_slot(r), &value, field->size);
	judge(r, field, &value, event->at);
}

/*
 * Absent, as a member of an object or map. A map whose values say nothing or little counts the name
 * alone; a list has no place for what is absent.
 */
static void
take_null(struct reader *r, const struct json_event *event)
{
	struct frame *f = top(r);

	if (f->row == NULL && f->schema != NULL)
		return;
	if (f->row != NULL && f->row->shape == SHAPE_MAP) {
		if (f->row->kind != KIND_PAIR)
			(void) take_slot(r);
		return;
	}
	take_mismatch(r, event);
}

/* ---- containers ------------------------------------------------------------------------------ */

static int
push(struct reader *r, const struct json_event *event, struct frame frame)
{
	if (r->depth + 1 == DEPTH_MAX) {
		complain(r, event->at, "nested deeper than %d levels", DEPTH_MAX);
		return -1;
	}
	frame.opened = event->at;
	frame.complaints = r->complaints;
	frame.index = SIZE_MAX;
	r->frames[++r->depth] = frame;
	return 0;
}

static int
skip(struct reader *r, const struct json_event *event)
{
	if (r->skipping == SKIP_MAX) {
		complain(r, event->at, "nested deeper than %d levels", SKIP_MAX);
		return -1;
	}
	r->skipped[r->skipping++] = event->kind == JSON_OPEN_OBJECT ? ++r->objects : 0;
	return 0;
}

static int
open_container(struct reader *r, const struct json_event *event)
{
	struct frame *f = top(r);
	const struct field *field = f->field;
	bool inside = f->row != NULL;
	uint32_t object = event->kind == JSON_OPEN_OBJECT ? ++r->objects : 0;

	if (!inside && (field->shape == SHAPE_LIST || field->shape == SHAPE_MAP))
		return push(r, event,
			    (struct frame){ .row = field,
					    .field = field,
					    .object = object,
					    .base = take_slot(r) });
	if (field->kind != KIND_OBJECT) { /* the empty object behind a name */
		judge(r, field, take_slot(r), event->at);
		return skip(r, event);
	}
	return push(r, event,
		    (struct frame){ .schema = field->of, .object = object, .base = take_slot(r) });
}

static void
find_missing(struct reader *r)
{
	struct frame *f = top(r);

	for (size_t i = 0; i < f->schema->count; i++) {
		f->field = &f->schema->fields[i];
		if (f->field->required && (f->given & bit_of(f)) == 0)
			complain(r, f->opened, "missing");
	}
}

static void
close_container(struct reader *r, const struct json_event *event)
{
	struct frame closed = *top(r);

	if (closed.schema != NULL)
		find_missing(r);
	bool good = closed.complaints == r->complaints;
	r->depth--;
	if (closed.schema != NULL && good)
		judge(r, top(r)->field, closed.base, event->at);
	if (closed.row == NULL)
		return;

	struct any_list list; /* [] is not the same as nothing */
	memcpy(&list, closed.base, sizeof(list));
	if (list.items == NULL)
		list.items = arena_alloc(r->arena, 1);
	memcpy(closed.base, &list, sizeof(list));
}

/* ---- names ----------------------------------------------------------------------------------- */

/* The name as something that outlives the event. */
static const char *
keep_name(struct reader *r, const struct json_event *event)
{
	bool inside = event->text >= r->json && event->text < r->json + r->length;

	return inside ? event->text : arena_copy(r->arena, event->text, event->length);
}

static void
note_name(struct reader *r, const struct json_event *event, uint32_t object)
{
	scoped_buffer shown = { 0 };

	if (keyset_add(&r->keys, object, keep_name(r, event), event->length))
		return;
	buffer_add_shown(&shown, event->text, event->length, 64);
	complain(r, event->at, "\"%s\" is given twice", buffer_text(&shown));
}

static const struct field *
find_row(const struct schema *schema, const char *key, size_t n)
{
	for (size_t i = 0; i < schema->count; i++) {
		const struct field *field = &schema->fields[i];
		if (field->key_length == n && memcmp(field->key, key, n) == 0)
			return field;
	}
	return NULL;
}

static void
take_member_name(struct reader *r, struct frame *f, const struct json_event *event)
{
	f->field = find_row(f->schema, event->text, event->length);
	if (f->field == NULL) {
		note_name(r, event, f->object);
		return;
	}
	if ((f->named & bit_of(f)) != 0) {
		complain(r, event->at, "is given twice");
		f->field = NULL;
		return;
	}
	f->named |= bit_of(f);
}

static void
take_map_name(struct reader *r, struct frame *f, const struct json_event *event)
{
	f->field = NULL;
	f->key = NULL;
	if (memchr(event->text, '\0', event->length) != NULL) {
		complain(r, event->at, "has a NUL character in a name");
		return;
	}
	f->key = arena_copy(r->arena, event->text, event->length);
	if (keyset_add(&r->keys, f->object, f->key, event->length))
		f->field = f->row;
	else
		complain(r, event->at, "is given twice");
}

static void
take_name(struct reader *r, const struct json_event *event)
{
	struct frame *f = top(r);

	if (r->skipping > 0)
		note_name(r, event, r->skipped[r->skipping - 1]);
	else if (f->row != NULL)
		take_map_name(r, f, event);
	else
		take_member_name(r, f, event);
}

/* ---- events ---------------------------------------------------------------------------------- */

static int
take_value(struct reader *r, const struct json_event *event)
{
	bool opens = event->kind == JSON_OPEN_LIST || event->kind == JSON_OPEN_OBJECT;
	struct frame *f = top(r);

	if (r->skipping > 0)
		return opens ? skip(r, event) : 0;
	if (f->row != NULL && f->row->shape == SHAPE_LIST)
		f->index++; /* from SIZE_MAX to 0 for the first */
	if (f->field == NULL)
		return opens ? skip(r, event) : 0;
	if (event->kind == JSON_NULL) {
		take_null(r, event);
		return 0;
	}
	if (f->schema != NULL)
		f->given |= bit_of(f);
	if (event->kind != expected(f)) {
		take_mismatch(r, event);
		return opens ? skip(r, event) : 0;
	}
	if (opens)
		return open_container(r, event);
	take_scalar(r, event);
	return 0;
}

static int
take_event(void *context, const struct json_event *event)
{
	struct reader *r = context;

	switch (event->kind) {
	case JSON_KEY: take_name(r, event); return 0;
	case JSON_CLOSE_LIST:
	case JSON_CLOSE_OBJECT:
		if (r->skipping > 0)
			r->skipping--;
		else
			close_container(r, event);
		return 0;
	default: return take_value(r, event);
	}
}

int
schema_read(const struct schema *schema, void *into, const char *name, const char *json, size_t n,
	    struct arena *arena, struct error *err)
{
	/* The document is the value of a row of its own, in a frame that is no part of any path. */
	const struct field root = {
		.kind = KIND_OBJECT, .shape = SHAPE_VALUE, .of = schema, .size = schema->size
	};
	struct reader r = {
		.arena = arena,
		.err = err,
		.name = name,
		.json = json,
		.length = n,
		.keys = { .arena = arena },
		.frames = { { .field = &root, .base = into } },
	};

	memset(into, 0, schema->size);
	if (json_parse(json, n, take_event, &r, &r.why) < 0) {
		if (r.complaints++ == 0)
			*err = (struct error){ 0 };
		(void) error_add(err, "%s:%s", name, r.why.text);
	}
	return r.complaints == 0 ? 0 : -1;
}
