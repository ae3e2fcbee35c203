/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/exec_form.h"

#include "builder/dockerfile/rune.h"

/* As deep as the reference reads before it calls it no JSON. */
#define DEEPEST 1000

struct reader {
	const char *at;
	unsigned depth;
};

static void
skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t\r\n");
}

static bool
skip_char(struct reader *reader, char c)
{
	if (*reader->at != c)
		return false;
	reader->at++;
	return true;
}

/* The four digits behind \u. */
static bool
read_hex(struct reader *reader, uint32_t *value)
{
	*value = 0;
	for (int i = 0; i < 4; i++) {
		char c = *reader->at, low = (char) (c | 0x20);
		if (c >= '0' && c <= '9')
			*value = *value * 16 + (uint32_t) (c - '0');
		else if (low >= 'a' && low <= 'f')
			*value = *value * 16 + (uint32_t) (low - 'a' + 10);
		else
			return false;
		reader->at++;
	}
	return true;
}

/* Behind \u. A surrogate without its other half becomes RUNE_WRONG. */
static bool
read_code_point(struct reader *reader, struct buffer *out)
{
	struct reader ahead;
	uint32_t rune, low;

	if (!read_hex(reader, &rune))
		return false;
	if (rune == 0) {
		buffer_add_text(out, EXEC_FORM_NUL);
		return true;
	}
	ahead = *reader;
	if (rune >= 0xd800 && rune <= 0xdbff && skip_char(&ahead, '\\') && skip_char(&ahead, 'u') &&
	    read_hex(&ahead, &low) && low >= 0xdc00 && low <= 0xdfff) {
		*reader = ahead;
		rune = 0x10000 + ((rune - 0xd800) << 10) + (low - 0xdc00);
	} else if (rune >= 0xd800 && rune <= 0xdfff) {
		rune = RUNE_WRONG;
	}
	rune_write(out, rune);
	return true;
}

static bool
read_escape(struct reader *reader, struct buffer *out)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name = *reader->at != '\0' ? strchr(names, *reader->at) : NULL;

	if (skip_char(reader, 'u'))
		return read_code_point(reader, out);
	if (name == NULL)
		return false;
	buffer_add_char(out, values[name - names]);
	reader->at++;
	return true;
}

/* Behind the opening quote, past the closing one. */
static bool
read_string(struct reader *reader, struct buffer *out)
{
	uint32_t rune;

	for (;;) {
		size_t n = rune_read(&rune, reader->at);
		if (rune < 0x20)
			return false;
		reader->at += n;
		if (rune == '"')
			return true;
		if (rune != '\\')
			rune_write(out, rune);
		else if (!read_escape(reader, out))
			return false;
	}
}

static bool
skip_digits(struct reader *reader)
{
	size_t n = strspn(reader->at, "0123456789");

	reader->at += n;
	return n > 0;
}

static bool
skip_number(struct reader *reader)
{
	(void) skip_char(reader, '-');
	if (!skip_char(reader, '0') && !skip_digits(reader))
		return false;
	if (skip_char(reader, '.') && !skip_digits(reader))
		return false;
	if (!skip_char(reader, 'e') && !skip_char(reader, 'E'))
		return true;
	if (!skip_char(reader, '+'))
		(void) skip_char(reader, '-');
	return skip_digits(reader);
}

static bool
skip_word(struct reader *reader, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(reader->at, word, n) != 0)
		return false;
	reader->at += n;
	return true;
}

static bool skip_value(struct reader *reader);

/* Behind the opening bracket of an array or object, past the closing one. */
static bool
skip_members(struct reader *reader, char close, bool named)
{
	scoped_buffer name = { 0 };

	skip_blanks(reader);
	if (skip_char(reader, close))
		return true;
	do {
		skip_blanks(reader);
		if (named) {
			if (!skip_char(reader, '"') || !read_string(reader, &name))
				return false;
			skip_blanks(reader);
			if (!skip_char(reader, ':'))
				return false;
			skip_blanks(reader);
		}
		if (!skip_value(reader))
			return false;
		skip_blanks(reader);
	} while (skip_char(reader, ','));
	return skip_char(reader, close);
}

/* Anything that is JSON. */
static bool
skip_value(struct reader *reader)
{
	scoped_buffer text = { 0 };
	char c = *reader->at;
	bool fine;

	if (c == '[' || c == '{') {
		if (++reader->depth > DEEPEST)
			return false;
		reader->at++;
		fine = skip_members(reader, c == '[' ? ']' : '}', c == '{');
		reader->depth--;
		return fine;
	}
	if (skip_char(reader, '"'))
		return read_string(reader, &text);
	return skip_word(reader, "true") || skip_word(reader, "false") ||
	       skip_word(reader, "null") || skip_number(reader);
}

/* One element: a string is added, anything else only counted. */
static bool
read_element(struct text_list *out, size_t *others, struct reader *reader, struct arena *arena)
{
	scoped_buffer text = { 0 };

	if (!skip_char(reader, '"')) {
		++*others;
		return skip_value(reader);
	}
	if (!read_string(reader, &text))
		return false;
	list_add(out, arena, arena_copy(arena, buffer_text(&text), text.length));
	return true;
}

int
exec_form_read(struct text_list *out, const char *text, struct arena *arena, struct error *err)
{
	struct reader reader = { rune_skip_blanks(text), 0 };
	size_t others = 0;

	*out = (struct text_list){ 0 };
	if (!skip_char(&reader, '['))
		return 1;
	skip_blanks(&reader);
	if (*reader.at != ']') {
		do {
			skip_blanks(&reader);
			if (!read_element(out, &others, &reader, arena))
				return 1;
			skip_blanks(&reader);
		} while (skip_char(&reader, ','));
	}
	if (!skip_char(&reader, ']'))
		return 1;
	skip_blanks(&reader);
	if (*reader.at != '\0')
		return 1;
	if (others > 0)
		return fail(err, "a JSON array here may hold only strings");
	return 0;
}
