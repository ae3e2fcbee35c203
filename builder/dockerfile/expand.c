/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One scanner walks the text; what it finds goes into a sink, which either keeps everything as one
 * text or splits it into words. Only the sink knows the difference: quoted and escaped characters
 * are put in as they are, all others may end a word.
 */
#include "builder/dockerfile/expand.h"

#include "builder/dockerfile/rune.h"
#include "builder/dockerfile/shell_pattern.h"
#include "libcommon/text.h"

/* Far beyond what anyone writes, far below what the stack holds. */
#define DEEPEST 100

struct sink {
	struct buffer text; /* everything, or the word begun */
	struct text_list words;
	struct arena *arena;
	bool splits;
};

static void
finish_sink(struct sink *sink)
{
	buffer_done(&sink->text);
}
#define scoped_sink scoped(finish_sink) struct sink

struct scan {
	struct expander *expander;
	const char *whole, *at;
	bool keep_escapes;
	unsigned depth;
	size_t spent; /* of EXPAND_MOST */
};

/* The text for a complaint: one line, not too long. */
static const char *
show(const struct scan *scan)
{
	size_t n = strcspn(scan->whole, "\n"), kept = n > 80 ? 80 : n;

	while (kept < n && kept > 0 && (scan->whole[kept] & 0xc0) == 0x80)
		kept--;
	return arena_format(scan->expander->arena, "%.*s%s", (int) kept, scan->whole,
			    scan->whole[kept] != '\0' ? "…" : "");
}

static void
end_word(struct sink *sink)
{
	if (sink->text.length > 0)
		list_add(&sink->words, sink->arena,
			 arena_copy(sink->arena, sink->text.bytes, sink->text.length));
	buffer_clear(&sink->text);
}

/* Characters that keep no blank from ending a word. */
static void
put_loose(struct sink *sink, const char *text, size_t n)
{
	uint32_t rune;

	for (size_t used; sink->splits && n > 0; text += used, n -= used) {
		used = rune_read(&rune, text);
		if (rune_is_blank(rune))
			end_word(sink);
		else
			buffer_add(&sink->text, text, used);
	}
	buffer_add(&sink->text, text, n);
}

static void
note_name(struct text_list *names, struct arena *arena, const char *name)
{
	FOR_EACH(known, names)
		if (strcmp(*known, name) == 0)
			return;
	list_add(names, arena, name);
}

static const char *
look_up(struct scan *scan, const char *name)
{
	struct expander *x = scan->expander;
	const char *value = x->lookup != NULL ? x->lookup(x->variables, name) : NULL;

	note_name(value != NULL ? &x->set : &x->unset, x->arena, name);
	return value;
}

/* Letters, digits and "_"; digits if it begins with one; or a special parameter of the shell. */
static const char *
read_name(struct scan *scan)
{
	const char *begin = scan->at;
	bool number = *begin >= '0' && *begin <= '9';
	uint32_t rune;

	if (*begin != '\0' && strchr("@*#?-$!", *begin) != NULL) {
		scan->at++;
	} else if (number) {
		scan->at += strspn(begin, "0123456789");
	} else {
		for (size_t n; (n = rune_read(&rune, scan->at)) > 0 && rune_is_name(rune);)
			scan->at += n;
	}
	return arena_copy(scan->expander->arena, begin, (size_t) (scan->at - begin));
}

static int expand_until(struct scan *scan, char stop, struct sink *sink, struct error *err);

/* The word of a modifier, up to `stop` and past it. */
static int
read_operand(const char **out, struct scan *scan, char stop, bool keep_escapes, struct error *err)
{
	scoped_sink sink = { .arena = scan->expander->arena };
	bool kept = scan->keep_escapes;

	if (++scan->depth > DEEPEST)
		return fail(err, "\"%s\" is nested too deeply", show(scan));
	scan->keep_escapes = keep_escapes;
	TRY(expand_until(scan, stop, &sink, err));
	scan->keep_escapes = kept;
	scan->depth--;
	*out = arena_copy(sink.arena, buffer_text(&sink.text), sink.text.length);
	return 0;
}

/* What stands between the name and "}". */
struct modifier {
	char sign;    /* - + ? # % or / */
	bool colon;   /* empty counts as unset */
	bool doubled; /* ## %% // */
	const char *word, *replacement;
};

