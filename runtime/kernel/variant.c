/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value's type is not known before the value is read, but stands in front of it; so a value is
 * read into its own list of words, and what contains it puts type and words where they belong.
 */
#include "runtime/kernel/variant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/buffer.h"
#include "libcommon/text.h"
#include "libcommon/word.h"

#define DEPTH_MAX 16

struct reader {
	const char *at;
	struct arena *arena;
	unsigned depth;
};

struct value {
	const char *type;
	struct text_list words;
};

/* The letters of types stand for themselves. */
static const struct word keywords[] = {
	{ "boolean", 'b' },   { "byte", 'y' },   { "int16", 'n' },  { "uint16", 'q' },
	{ "int32", 'i' },     { "uint32", 'u' }, { "handle", 'h' }, { "int64", 'x' },
	{ "uint64", 't' },    { "double", 'd' }, { "string", 's' }, { "objectpath", 'o' },
	{ "signature", 'g' }, { NULL, 0 },
};

static int read_value(struct reader *in, const char *wanted, struct value *out, struct error *err);

static int
complain(const struct reader *in, const char *what, struct error *err)
{
	return in->at[0] == '\0' ? fail(err, "%s is missing at the end", what)
				 : fail(err, "\"%.20s\" is not %s", in->at, what);
}

static void
skip_blanks(struct reader *in)
{
	in->at += strspn(in->at, " \t\r\n");
}

static bool
take(struct reader *in, char c)
{
	skip_blanks(in);
	if (in->at[0] != c)
		return false;
	in->at++;
	return true;
}

/* ---- types ------------------------------------------------------------------------------------ */

/* How much of the text is one type of D-Bus's; 0 if it is none. */
static size_t
type_length(const char *text, unsigned depth)
{
	size_t n = 1, item;

	if (depth > DEPTH_MAX || text[0] == '\0')
		return 0;
	if (text[0] == 'a') {
		item = type_length(text + 1, depth + 1);
		return item == 0 ? 0 : 1 + item;
	}
	if (text[0] != '(')
		return strchr("ybnqiuxtdsogv", text[0]) == NULL ? 0 : 1;
	for (; text[n] != ')'; n += item) {
		item = type_length(text + n, depth + 1);
		if (item == 0)
			return 0;
	}
	return n == 1 ? 0 : n + 1;
}

static char *
one_type(struct reader *in, const char *text)
{
	return arena_copy(in->arena, text, type_length(text, 0));
}

/* ---- what is not made of others ----------------------------------------------------------------- */

/* As UTF-8: six bits in each byte but the first. */
static void
add_character(struct buffer *out, uint32_t code)
{
	if (code < 0x80) {
		buffer_add_char(out, (char) code);
		return;
	}
	if (code < 0x800) {
		buffer_add_char(out, (char) (0xc0 | code >> 6));
	} else {
		if (code < 0x10000) {
			buffer_add_char(out, (char) (0xe0 | code >> 12));
		} else {
			buffer_add_char(out, (char) (0xf0 | code >> 18));
			buffer_add_char(out, (char) (0x80 | (code >> 12 & 0x3f)));
		}
		buffer_add_char(out, (char) (0x80 | (code >> 6 & 0x3f)));
	}
	buffer_add_char(out, (char) (0x80 | (code & 0x3f)));
}

static int
read_escape(struct reader *in, struct buffer *out, struct error *err)
{
	static const char letters[] = "abfnrtv", meant[] = "\a\b\f\n\r\t\v";
	const char c = *in->at;
	const char *known = c == '\0' ? NULL : strchr(letters, c);

	if (c == '\0')
		return complain(in, "a character after \"\\\"", err);
	if (c == 'u' || c == 'U') {
		const size_t digits = c == 'u' ? 4 : 8;
		char hex[9] = "";
		if (strspn(in->at + 1, "0123456789abcdefABCDEF") < digits)
			return complain(in, "a character's number", err);
		memcpy(hex, in->at + 1, digits);
		uint32_t code = (uint32_t) strtoul(hex, NULL, 16);
		if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
			return complain(in, "a character that text can hold", err);
		add_character(out, code);
		in->at += 1 + digits;
		return 0;
	}
	buffer_add_char(out, known == NULL ? c : meant[known - letters]);
	in->at++;
	return 0;
}

