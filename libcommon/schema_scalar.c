/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/schema_scalar.h"

#include <inttypes.h>
#include <string.h>

#include "libcommon/text.h"

#define WORDS_LISTED 12 /* more are not listed when one of them is near */

const char *
schema_scalar_text(enum kind kind)
{
	static const char *const texts[] = {
		[KIND_BOOL] = "true or false", [KIND_INT] = "an integer",
		[KIND_UINT] = "an integer",    [KIND_TEXT] = "a string",
		[KIND_WORD] = "a string",      [KIND_OBJECT] = "an object",
		[KIND_PAIR] = "a string",
	};

	return texts[kind];
}

/* ---- numbers --------------------------------------------------------------------------------- */

void
schema_scalar_limits(const struct field *field, int64_t *min, uint64_t *max)
{
	unsigned bits = (unsigned) field->size * 8;
	bool is_signed = field->kind == KIND_INT;

	*max = UINT64_MAX >> (64 - bits + is_signed);
	*min = is_signed ? -(int64_t) *max - 1 : 0;
	if (field->min == 0 && field->max == 0)
		return;
	*min = field->min;
	if (field->max != 0)
		*max = (uint64_t) field->max;
}

struct integer {
	uint64_t magnitude;
	bool negative, too_long;
};

/* False if it is no integer as Go has it: digits, and perhaps a "-". */
static bool
read_digits(struct integer *out, const char *text, size_t n)
{
	*out = (struct integer){ .negative = text[0] == '-' };
	for (size_t i = out->negative; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		if (__builtin_mul_overflow(out->magnitude, 10, &out->magnitude) ||
		    __builtin_add_overflow(out->magnitude, (uint64_t) (text[i] - '0'),
					   &out->magnitude))
			out->too_long = true;
	}
	return true;
}

static bool
is_within(const struct integer *number, int64_t min, uint64_t max)
{
	if (number->too_long)
		return false;
	if (number->negative) /* - (min + 1) does not overflow, as -min may */
		return min < 0 && number->magnitude <= (uint64_t) - (min + 1) + 1;
	return number->magnitude <= max && (min <= 0 || number->magnitude >= (uint64_t) min);
}

static int
fail_limits(const struct field *field, const struct json_event *event, struct error *why)
{
	scoped_buffer shown = { 0 };
	int64_t min;
	uint64_t max;

	buffer_add_shown(&shown, event->text, event->length, 40);
	schema_scalar_limits(field, &min, &max);
	if (field->max == 0 && field->min != 0)
		return fail(why, "must be at least %" PRId64 ", not %s", min, buffer_text(&shown));
	if (min >= 0 && (uint64_t) min == max)
		return fail(why, "must be %" PRIu64 ", not %s", max, buffer_text(&shown));
	return fail(why, "must be between %" PRId64 " and %" PRIu64 ", not %s", min, max,
		    buffer_text(&shown));
}

static void
store(union schema_scalar *out, const struct field *field, const struct integer *number)
{
	uint64_t value = number->negative ? -number->magnitude : number->magnitude;

	switch (field->size) {
	case sizeof(uint8_t): out->u8 = (uint8_t) value; break;
	case sizeof(uint16_t): out->u16 = (uint16_t) value; break;
	case sizeof(uint32_t): out->u32 = (uint32_t) value; break;
	default: out->u64 = value;
	}
}

static int
read_number(union schema_scalar *out, const struct field *field, const struct json_event *event,
	    struct error *why)
{
	struct integer number;
	int64_t min;
	uint64_t max;

	if (!read_digits(&number, event->text, event->length)) {
		scoped_buffer shown = { 0 };
		buffer_add_shown(&shown, event->text, event->length, 40);
		return fail(why, "expected an integer, found %s", buffer_text(&shown));
	}
	if (field->kind == KIND_INT && number.magnitude == 0)
		number.negative = false;
	schema_scalar_limits(field, &min, &max);
	if (!is_within(&number, min, max))
		return fail_limits(field, event, why);
	store(out, field, &number);
	return 0;
}

/* ---- text and words -------------------------------------------------------------------------- */

static int
fail_word(const struct field *field, const char *text, struct error *why)
{
	scoped_arena arena = { 0 };
	scoped_buffer said = { 0 };
	struct text_list known = { 0 };

	for (const struct word *w = field->words; w->text != NULL; w++)
		list_add(&known, &arena, w->text);
	const char *near = strlen(text) <= 64 ? text_nearest(text, &known) : NULL;
	buffer_add_text(&said, "unknown word \"");
	buffer_add_shown(&said, text, strlen(text), 64);
	buffer_add_text(&said, "\"");
	if (near == NULL || known.count <= WORDS_LISTED)
		buffer_add_format(&said, ", expected one of: %s", text_join(&arena, &known, " "));
	if (near != NULL)
		buffer_add_format(&said, "; did you mean \"%s\"?", near);
	return fail(why, "%s", buffer_text(&said));
}

static int
read_text(union schema_scalar *out, const struct field *field, const struct json_event *event,
	  struct arena *arena, struct error *why)
{
	bool member = field->shape == SHAPE_VALUE;

	if (event->length == 0 && member && !field->required)
		return 1;
	if (memchr(event->text, '\0', event->length) != NULL)
		return fail(why, "has a NUL character in it");

	const char *text = arena_copy(arena, event->text, event->length);
	if (field->kind != KIND_WORD) {
		out->text = text;
		return 0;
	}
	out->word = word_value(field->words, text);
	return out->word > 0 ? 0 : fail_word(field, text, why);
}

int
schema_scalar_read(union schema_scalar *out, const struct field *field,
		   const struct json_event *event, struct arena *arena, struct error *why)
{
	switch (event->kind) {
	case JSON_BOOL: out->truth = event->truth; return 0;
	case JSON_NUMBER: return read_number(out, field, event, why);
	default:
		assert(event->kind == JSON_STRING);
		return read_text(out, field, event, arena, why);
	}
}
