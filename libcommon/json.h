/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON as a row of events, and JSON text as output: what stands between yajl and the schema.
 *
 * Stricter than most: UTF-8 must be valid, escaped surrogates must come in pairs, there is one
 * value and nothing behind it. What a document means, and whether a member was given twice, is for
 * whoever takes the events. Owns nothing once it has returned.
 */
#ifndef COOPERAGE_JSON_H
#define COOPERAGE_JSON_H

#include "libcommon/buffer.h"
#include "libcommon/error.h"

enum json_kind {
	JSON_NULL,
	JSON_BOOL,
	JSON_NUMBER,
	JSON_STRING,
	JSON_OPEN_LIST,
	JSON_OPEN_OBJECT,
	JSON_KEY,
	JSON_CLOSE_LIST,
	JSON_CLOSE_OBJECT,
};

struct json_event {
	enum json_kind kind;
	bool truth; /* of a bool */
	const char *
		text; /* of a number as written, of a string or key unescaped; not NUL-terminated */
	size_t length; /* inside the document if it needed no unescaping, else gone after the event */
	size_t at;     /* the byte just behind it in the document */
};

/* Takes one event. 0 goes on; < 0 stops, err is the taker's own business. */
typedef int (*json_take_fn)(void *context, const struct json_event *event);

/* Returns 1 if the taker stopped. An error begins with "LINE:COLUMN: ". */
int json_parse(const char *json, size_t n, json_take_fn take, void *context, struct error *err);

/* Counted from 1, as editors do. */
size_t json_line(const char *json, size_t at);
size_t json_column(const char *json, size_t at); /* in characters */

/* "an integer", "a list", …: what was found, in words. */
const char *json_kind_text(enum json_kind kind);

/* Adds the text in double quotes. What is not UTF-8 becomes U+FFFD, so that the output always is. */
void json_add_string(struct buffer *out, const char *text);

#endif