static int
read_modifier(struct modifier *modifier, struct scan *scan, struct error *err)
{
	struct modifier m = { .colon = *scan->at == ':' };
	const char *begin = scan->at;

	m.sign = scan->at[m.colon];
	if (m.sign == '\0')
		return fail(err, "\"%s\": the } of a ${ is missing", show(scan));
	if (strchr(m.colon ? "-+?" : "-+?#%/", m.sign) == NULL)
		return fail(err, "\"%s\": \"%.*s\" is not a way to substitute", show(scan),
			    m.colon + 1, begin);
	scan->at += m.colon + 1;
	bool is_pattern = strchr("#%/", m.sign) != NULL;
	if (is_pattern && *scan->at == m.sign) {
		m.doubled = true;
		scan->at++;
	}
	TRY(read_operand(&m.word, scan, m.sign == '/' ? '/' : '}', is_pattern, err));
	if (m.sign == '/')
		TRY(read_operand(&m.replacement, scan, '}', true, err));
	*modifier = m;
	return 0;
}

static int
require_value(const char *name, const char *value, const struct modifier *m, struct error *err)
{
	if (value != NULL && !(m->colon && value[0] == '\0'))
		return 0;
	if (m->word[0] != '\0')
		return fail(err, "%s: %s", name, m->word);
	return fail(err, "variable \"%s\" must %s", name,
		    value == NULL ? "be set" : "not be empty");
}

static int
apply_modifier(const char **out, struct scan *scan, const char *name, const struct modifier *m,
	       struct error *err)
{
	struct arena *arena = scan->expander->arena;
	const char *value = look_up(scan, name), *known = value != NULL ? value : "";
	bool missing = value == NULL || (m->colon && value[0] == '\0');

	if (value == NULL && scan->expander->keep_unset) {
		*out = arena_format(arena, "${%s%s%c%s%s%s%s}", name, m->colon ? ":" : "", m->sign,
				    m->doubled ? (char[]){ m->sign, '\0' } : "", m->word,
				    m->replacement != NULL ? "/" : "",
				    m->replacement != NULL ? m->replacement : "");
		return 0;
	}
	switch (m->sign) {
	case '-':
		*out = missing ? m->word : value;
		return 0;
	case '+':
		*out = missing ? "" : m->word;
		return 0;
	case '?':
		TRY(require_value(name, value, m, err));
		*out = value;
		return 0;
	case '#':
		return shell_pattern_cut_front(out, known, m->word, m->doubled, arena, err);
	case '%':
		return shell_pattern_cut_back(out, known, m->word, m->doubled, arena, err);
	default:
		return shell_pattern_replace(
			out, known,
			&(struct shell_replace){ m->word, m->replacement, m->doubled, EXPAND_MOST }, arena,
			err);
	}
}

/* At a "$". */
static int
read_variable(const char **out, struct scan *scan, struct error *err)
{
	struct arena *arena = scan->expander->arena;
	struct modifier modifier = { 0 };
	bool braces = scan->at[1] == '{';

	scan->at += braces ? 2 : 1;
	if (braces && *scan->at == '\0')
		return fail(err, "\"%s\": the } of a ${ is missing", show(scan));
	if (braces && strchr("{}:", *scan->at) != NULL)
		return fail(err, "\"%s\": a ${ without a name", show(scan));

	const char *name = read_name(scan);
	if (!braces || *scan->at == '}') {
		scan->at += braces;
		const char *value = name[0] != '\0' ? look_up(scan, name) : "$";
		if (value == NULL && scan->expander->keep_unset)
			value = arena_format(arena, braces ? "${%s}" : "$%s", name);
		*out = value != NULL ? value : "";
		return 0;
	}
	TRY(read_modifier(&modifier, scan, err));
	return apply_modifier(out, scan, name, &modifier, err);
}

static int
expand_variable(const char **out, struct scan *scan, struct error *err)
{
	TRY(read_variable(out, scan, err));
	scan->spent += strlen(*out);
	if (scan->spent > EXPAND_MOST)
		return fail(err, "\"%s\" becomes longer than %zu MiB", show(scan), EXPAND_MOST >> 20);
	return 0;
}

/* At a single quote: everything up to the next one is itself. */
static int
expand_single_quotes(struct scan *scan, struct sink *sink, struct error *err)
{
	const char *begin = scan->at + 1, *end = strchr(begin, '\'');
	bool keep = scan->expander->keep_quotes;

	if (end == NULL)
		return fail(err, "the closing ' is missing in %s", show(scan));
	buffer_add(&sink->text, begin - keep, (size_t) (end - begin) + 2 * keep);
	scan->at = end + 1;
	return 0;
}

