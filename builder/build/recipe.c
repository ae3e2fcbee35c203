/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/recipe.h"

#include <string.h>

#include "libcommon/list.h"

void
recipe_done(struct recipe *recipe)
{
	buffer_done(&recipe->text);
}

void
recipe_quote(struct buffer *out, const char *text)
{
	buffer_add_char(out, '"');
	for (const char *at = text; *at != '\0';) {
		size_t plain = 0;

		while ((unsigned char) at[plain] >= ' ' && at[plain] != '"' && at[plain] != '\\' &&
		       at[plain] != 0x7f)
			plain++;
		buffer_add(out, at, plain);
		at += plain;
		if (*at == '\0')
			break;
		if (*at == '"' || *at == '\\')
			buffer_add_format(out, "\\%c", *at);
		else if (*at == '\n')
			buffer_add_text(out, "\\n");
		else
			buffer_add_format(out, "\\x%02x", (unsigned char) *at);
		at++;
	}
	buffer_add_char(out, '"');
}

void
recipe_add(struct recipe *recipe, const char *label, const char *value)
{
	if (value == NULL)
		return;
	buffer_add_text(&recipe->text, label);
	buffer_add_char(&recipe->text, ' ');
	recipe_quote(&recipe->text, value);
	buffer_add_char(&recipe->text, '\n');
}

void
recipe_add_named(struct recipe *recipe, const char *label, const char *name, const char *value)
{
	buffer_add_text(&recipe->text, label);
	buffer_add_char(&recipe->text, ' ');
	recipe_quote(&recipe->text, name);
	buffer_add_char(&recipe->text, ' ');
	recipe_quote(&recipe->text, value);
	buffer_add_char(&recipe->text, '\n');
}

/* ---- why two recipes differ ------------------------------------------------------------------ */

struct line {
	const char *text;
	size_t length;
	size_t head; /* label, and name if there is one, with the quotes */
	size_t label;
	bool named;
};

/* The end of a quoted text that begins at `at`, behind the closing quote. */
static const char *
skip_quoted(const char *at, const char *end)
{
	for (at++; at < end && *at != '"'; at++)
		if (*at == '\\')
			at++;
	return at < end ? at + 1 : end;
}

static struct line
read_line(const char *text)
{
	struct line line = { .text = text, .length = strcspn(text, "\n") };
	const char *end = text + line.length;
	const char *blank = memchr(text, ' ', line.length);

	line.label = blank == NULL ? line.length : (size_t) (blank - text);
	line.head = line.label;
	if (blank != NULL) {
		const char *first = skip_quoted(blank + 1, end);
		line.named = first < end;
		if (line.named)
			line.head = (size_t) (first - text);
	}
	return line;
}

static const char *
next_line(const struct line *line)
{
	return line->text + line->length + (line->text[line->length] == '\n');
}

static bool
same_head(const struct line *a, const struct line *b)
{
	return a->head == b->head && memcmp(a->text, b->text, a->head) == 0;
}

static bool
has_head(const char *recipe, const struct line *wanted)
{
	while (*recipe != '\0') {
		struct line line = read_line(recipe);
		if (same_head(&line, wanted))
			return true;
		recipe = next_line(&line);
	}
	return false;
}

static const struct {
	const char *label, *words;
} nouns[] = {
	{ "on", "the step before it" },    { "argument", "the command" },
	{ "environment", "the variable" }, { "take", "the list of sources" },
	{ "here", "the document" },        { "mount", "the mount" },
};

static void
say_noun(struct buffer *out, const struct line *line)
{
	const char *words = NULL;

	for (size_t i = 0; i < COUNT(nouns); i++)
		if (strlen(nouns[i].label) == line->label &&
		    memcmp(nouns[i].label, line->text, line->label) == 0)
			words = nouns[i].words;
	if (words != NULL)
		buffer_add_text(out, words);
	else {
		buffer_add_text(out, "the ");
		buffer_add(out, line->text, line->label);
	}
	if (line->named)
		buffer_add(out, line->text + line->label, line->head - line->label);
}

/* A file's value begins with mode and owner; behind the blank stands what is in it. */
static bool
same_content(const struct line *a, const struct line *b)
{
	const char *x = memchr(a->text + a->head + 1, ' ', a->length - a->head - 1);
	const char *y = memchr(b->text + b->head + 1, ' ', b->length - b->head - 1);

	if (x == NULL || y == NULL || a->label != 4 || memcmp(a->text, "file", 4) != 0)
		return false;
	size_t n = (size_t) (a->text + a->length - x);
	return n == (size_t) (b->text + b->length - y) && memcmp(x, y, n) == 0;
}

static void
say_difference(struct buffer *out, const struct line *a, const struct line *b, const char *is)
{
	if (a->length > 0 && b->length > 0 && same_head(a, b)) {
		buffer_add_text(out, a->named && same_content(a, b) ? "the mode or owner of " : "");
		say_noun(out, b);
		buffer_add_text(out, " changed");
	} else if (a->length > 0 && !has_head(is, a)) {
		say_noun(out, a);
		buffer_add_text(out, " is gone");
	} else {
		say_noun(out, b->length > 0 ? b : a);
		buffer_add_text(out, b->length > 0 && b->named ? " is new" : " changed");
	}
}

bool
recipe_difference(struct buffer *out, const char *was, const char *is)
{
	const char *whole = is;

	while (*was != '\0' || *is != '\0') {
		struct line a = read_line(was), b = read_line(is);

		if (a.length != b.length || memcmp(a.text, b.text, a.length) != 0) {
			say_difference(out, &a, &b, whole);
			return true;
		}
		was = next_line(&a);
		is = next_line(&b);
	}
	return false;
}
