/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The door to yajl. Two things are looked at before yajl sees the text, because it is lenient there:
 * UTF-8 (it takes overlong forms and surrogates) and halves of surrogate pairs (it writes "?", where
 * others write U+FFFD: two readers of one document must not see two values).
 *
 * When yajl refuses a text it draws a picture in several lines. Its sentences are few and fixed, so
 * they are translated by a table into one line that says where, what was wished, and what was found.
 */
#include "libcommon/json.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <yajl/yajl_parse.h>

#include "libcommon/utf8.h"

/* yajl counts some things in unsigned int; no document of ours comes near. */
#define DOCUMENT_MAX ((size_t) 1 << 30)

struct parse {
	yajl_handle yajl;
	const char *json;
	size_t length;
	bool finishing; /* yajl is fed a blank of its own to end a number: its count is of that */
	json_take_fn take;
	void *context;
};

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

size_t
json_line(const char *json, size_t at)
{
	size_t line = 1;

	for (const char *p = json; (p = memchr(p, '\n', at - (size_t) (p - json))) != NULL; p++)
		line++;
	return line;
}

size_t
json_column(const char *json, size_t at)
{
	size_t column = 1;

	while (at > 0 && json[at - 1] != '\n') {
		at--;
		column += ((unsigned char) json[at] & 0xc0) != 0x80;
	}
	return column;
}