/* At a double quote: variables are replaced, and the escape is one only before " $ and itself. */
static int
expand_double_quotes(struct scan *scan, struct sink *sink, struct error *err)
{
	char escape = scan->expander->escape;
	bool keep = scan->expander->keep_quotes;
	const char *value;

	buffer_add(&sink->text, "\"", keep);
	scan->at++;
	while (*scan->at != '"') {
		if (*scan->at == '\0')
			return fail(err, "the closing \" is missing in %s", show(scan));
		if (*scan->at == '$') {
			TRY(expand_variable(&value, scan, err));
			buffer_add_text(&sink->text, value);
			continue;
		}
		bool escapes = *scan->at == escape &&
			       (scan->at[1] == '"' || scan->at[1] == '$' || scan->at[1] == escape);
		if (escapes && scan->keep_escapes)
			buffer_add_char(&sink->text, escape);
		scan->at += escapes;
		buffer_add_char(&sink->text, *scan->at++);
	}
	buffer_add(&sink->text, "\"", keep);
	scan->at++;
	return 0;
}

/* At the escape: the next character is itself, whatever it is. Alone at the end it is nothing. */
static void
expand_escape(struct scan *scan, struct sink *sink)
{
	uint32_t rune;

	if (scan->keep_escapes)
		buffer_add_char(&sink->text, *scan->at);
	scan->at++;
	size_t n = rune_read(&rune, scan->at);
	buffer_add(&sink->text, scan->at, n);
	scan->at += n;
}

/* At "<": blanks between << or <<- and the word after it do not part them. */
static void
expand_heredoc_sign(struct scan *scan, struct sink *sink)
{
	size_t n = scan->at[1] == '<' ? 2 : 1;

	if (n == 2) {
		n += scan->at[2] == '-';
		n += strspn(scan->at + n, " \t\r");
	}

	buffer_add(&sink->text, scan->at, n);
	scan->at += n;
}

static int
expand_until(struct scan *scan, char stop, struct sink *sink, struct error *err)
{
	bool quotes = !scan->expander->plain_quotes;
	const char *value;

	while (*scan->at != '\0') {
		char c = *scan->at;
		if (c == stop) {
			scan->at++;
			return 0;
		}
		if (c == '$') {
			TRY(expand_variable(&value, scan, err));
			put_loose(sink, value, strlen(value));
		} else if (c == '\'' && quotes) {
			TRY(expand_single_quotes(scan, sink, err));
		} else if (c == '"' && quotes) {
			TRY(expand_double_quotes(scan, sink, err));
		} else if (c == '<') {
			expand_heredoc_sign(scan, sink);
		} else if (c == scan->expander->escape) {
			expand_escape(scan, sink);
		} else {
			uint32_t rune;
			size_t n = rune_read(&rune, scan->at);
			put_loose(sink, scan->at, n);
			scan->at += n;
		}
	}
	if (stop != '\0')
		return fail(err, "\"%s\": the %c of a ${ is missing", show(scan), stop);
	return 0;
}

static struct scan
scan_of(struct expander *expander, const char *text)
{
	return (struct scan){ expander, text, text, expander->keep_escapes, 0, 0 };
}

int
expand_text(const char **out, struct expander *expander, const char *text, struct error *err)
{
	scoped_sink sink = { .arena = expander->arena };
	struct scan scan = scan_of(expander, text);

	TRY(expand_until(&scan, '\0', &sink, err));
	*out = arena_copy(expander->arena, buffer_text(&sink.text), sink.text.length);
	return 0;
}

int
expand_words(struct text_list *out, struct expander *expander, const char *text, struct error *err)
{
	scoped_sink sink = { .arena = expander->arena, .splits = true };
	struct scan scan = scan_of(expander, text);

	TRY(expand_until(&scan, '\0', &sink, err));
	end_word(&sink);
	*out = sink.words;
	return 0;
}

int
expand_body(const char **out, struct expander *expander, const char *body, struct error *err)
{
	struct expander as = *expander;

	as.escape = '\\';
	as.plain_quotes = true;
	int result = expand_text(out, &as, body, err);
	expander->set = as.set;
	expander->unset = as.unset;
	return result;
}
