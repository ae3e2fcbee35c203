/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/words.h"

#include "builder/dockerfile/rune.h"

/* What parts words where quotes mean nothing. Unicode's blanks do not. */
#define BLANKS "\t\v\f\r "

/* One flag, past it: quotes and escapes are taken out. True if it is the "--" that ends flags. */
static bool
read_flag(struct words_line *out, const char **at, char escape, struct arena *arena)
{
	scoped_buffer flag = { 0 };
	char quote = '\0';

	for (; **at != '\0' && (quote != '\0' || strchr(BLANKS, **at) == NULL); ++*at) {
		if (quote == '\0' && (**at == '\'' || **at == '"')) {
			quote = **at;
		} else if (**at == quote) {
			quote = '\0';
		} else {
			if (**at == escape && (*at)[1] != '\0')
				++*at;
			else if (**at == escape)
				continue;
			buffer_add_char(&flag, **at);
		}
	}
	if (strcmp(buffer_text(&flag), "--") == 0)
		return true;
	list_add(&out->flags, arena, arena_copy(arena, buffer_text(&flag), flag.length));
	return false;
}

void
words_split_line(struct words_line *out, const char *line, char escape, struct arena *arena)
{
	const char *text = rune_trim(arena, line), *at = text + strcspn(text, BLANKS);

	*out = (struct words_line){ .word = arena_copy(arena, text, (size_t) (at - text)) };
	for (;;) {
		at = rune_skip_blanks(at);
		if (at[0] != '-' || at[1] != '-' || read_flag(out, &at, escape, arena))
			break;
	}
	out->rest = rune_trim(arena, at);
}

struct text_list
words_between_blanks(const char *rest, struct arena *arena)
{
	struct text_list words = { 0 };

	for (size_t n; *(rest += strspn(rest, BLANKS)) != '\0'; rest += n) {
		n = strcspn(rest, BLANKS);
		list_add(&words, arena, arena_copy(arena, rest, n));
	}
	return words;
}

/* The length of a heredoc at `at`: digits, <<, perhaps -, blanks, a word with its quotes; or 0. */
static size_t
measure_heredoc(const char *at)
{
	const char *begin = at;
	char quote = '\0';

	at += strspn(at, "0123456789");
	if (at[0] != '<' || at[1] != '<')
		return 0;
	at += at[2] == '-' ? 3 : 2;
	at += strspn(at, " \t\r");
	for (; *at != '\0' && (quote != '\0' || strchr(BLANKS, *at) == NULL); at++) {
		if (quote == '\0' && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
	}
	return (size_t) (at - begin);
}

struct text_list
words_with_heredocs(const char *rest, struct arena *arena)
{
	struct text_list words = { 0 };

	for (size_t n; *(rest += strspn(rest, BLANKS)) != '\0'; rest += n) {
		n = measure_heredoc(rest);
		if (n == 0)
			n = strcspn(rest, BLANKS);
		list_add(&words, arena, arena_copy(arena, rest, n));
	}
	return words;
}

/* One word, past it. An escape with nothing behind it is dropped. */
static void
read_quoted(struct buffer *word, const char **at, char escape)
{
	char quote = '\0';
	uint32_t rune;

	for (size_t n; (n = rune_read(&rune, *at)) > 0; *at += n) {
		if (quote == '\0' && rune_is_blank(rune))
			return;
		if (**at == escape && quote != '\'') {
			n += rune_read(&rune, *at + 1);
			if (n == 1)
				continue;
		} else if (quote == '\0' && (**at == '\'' || **at == '"')) {
			quote = **at;
		} else if (**at == quote) {
			quote = '\0';
		}
		buffer_add(word, *at, n);
	}
}

struct text_list
words_quoted(const char *rest, char escape, struct arena *arena)
{
	struct text_list words = { 0 };
	scoped_buffer word = { 0 };

	while (*(rest = rune_skip_blanks(rest)) != '\0') {
		buffer_clear(&word);
		read_quoted(&word, &rest, escape);
		if (word.length > 0)
			list_add(&words, arena, arena_copy(arena, word.bytes, word.length));
	}
	return words;
}

bool
words_split_name(struct pair *out, const char *rest, struct arena *arena)
{
	size_t n = strcspn(rest, BLANKS);

	out->key = arena_copy(arena, rest, n);
	out->value = rest + n + strspn(rest + n, BLANKS);
	return rest[n] != '\0';
}
