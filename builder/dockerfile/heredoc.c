/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/heredoc.h"

#include "builder/dockerfile/expand.h"
#include "libcommon/buffer.h"

static size_t
count_quotes(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\'' || *text == '"';
	return n;
}

/* The one word that the text is, with or without its quotes. Returns 1 if it is not one word. */
static int
read_word(const char **word, const char *text, bool keep_quotes, struct arena *arena,
	  struct error *err)
{
	struct expander expander = { arena, .escape = '\\', .keep_unset = true,
				     .keep_quotes = keep_quotes };
	struct text_list words = { 0 };

	TRY(expand_words(&words, &expander, text, err));
	if (words.count != 1)
		return 1;
	*word = words.items[0];
	return 0;
}

int
heredoc_read(struct heredoc *heredoc, const char *word, struct arena *arena, struct error *err)
{
	size_t digits = strspn(word, "0123456789");
	const char *delimiter = word + digits, *with_quotes;
	struct heredoc doc = { .content = "", .operand = HEREDOC_OF_COMMAND };

	if (delimiter[0] != '<' || delimiter[1] != '<')
		return 1;
	doc.chomp = delimiter[2] == '-';
	delimiter += doc.chomp ? 3 : 2;
	delimiter += strspn(delimiter, " \t\r");
	/* "<<<" is a shell's own affair. */
	if (*delimiter == '\0' || strchr(delimiter, '<') != NULL)
		return 1;
	if (GET(read_word(&doc.name, delimiter, false, arena, err)) > 0 ||
	    GET(read_word(&with_quotes, delimiter, true, arena, err)) > 0)
		return 1;
	for (size_t i = 0; i < digits && i < 9; i++) /* no fd is longer */
		doc.fd = doc.fd * 10 + (unsigned) (word[i] - '0');
	doc.expand = count_quotes(doc.name) == count_quotes(with_quotes);
	*heredoc = doc;
	return 0;
}

int
heredoc_find(struct heredoc_list *out, const char *line, struct arena *arena, struct error *err)
{
	struct expander expander = { arena, .escape = '\\', .keep_quotes = true,
				     .keep_escapes = true, .keep_unset = true };
	struct text_list words = { 0 };
	struct error unused;

	*out = (struct heredoc_list){ 0 };
	if (strstr(line, "<<") == NULL || expand_words(&words, &expander, line, &unused) < 0)
		return 0;
	FOR_EACH(word, &words) {
		struct heredoc heredoc;
		if (GET(heredoc_read(&heredoc, *word, arena, err)) == 0)
			list_add(out, arena, heredoc);
	}
	return 0;
}

const char *
heredoc_text(struct arena *arena, const struct heredoc *heredoc)
{
	scoped_buffer text = { 0 };

	if (!heredoc->chomp)
		return heredoc->content;
	for (const char *at = heredoc->content; *at != '\0';) {
		at += strspn(at, "\t");
		size_t n = strcspn(at, "\n");
		n += at[n] == '\n';
		buffer_add(&text, at, n);
		at += n;
	}
	return arena_copy(arena, buffer_text(&text), text.length);
}

const char *
heredoc_join(struct arena *arena, const char *line, const struct heredoc_list *heredocs)
{
	scoped_buffer text = { 0 };

	buffer_add_text(&text, line);
	FOR_EACH(heredoc, heredocs)
		buffer_add_format(&text, "\n%s%s", heredoc->content, heredoc->name);
	return arena_copy(arena, buffer_text(&text), text.length);
}
