/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/csv.h"

#include "libcommon/buffer.h"
#include "libcommon/text.h"

/* A field in quotes, past the closing one. */
static int
read_quoted(struct buffer *field, const char **at, struct error *err)
{
	for (++*at; **at != '\0'; ++*at) {
		if (**at == '"' && (*at)[1] != '"') {
			++*at;
			return 0;
		}
		*at += **at == '"';
		buffer_add_char(field, **at);
	}
	return fail(err, "a quoted option does not end");
}

int
csv_split(struct text_list *out, const char *text, struct arena *arena, struct error *err)
{
	scoped_buffer field = { 0 };

	*out = (struct text_list){ 0 };
	for (const char *at = text;; at++) {
		buffer_clear(&field);
		if (*at == '"') {
			TRY(read_quoted(&field, &at, err));
		} else {
			size_t n = strcspn(at, ",\"");
			buffer_add(&field, at, n);
			at += n;
		}
		if (*at != ',' && *at != '\0')
			return fail(err, "a quote stands in the middle of an option");
		list_add(out, arena, arena_copy(arena, buffer_text(&field), field.length));
		if (*at == '\0')
			return 0;
	}
}

struct pair
csv_option(const char *field, struct arena *arena)
{
	const char *equals = strchrnul(field, '=');
	const char *key = text_lower(arena, arena_copy(arena, field, (size_t) (equals - field)));

	return (struct pair){ key, *equals == '=' ? equals + 1 : NULL };
}

int
csv_claim(bool *out, const char *value, struct error *err)
{
	static const char *const ways[] = { "1", "t", "T", "true",  "TRUE",  "True",
					    "0", "f", "F", "false", "FALSE", "False" };

	for (size_t i = 0; i < COUNT(ways); i++)
		if (strcmp(value, ways[i]) == 0) {
			*out = i < COUNT(ways) / 2;
			return 0;
		}
	return fail(err, "\"%s\" is neither true nor false", value);
}