static int
read_text(struct reader *in, const char **text, struct error *err)
{
	const char quote = *in->at++;
	scoped_buffer out = { 0 };

	while (*in->at != quote) {
		if (*in->at == '\0')
			return complain(in, "the closing quote", err);
		if (*in->at == '\\') {
			in->at++;
			TRY(read_escape(in, &out, err));
			continue;
		}
		buffer_add_char(&out, *in->at++);
	}
	in->at++;
	*text = arena_text(in->arena, buffer_text(&out));
	return 0;
}

static bool
fits_natural(char type, uint64_t number)
{
	const uint64_t most = type == 'y'   ? UINT8_MAX
			      : type == 'q' ? UINT16_MAX
			      : type == 'u' ? UINT32_MAX
					    : UINT64_MAX;

	return number <= most;
}

static bool
fits_integer(char type, int64_t number)
{
	if (type == 'n')
		return number >= INT16_MIN && number <= INT16_MAX;
	return type == 'x' || (number >= INT32_MIN && number <= INT32_MAX);
}

/* The number in decimal, as its type wants it. NULL if it does not fit. */
static const char *
write_number(struct reader *in, const char *digits, char *type)
{
	char *end;

	errno = 0;
	if (*type == 'd') {
		double number = strtod(digits, &end);
		return *end == '\0' ? arena_format(in->arena, "%.17g", number) : NULL;
	}
	if (strchr("yqut", *type) != NULL && *type != '\0') {
		uint64_t number = strtoull(digits, &end, 0);
		if (*end != '\0' || errno != 0 || digits[0] == '-' || !fits_natural(*type, number))
			return NULL;
		return arena_format(in->arena, "%" PRIu64, number);
	}
	int64_t number = strtoll(digits, &end, 0);
	if (*end != '\0' || errno != 0)
		return NULL;
	if (*type == '\0')
		*type = fits_integer('i', number) ? 'i' : 'x';
	return fits_integer(*type, number) ? arena_format(in->arena, "%" PRId64, number) : NULL;
}

static int
read_number(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	size_t n = strspn(in->at, "0123456789abcdefABCDEFxX.+-");
	char *digits = arena_copy(in->arena, in->at, n);
	const bool is_hex = strpbrk(digits, "xX") != NULL;
	char type[2] = { wanted == NULL ? '\0' : wanted[0], '\0' };

	if (wanted == NULL && !is_hex && strpbrk(digits, ".eE") != NULL)
		type[0] = 'd';
	if (n == 0 || (wanted != NULL && strchr("yqutnixd", type[0]) == NULL))
		return complain(in,
				wanted == NULL ? "a value"
					       : arena_format(in->arena, "of type \"%s\"", wanted),
				err);
	const char *word = write_number(in, digits, type);
	if (word == NULL)
		return complain(in,
				arena_format(in->arena, "a number of type \"%s\"",
					     type[0] == '\0' ? "x" : type),
				err);
	in->at += n;
	out->type = arena_text(in->arena, type);
	list_add(&out->words, in->arena, word);
	return 0;
}

static int
read_string(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	const char *word;

	if (wanted != NULL && strchr("sog", wanted[0]) == NULL)
		return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
	TRY(read_text(in, &word, err));
	out->type = wanted == NULL ? "s" : one_type(in, wanted);
	list_add(&out->words, in->arena, word);
	return 0;
}

/* ---- what is ------------------------------------------------------------------------------------ */

static void
add_words(struct reader *in, struct text_list *to, const struct text_list *from)
{
	FOR_EACH(word, from)
		list_add(to, in->arena, *word);
}

/* The first item says what the others are. */
static int
read_array(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	struct text_list items = { 0 };
	const char *type = wanted == NULL ? NULL : one_type(in, wanted + 1);
	size_t count = 0;

	if (wanted != NULL && wanted[0] != 'a')
		return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
	in->at++;
	while (!take(in, ']')) {
		struct value item = { 0 };
		if (count > 0 && !take(in, ','))
			return complain(in, "\",\" or \"]\"", err);
		TRY(read_value(in, type, &item, err));
		type = item.type;
		add_words(in, &items, &item.words);
		count++;
	}
	if (type == NULL)
		return fail(err, "\"[]\" has no type: write it as \"@as []\"");
	out->type = arena_format(in->arena, "a%s", type);
	list_add(&out->words, in->arena, arena_format(in->arena, "%zu", count));
	add_words(in, &out->words, &items);
	return 0;
}

