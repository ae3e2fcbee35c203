/* SPDX-License-Identifier: Apache-2.0 */
/* One logical line of a Dockerfile, cut in each of the ways in which instructions cut theirs. */
#include "tests/fuzz/fuzz.h"

#include "builder/dockerfile/csv.h"
#include "builder/dockerfile/exec_form.h"
#include "builder/dockerfile/heredoc.h"
#include "builder/dockerfile/words.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

#define BLANKS " \t\v\f\r"

static void
try_line(const char *text, char escape, struct arena *arena)
{
	struct words_line line;

	words_split_line(&line, text, escape, arena);
	DEMAND(strpbrk(line.word, BLANKS) == NULL);
	size_t n = strlen(line.rest);
	DEMAND(n == 0 ||
	       (strchr(BLANKS, line.rest[0]) == NULL && strchr(BLANKS, line.rest[n - 1]) == NULL));
	FOR_EACH(flag, &line.flags)
		DEMAND(strlen(*flag) <= strlen(text));
}

/* Words that are put beside each other again are the same words. */
static void
try_words(const char *text, char escape, struct arena *arena)
{
	struct text_list plain = words_between_blanks(text, arena),
			 heredocs = words_with_heredocs(text, arena),
			 quoted = words_quoted(text, escape, arena), again;
	struct pair pair;

	FOR_EACH(word, &plain)
		DEMAND(**word != '\0' && strpbrk(*word, BLANKS) == NULL);
	again = words_between_blanks(text_join(arena, &plain, " "), arena);
	DEMAND(fuzz_lists_are_equal(&plain, &again));
	/* a form feed parts words, and << from what follows */
	again = words_with_heredocs(text_join(arena, &heredocs, "\f"), arena);
	DEMAND(fuzz_lists_are_equal(&heredocs, &again));
	again = words_quoted(text_join(arena, &quoted, " "), escape, arena);
	DEMAND(fuzz_lists_are_equal(&quoted, &again));
	if (words_split_name(&pair, text, arena))
		DEMAND(strpbrk(pair.key, BLANKS) == NULL && strspn(pair.value, BLANKS) == 0);
}

static void
add_string(struct buffer *out, const char *text)
{
	size_t nul = strlen(EXEC_FORM_NUL);

	buffer_add_char(out, '"');
	for (const char *c = text; *c != '\0'; c++) {
		if (strncmp(c, EXEC_FORM_NUL, nul) == 0) {
			buffer_add_text(out, "\\u0000");
			c += nul - 1;
		} else if ((unsigned char) *c < 0x20 || *c == '"' || *c == '\\') {
			buffer_add_format(out, "\\u%04x", (unsigned) *c);
		} else {
			buffer_add_char(out, *c);
		}
	}
	buffer_add_char(out, '"');
}

static void
try_exec_form(const char *text, struct arena *arena)
{
	struct text_list words, again;
	struct error err = { 0 };
	scoped_buffer json = { 0 };
	int read = exec_form_read(&words, text, arena, &err);

	if (read < 0)
		DEMAND_REASON(err);
	if (read != 0)
		return;
	buffer_add_char(&json, '[');
	FOR_EACH(word, &words) {
		buffer_add_text(&json, word == words.items ? "" : ",");
		add_string(&json, *word);
	}
	buffer_add_char(&json, ']');
	DEMAND(exec_form_read(&again, buffer_text(&json), arena, &err) == 0);
	DEMAND(fuzz_lists_are_equal(&words, &again));
}

static void
try_heredocs(const char *text, struct arena *arena)
{
	struct heredoc one = { 0 };
	struct heredoc_list list;
	struct error err = { 0 };

	if (heredoc_read(&one, text, arena, &err) < 0)
		DEMAND_REASON(err);
	if (heredoc_find(&list, text, arena, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	FOR_EACH(heredoc, &list) {
		heredoc->content = text;
		const char *body = heredoc_text(arena, heredoc);
		DEMAND(!heredoc->chomp || (body[0] != '\t' && strstr(body, "\n\t") == NULL));
		DEMAND(heredoc->fd <= 999999999);
	}
	DEMAND(strncmp(heredoc_join(arena, text, &list), text, strlen(text)) == 0);
}

static void
try_csv(const char *text, struct arena *arena)
{
	struct text_list fields, again;
	struct error err = { 0 };
	scoped_buffer out = { 0 };

	if (csv_split(&fields, text, arena, &err) < 0) {
		DEMAND_REASON(err);
		return;
	}
	FOR_EACH(field, &fields) {
		(void) csv_option(*field, arena);
		buffer_add_text(&out, field == fields.items ? "\"" : ",\"");
		for (const char *c = *field; *c != '\0'; c++)
			buffer_add_format(&out, *c == '"' ? "\"%c" : "%c", *c);
		buffer_add_char(&out, '"');
	}
	DEMAND(csv_split(&again, buffer_text(&out), arena, &err) == 0);
	DEMAND(fuzz_lists_are_equal(&fields, &again));
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	const char *text = arena_copy(&arena, bytes, n);
	char escape = n % 2 == 0 ? '\\' : '`';

	try_line(text, escape, &arena);
	try_words(text, escape, &arena);
	try_exec_form(text, &arena);
	try_heredocs(text, &arena);
	try_csv(text, &arena);
	return 0;
}