const char *
json_kind_text(enum json_kind kind)
{
	static const char *const texts[] = {
		[JSON_NULL] = "null",
		[JSON_BOOL] = "true or false",
		[JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string",
		[JSON_OPEN_LIST] = "a list",
		[JSON_OPEN_OBJECT] = "an object",
		[JSON_KEY] = "a name",
		[JSON_CLOSE_LIST] = "the end of a list",
		[JSON_CLOSE_OBJECT] = "the end of an object",
	};

	return texts[kind];
}

/* ---- what yajl does not look at -------------------------------------------------------------- */

static int
fail_at(const char *json, size_t at, struct error *err, const char *why)
{
	return fail(err, "%zu:%zu: %s", json_line(json, at), json_column(json, at), why);
}

/* The number behind "\u", or -1. */
static long
code_unit(const char *digits, size_t n)
{
	long value = 0;

	if (n < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		if (!isxdigit((unsigned char) digits[i]))
			return -1;
		int digit = tolower((unsigned char) digits[i]);
		value = value * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
	}
	return value;
}

/* A backslash can only stand in a string, so strings need not be looked for. */
static int
check_surrogates(const char *json, size_t n, struct error *err)
{
	const char *end = json + n;

	for (const char *p = json; (p = memchr(p, '\\', (size_t) (end - p))) != NULL;) {
		if (end - p < 2 || p[1] != 'u') {
			p += end - p < 2 ? 1 : 2;
			continue;
		}
		long unit = code_unit(p + 2, (size_t) (end - p - 2));
		bool pair = unit >= 0xd800 && unit <= 0xdbff && end - p >= 12 && p[6] == '\\' &&
			    p[7] == 'u';
		long second = pair ? code_unit(p + 8, 4) : -1;
		if (unit >= 0xd800 && unit <= 0xdfff && !(second >= 0xdc00 && second <= 0xdfff))
			return fail_at(json, (size_t) (p - json), err,
				       "half of a surrogate pair in a string");
		p += pair ? 12 : 2;
	}
	return 0;
}

static int
check_bytes(const char *json, size_t n, struct error *err)
{
	size_t blank = n;

	while (blank > 0 && is_one_of(json[blank - 1], " \t\r\n"))
		blank--;
	if (blank == 0)
		return fail_at(json, 0, err, "the document is empty");
	if (n > DOCUMENT_MAX)
		return fail_at(json, 0, err, "the document is too long");
	if (n >= 3 && memcmp(json, "\xef\xbb\xbf", 3) == 0)
		return fail_at(json, 0, err, "a byte order mark is not allowed in JSON");

	size_t valid = utf8_valid(json, n);
	if (valid < n)
		return fail(err, "%zu:%zu: not UTF-8: byte 0x%02x", json_line(json, valid),
			    json_column(json, valid), (unsigned char) json[valid]);
	return check_surrogates(json, n, err);
}

/* ---- what yajl refuses, in words ------------------------------------------------------------- */

struct refusal {
	const char *yajl; /* part of its sentence */
	const char *wish; /* ours */
	enum {
		SHOW_TOKEN,  /* the token that ends where yajl stands: ", found …" */
		SHOW_BEFORE, /* the character before where yajl stands */
		SHOW_AFTER,  /* the character where yajl stands */
		SHOW_NOTHING,
	} show;
};

/* clang-format off */
static const struct refusal refusals[] = {
	{ "premature EOF",              "the document ends before it is complete",      SHOW_NOTHING },
	{ "unallowed token",            "expected a value",                             SHOW_TOKEN },
	{ "invalid object key",         "expected a name in double quotes",             SHOW_TOKEN },
	{ "separated by a colon",       "expected \":\" after a name",                  SHOW_TOKEN },
	{ "after key and value",        "expected \",\" or \"}\" after a value",        SHOW_TOKEN },
	{ "after array element",        "expected \",\" or \"]\" after a value",        SHOW_TOKEN },
	{ "trailing garbage",           "expected the end of the document",             SHOW_TOKEN },
	{ "invalid char in json text",  "expected JSON",                                SHOW_BEFORE },
	{ "invalid string in json",     "expected true, false or null",                 SHOW_AFTER },
	{ "character inside string",    "expected a string to end",                     SHOW_AFTER },
	{ "before a character which",   "nothing to escape in a string",                SHOW_AFTER },
	{ "(non-hex)",                  "expected four hexadecimal digits after \"\\u\"", SHOW_AFTER },
	{ "after the minus sign",       "expected a digit after \"-\"",                 SHOW_AFTER },
	{ "after the decimal point",    "expected a digit after \".\"",                 SHOW_AFTER },
	{ "after the exponent",         "expected a digit in the exponent",             SHOW_AFTER },
	{ "comment",                    "JSON has no comments",                         SHOW_NOTHING },
	{ "",                           "not JSON",                                     SHOW_NOTHING },
};
/* clang-format on */

/* Where the token begins that ends before `at`; see test_json.c for where yajl stands when. */
static size_t
token_start(const char *json, size_t at)
{
	size_t start = at > 0 ? at - 1 : 0;

	if (is_one_of(json[start], "{}[]:,"))
		return start;
	if (json[start] == '"') {
		const char *quote = memrchr(json, '"', start);
		return quote != NULL ? (size_t) (quote - json) : start;
	}
	while (start > 0 && !is_one_of(json[start - 1], " \t\r\n{}[]:,"))
		start--;
	return start;
}

static void
describe_found(char *out, size_t size, const char *json, size_t at, size_t n)
{
	unsigned char c = at < n ? (unsigned char) json[at] : 0;
	size_t length = at < n ? utf8_character(json + at, n - at) : 0;

	if (at >= n)
		(void) snprintf(out, size, "the end of the document");
	else if (c == '\n' || c == '\r')
		(void) snprintf(out, size, "the end of the line");
	else if (c < 0x20 || c == 0x7f)
		(void) snprintf(out, size, "the control character 0x%02x", c);
	else
		(void) snprintf(out, size, "\"%.*s\"", (int) length, json + at);
}

static void
describe_token(char *out, size_t size, const char *json, size_t at, size_t n)
{
	size_t length = 0;

	if (at < n && json[at] == '"') {
		(void) snprintf(out, size, "a string");
		return;
	}
	while (at + length < n && length < 40 && json[at + length] > ' ' &&
	       json[at + length] < 0x7f && !is_one_of(json[at + length], "{}[]:,\""))
		length++;
	if (length == 0)
		describe_found(out, size, json, at, n);
	else
		(void) snprintf(out, size, "%.*s", (int) length, json + at);
}

static bool
follows_comma(const char *json, size_t at)
{
	while (at > 0 && is_one_of(json[at - 1], " \t\r\n"))
		at--;
	return at > 0 && json[at - 1] == ',';
}

static int
refuse(const struct parse *parse, const char *sentence, size_t stands, struct error *err)
{
	const struct refusal *row = refusals;
	const char *json = parse->json;
	char found[64];

	while (strstr(sentence, row->yajl) == NULL)
		row++;
	if (row->show == SHOW_NOTHING)
		return fail_at(json, stands, err, row->wish);

	size_t at = stands;
	if (row->show == SHOW_TOKEN)
		at = token_start(json, stands);
	if (row->show == SHOW_BEFORE && stands > 0)
		at = stands - 1;
	if (row->show == SHOW_TOKEN)
		describe_token(found, sizeof(found), json, at, parse->length);
	else
		describe_found(found, sizeof(found), json, at, parse->length);
	if (at + 1 < parse->length && json[at] == '0' && is_one_of(json[at + 1], "0123456789"))
		return fail_at(json, at, err, "a number must not begin with 0");
	if (at < parse->length && is_one_of(json[at], "]}") && follows_comma(json, at))
		return fail(err, "%zu:%zu: a comma too many before %s", json_line(json, at),
			    json_column(json, at), found);
	return fail(err, "%zu:%zu: %s, found %s", json_line(json, at), json_column(json, at),
		    row->wish, found);
}

/* ---- yajl's callbacks ------------------------------------------------------------------------ */

static int
pass(const struct parse *parse, struct json_event event)
{
	event.at = parse->finishing ? parse->length : yajl_get_bytes_consumed(parse->yajl);
	return parse->take(parse->context, &event) == 0;
}

static int
pass_text(const struct parse *parse, enum json_kind kind, const unsigned char *text, size_t n)
{
	return pass(parse, (struct json_event){ kind, .text = (const char *) text, .length = n });
}

static int
on_null(void *parse)
{
	return pass(parse, (struct json_event){ .kind = JSON_NULL });
}

static int
on_bool(void *parse, int truth)
{
	return pass(parse, (struct json_event){ .kind = JSON_BOOL, .truth = truth != 0 });
}

static int
on_number(void *parse, const char *text, size_t n)
{
	return pass(parse, (struct json_event){ .kind = JSON_NUMBER, .text = text, .length = n });
}

static int
on_string(void *parse, const unsigned char *text, size_t n)
{
	return pass_text(parse, JSON_STRING, text, n);
}

static int
on_key(void *parse, const unsigned char *text, size_t n)
{
	return pass_text(parse, JSON_KEY, text, n);
}

static int
on_open_object(void *parse)
{
	return pass(parse, (struct json_event){ .kind = JSON_OPEN_OBJECT });
}

static int
on_close_object(void *parse)
{
	return pass(parse, (struct json_event){ .kind = JSON_CLOSE_OBJECT });
}

static int
on_open_list(void *parse)
{
	return pass(parse, (struct json_event){ .kind = JSON_OPEN_LIST });
}

static int
on_close_list(void *parse)
{
	return pass(parse, (struct json_event){ .kind = JSON_CLOSE_LIST });
}

static const yajl_callbacks callbacks = {
	.yajl_null = on_null,
	.yajl_boolean = on_bool,
	.yajl_number = on_number,
	.yajl_string = on_string,
	.yajl_start_map = on_open_object,
	.yajl_map_key = on_key,
	.yajl_end_map = on_close_object,
	.yajl_start_array = on_open_list,
	.yajl_end_array = on_close_list,
};

static int
run(struct parse *parse, struct error *err)
{
	const unsigned char *text = (const unsigned char *) parse->json;
	yajl_status status = yajl_parse(parse->yajl, text, parse->length);
	size_t stands = yajl_get_bytes_consumed(parse->yajl);

	if (status == yajl_status_ok) {
		parse->finishing = true;
		stands = parse->length;
		status = yajl_complete_parse(parse->yajl);
	}
	if (status == yajl_status_ok)
		return 0;
	if (status == yajl_status_client_canceled)
		return 1;

	unsigned char *sentence = yajl_get_error(parse->yajl, 0, text, parse->length);
	(void) refuse(parse, sentence != NULL ? (const char *) sentence : "", stands, err);
	yajl_free_error(parse->yajl, sentence);
	return -1;
}

int
json_parse(const char *json, size_t n, json_take_fn take, void *context, struct error *err)
{
	struct parse parse = { .json = json, .length = n, .take = take, .context = context };

	TRY(check_bytes(json, n, err));
	parse.yajl = yajl_alloc(&callbacks, NULL, &parse);
	if (parse.yajl == NULL)
		return fail(err, "out of memory");
	(void) yajl_config(parse.yajl, yajl_dont_validate_strings, 1); /* check_bytes did */

	int result = run(&parse, err);
	yajl_free(parse.yajl);
	return result;
}

/* ---- output ---------------------------------------------------------------------------------- */

static void
add_escape(struct buffer *out, unsigned char c)
{
	static const char shorts[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f',
				       ['\r'] = 'r', ['"'] = '"',  ['\\'] = '\\' };

	if (c < sizeof(shorts) && shorts[c] != '\0')
		buffer_add_format(out, "\\%c", shorts[c]);
	else
		buffer_add_format(out, "\\u%04x", c);
}

/* How many bytes at the beginning stand for themselves. */
static size_t
plain_run(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
		i++;
	return i;
}

void
json_add_string(struct buffer *out, const char *text)
{
	buffer_add_char(out, '"');
	for (size_t n = strlen(text), length; n > 0; text += length, n -= length) {
		size_t plain = plain_run(text, n);
		length = plain > 0 ? plain : utf8_character(text, n);
		if (length == 0) {
			buffer_add_text(out, "\xef\xbf\xbd");
			length = 1;
		} else if (plain == 0 && length == 1) {
			add_escape(out, (unsigned char) *text);
		} else {
			buffer_add(out, text, length);
		}
	}
	buffer_add_char(out, '"');
}