static int
read_tuple(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	scoped_buffer type = { 0 };
	const char *next = wanted == NULL ? NULL : wanted + 1;
	size_t count = 0;

	if (wanted != NULL && wanted[0] != '(')
		return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
	in->at++;
	buffer_add_char(&type, '(');
	while (!take(in, ')')) {
		struct value item = { 0 };
		if (count > 0 && !take(in, ','))
			return complain(in, "\",\" or \")\"", err);
		if (count > 0 && take(in, ')'))
			break; /* a tuple of one ends in a comma */
		if (next != NULL && *next == ')')
			return complain(in, "the end of the tuple", err);
		TRY(read_value(in, next == NULL ? NULL : one_type(in, next), &item, err));
		next = next == NULL ? NULL : next + strlen(item.type);
		buffer_add_text(&type, item.type);
		add_words(in, &out->words, &item.words);
		count++;
	}
	if (count == 0 || (next != NULL && *next != ')'))
		return complain(in, "all of the tuple", err);
	buffer_add_char(&type, ')');
	out->type = arena_text(in->arena, buffer_text(&type));
	return 0;
}

static int
read_variant(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	struct value inner = { 0 };

	if (wanted != NULL && wanted[0] != 'v')
		return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
	in->at++;
	TRY(read_value(in, NULL, &inner, err));
	if (!take(in, '>'))
		return complain(in, "\">\"", err);
	out->type = "v";
	list_add(&out->words, in->arena, inner.type);
	add_words(in, &out->words, &inner.words);
	return 0;
}

static int
read_annotated(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	in->at++;
	size_t n = type_length(in->at, 0);
	if (n == 0)
		return complain(in, "a type of D-Bus", err);
	const char *type = arena_copy(in->arena, in->at, n);
	if (wanted != NULL && !text_equal(wanted, type))
		return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
	in->at += n;
	return read_value(in, type, out, err);
}

/* true, false, or the name of a type with a value behind it. */
static int
read_word(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	size_t n = strspn(in->at, "abcdefghijklmnopqrstuvwxyz0123456789");
	const char *word = arena_copy(in->arena, in->at, n);
	int type = word_value(keywords, word);

	if (text_equal(word, "true") || text_equal(word, "false")) {
		if (wanted != NULL && wanted[0] != 'b')
			return complain(in, arena_format(in->arena, "of type \"%s\"", wanted), err);
		in->at += n;
		out->type = "b";
		list_add(&out->words, in->arena, word);
		return 0;
	}
	if (type < 0 || type == 'h' || (wanted != NULL && wanted[0] != type))
		return complain(in, "a value", err);
	in->at += n;
	return read_value(in, arena_format(in->arena, "%c", type), out, err);
}

static int
read_any(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	switch (in->at[0]) {
	case '\'':
	case '"': return read_string(in, wanted, out, err);
	case '[': return read_array(in, wanted, out, err);
	case '(': return read_tuple(in, wanted, out, err);
	case '<': return read_variant(in, wanted, out, err);
	case '@': return read_annotated(in, wanted, out, err);
	default:
		return in->at[0] >= 'a' && in->at[0] <= 'z' ? read_word(in, wanted, out, err)
							    : read_number(in, wanted, out, err);
	}
}

static int
read_value(struct reader *in, const char *wanted, struct value *out, struct error *err)
{
	if (in->depth == DEPTH_MAX)
		return fail(err, "the value is nested too deeply");
	skip_blanks(in);
	in->depth++;
	TRY(read_any(in, wanted, out, err));
	in->depth--;
	return 0;
}

int
variant_parse(struct text_list *words, const char *text, struct arena *arena, struct error *err)
{
	struct reader in = { .at = text, .arena = arena };
	struct value value = { 0 };

	TRY(read_value(&in, NULL, &value, err));
	skip_blanks(&in);
	if (in.at[0] != '\0')
		return complain(&in, "the end", err);
	list_add(words, arena, value.type);
	add_words(&in, words, &value.words);
	return 0;
}
