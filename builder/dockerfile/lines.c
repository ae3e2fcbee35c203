/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/lines.h"

#include "builder/dockerfile/rune.h"
#include "libcommon/text.h"

void
lines_open(struct lines *lines, struct arena *arena, const char *bytes, size_t n)
{
	*lines = (struct lines){
		.arena = arena,
		.at = bytes,
		.end = bytes + n,
		.escape = '\\',
		.in_directives = true,
	};
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		lines->at += 3;
}

/* One line of the file with its newline. Returns 1 at the end. */
static int
read_physical(const char **out, struct lines *lines, struct error *err)
{
	size_t left = (size_t) (lines->end - lines->at);

	if (left == 0)
		return 1;
	const char *newline = memchr(lines->at, '\n', left);
	size_t n = newline != NULL ? (size_t) (newline - lines->at) : left;
	lines->number++;
	if (n > LINES_LONGEST)
		return fail(err, "the line is longer than %d bytes", LINES_LONGEST);
	if (memchr(lines->at, '\0', n) != NULL)
		return fail(err, "there is a NUL byte in the line; is this a text file in UTF-8?");
	n += newline != NULL;
	*out = arena_copy(lines->arena, lines->at, n);
	lines->at += n;
	return 0;
}

static char *
without_newline(struct arena *arena, const char *text)
{
	size_t n = strlen(text);

	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	return arena_copy(arena, text, n);
}

/* ---- directives --------------------------------------------------------------------------- */

static int
set_escape(struct lines *lines, const char *value, struct error *err)
{
	if (strcmp(value, "\\") != 0 && strcmp(value, "`") != 0)
		return fail(err, "escape is \\ or `, not \"%s\"", value);
	/* The reference looks for syntax and check behind "#!", but not for escape. */
	if (!lines->after_shebang)
		lines->escape = value[0];
	return 0;
}

/* "name = value" behind the "#" of a directive; false if the line is no directive. */
static bool
split_directive(struct directive *directive, const char *text, struct arena *arena)
{
	static const char *const known[] = { "syntax", "escape", "check" };
	size_t n = 0;

	text = rune_skip_blanks(text);
	while (text[n] != '\0' && (unsigned char) text[n] < 0x80 &&
	       rune_is_name((unsigned char) text[n]))
		n++;
	const char *equals = text + n + strspn(text + n, " \t\f\r");
	if (*equals != '=')
		return false;
	directive->name = text_lower(arena, arena_copy(arena, text, n));
	directive->value = rune_trim(arena, equals + 1);
	for (size_t i = 0; i < COUNT(known); i++)
		if (strcmp(directive->name, known[i]) == 0)
			return directive->value[0] != '\0';
	return false;
}

/* Returns 1 if the line, without blanks before it, is a directive. No other may come before one. */
static int
read_directive(struct lines *lines, const char *text, struct error *err)
{
	struct directive directive = { .line = lines->number };

	if (lines->number == 1 && strncmp(text, "#!", 2) == 0) {
		lines->after_shebang = true;
		return 0;
	}
	if (!lines->in_directives || text[0] != '#' ||
	    !split_directive(&directive, text + 1, lines->arena)) {
		lines->in_directives = false;
		return 0;
	}
	FOR_EACH(earlier, &lines->directives)
		if (strcmp(earlier->name, directive.name) == 0)
			return fail(err, "directive \"%s\" was given before, on line %u",
				    directive.name, earlier->line);
	if (strcmp(directive.name, "escape") == 0)
		TRY(set_escape(lines, directive.value, err));
	list_add(&lines->directives, lines->arena, directive);
	return 1;
}

/* ---- logical lines ------------------------------------------------------------------------ */

/* An empty comment parts a description from what stands above it. */
static void
keep_comment(struct lines *lines, const char *text)
{
	const char *comment = rune_trim(lines->arena, text + 1);

	if (comment[0] == '\0')
		lines->comments = (struct text_list){ 0 };
	else
		list_add(&lines->comments, lines->arena, comment);
}

/* The length without the escape that continues the line; the whole length if none does. */
static size_t
cut_continuation(const char *text, char escape)
{
	size_t n = strlen(text), end = n;

	while (end > 0 && (text[end - 1] == ' ' || text[end - 1] == '\t'))
		end--;
	if (end == 0 || text[end - 1] != escape || (end > 1 && text[end - 2] == escape))
		return n;
	return end - 1;
}

/* The lines that continue the first one. */
static int
read_continuation(struct lines *lines, struct line *line, struct buffer *text, struct error *err)
{
	const char *raw;

	while (GET(read_physical(&raw, lines, err)) == 0) {
		const char *more = without_newline(lines->arena, raw),
			   *bare = rune_skip_blanks(more);
		if (*bare == '#')
			continue;
		if (*bare == '\0') {
			line->has_gap = true;
			continue;
		}
		size_t n = cut_continuation(more, lines->escape);
		buffer_add(text, more, n);
		if (more[n] == '\0')
			return 0;
	}
	return 0;
}

/* The first line that says something, without the blanks before it. Returns 1 at the end. */
static int
find_beginning(struct lines *lines, const char **out, struct error *err)
{
	const char *raw;

	for (;;) {
		if (GET(read_physical(&raw, lines, err)) > 0)
			return 1;
		const char *text = rune_skip_blanks(without_newline(lines->arena, raw));
		bool is_directive = GET(read_directive(lines, text, err));
		if (text[0] == '#' && !is_directive)
			keep_comment(lines, text);
		if (text[0] != '#' && text[0] != '\0') {
			*out = text;
			return 0;
		}
	}
}

static int
read_logical(struct lines *lines, struct line *line, struct error *err)
{
	scoped_buffer text = { 0 };
	const char *first = NULL;

	if (GET(find_beginning(lines, &first, err)) > 0)
		return 1;
	*line = (struct line){ .lines.first = lines->number, .comments = lines->comments };
	lines->comments = (struct text_list){ 0 };

	size_t n = cut_continuation(first, lines->escape);
	buffer_add(&text, first, n);
	if (first[n] != '\0')
		TRY(read_continuation(lines, line, &text, err));
	line->text = arena_copy(lines->arena, buffer_text(&text), text.length);
	line->lines.last = lines->number;
	return 0;
}

int
lines_next(struct lines *lines, struct line *line, struct error *err)
{
	/* An escape alone may continue nothing with nothing. */
	do {
		if (GET(read_logical(lines, line, err)) > 0)
			return 1;
	} while (*rune_skip_blanks(line->text) == '\0');
	return 0;
}

int
lines_read_body(struct lines *lines, struct heredoc *heredoc, struct error *err)
{
	scoped_buffer body = { 0 };
	unsigned begun = lines->number;
	const char *raw;

	while (GET(read_physical(&raw, lines, err)) == 0) {
		const char *text = without_newline(lines->arena, raw);
		if (strcmp(heredoc->chomp ? text + strspn(text, "\t") : text, heredoc->name) == 0) {
			heredoc->content =
				arena_copy(lines->arena, buffer_text(&body), body.length);
			return 0;
		}
		buffer_add_text(&body, raw);
	}
	lines->number = begun;
	return fail(err, "the heredoc <<%s never ends: there is no line \"%s\"", heredoc->name,
		    heredoc->name);
}
