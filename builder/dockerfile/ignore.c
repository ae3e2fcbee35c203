/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern becomes a few tokens, and the tokens a set of states walked along the path: no
 * backtracking, so no pattern is slow. The common ones need not even that: a name is compared, and
 * "**" alone at either end is a prefix or a suffix.
 *
 * That last is more than speed. A suffix does not care for slashes, so that "**foo" ignores "xfoo",
 * while "**foo*" does not; files in the wild rely on what these patterns have always done.
 */
#include "builder/dockerfile/ignore.h"

#include "builder/dockerfile/glob.h"
#include "builder/dockerfile/rune.h"
#include "libcommon/path.h"
#include "libcommon/text.h"

#define LONGEST_LINE 65535

enum token_kind {
	TOKEN_RUNE,  /* this character */
	TOKEN_CLASS, /* one of these, or none of these */
	TOKEN_ONE,   /* ?: any but a slash */
	TOKEN_SOME,  /* *: any number but no slash */
	TOKEN_DEEP,  /* ** before more: nothing, or anything up to and with a slash */
	TOKEN_REST,  /* ** at the end: anything */
	TOKEN_END,
};

struct rune_pair {
	uint32_t first, last;
};

struct token {
	enum token_kind kind;
	uint32_t rune;
	bool negated;
	list_of(struct rune_pair) members;
};

struct ignore_pattern {
	enum { BY_NAME, BY_PREFIX, BY_SUFFIX, BY_TOKENS } way;
	bool is_exception;
	const char *text; /* the name, the prefix, the suffix; or as written */
	size_t length;    /* of text */
	list_of(struct token) tokens;
};

/* ---- compiling ---------------------------------------------------------------------------- */

static uint32_t
read_escaped(const char **at)
{
	uint32_t rune;

	if (**at == '\\')
		(*at)++;
	*at += rune_read(&rune, *at);
	return rune;
}

/* A class behind its "["; glob_check has found it well-formed. */
static struct token
read_class(const char **at, struct arena *arena)
{
	struct token token = { .kind = TOKEN_CLASS, .negated = **at == '^' };

	*at += token.negated;
	while (**at != ']' && **at != '\0') {
		struct rune_pair pair;
		pair.first = pair.last = read_escaped(at);
		if (**at == '-') {
			(*at)++;
			pair.last = read_escaped(at);
		}
		list_add(&token.members, arena, pair);
	}
	*at += **at == ']';
	return token;
}

static struct token
read_token(const char **at, struct arena *arena)
{
	struct token token = { .kind = TOKEN_RUNE };

	if (**at == '[') {
		(*at)++;
		return read_class(at, arena);
	}
	if (**at == '?' || **at == '*') {
		token.kind = **at == '?' ? TOKEN_ONE : TOKEN_SOME;
		(*at)++;
		if (token.kind == TOKEN_SOME && **at == '*') {
			*at += (*at)[1] == '/' ? 2 : 1;
			token.kind = **at == '\0' ? TOKEN_REST : TOKEN_DEEP;
		}
		return token;
	}
	token.rune = read_escaped(at);
	return token;
}

/* The way a pattern is matched, from what is in it besides plain characters. */
static void
choose_way(struct ignore_pattern *pattern)
{
	static const char special[] = "*?[]\\";
	const char *text = pattern->text, *suffix = text_after(text, "**");
	size_t plain = strcspn(text, special), n = strlen(text);

	pattern->length = n;
	if (plain == n) {
		pattern->way = BY_NAME;
	} else if (suffix != NULL && strpbrk(suffix, special) == NULL) {
		pattern->way = BY_SUFFIX;
		pattern->text = suffix;
		pattern->length = n - 2;
	} else if (strcmp(text + plain, "**") == 0) {
		pattern->way = BY_PREFIX;
		pattern->length = plain;
	} else {
		pattern->way = BY_TOKENS;
	}
}

/* A pattern without its "!". */
static int
compile_pattern(struct ignore_pattern *pattern, const char *text, struct arena *arena,
		struct error *err)
{
	*pattern = (struct ignore_pattern){ .text = arena_text(arena, text) };
	TRY(glob_check(text, err));
	choose_way(pattern);
	if (pattern->way != BY_TOKENS)
		return 0;
	while (*text != '\0')
		list_add(&pattern->tokens, arena, read_token(&text, arena));
	list_add(&pattern->tokens, arena, (struct token){ .kind = TOKEN_END });
	return 0;
}

static int
add_pattern(struct ignore *ignore, const char *text, struct arena *arena, struct error *err)
{
	list_of(struct ignore_pattern) patterns = { ignore->patterns, ignore->count };
	struct ignore_pattern pattern;
	bool is_exception = text[0] == '!';

	if (is_exception && text[1] == '\0')
		return fail(err, "pattern \"!\" takes nothing back");
	TRY(compile_pattern(&pattern, text + is_exception, arena, err));
	pattern.is_exception = is_exception;
	ignore->has_exceptions = ignore->has_exceptions || is_exception;
	list_add(&patterns, arena, pattern);
	ignore->patterns = patterns.items;
	ignore->count = patterns.count;
	return 0;
}

int
ignore_compile(struct ignore *ignore, const struct text_list *patterns, struct arena *arena,
	       struct error *err)
{
	*ignore = (struct ignore){ 0 };
	FOR_EACH(item, patterns) {
		const char *text = rune_trim(arena, *item);
		/* Cleaned with the "!" still on it: "!./x" is not "!x" here, and never was. */
		if (text[0] != '\0')
			TRY(add_pattern(ignore, path_clean(arena, text), arena, err));
	}
	return 0;
}

/* A line of an ignore file → a pattern, or NULL if there is none on it. */
static const char *
read_line(struct arena *arena, const char *line)
{
	bool is_exception;

	if (line[0] == '#')
		return NULL;
	line = rune_trim(arena, line);
	if (line[0] == '\0')
		return NULL;
	is_exception = line[0] == '!';
	line = rune_trim(arena, line + is_exception);
	if (line[0] != '\0')
		line = path_clean(arena, line);
	if (line[0] == '/' && line[1] != '\0')
		line++;
	return is_exception ? arena_format(arena, "!%s", line) : line;
}

int
ignore_read(struct ignore *ignore, const char *name, const char *bytes, size_t n,
	    struct arena *arena, struct error *err)
{
	const char *end = bytes + n;
	unsigned number = 0;

	*ignore = (struct ignore){ 0 };
	if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
		bytes += 3;
	for (const char *next; bytes < end; bytes = next) {
		const char *newline = memchr(bytes, '\n', (size_t) (end - bytes));
		size_t length = (size_t) ((newline != NULL ? newline : end) - bytes);
		next = bytes + length + 1;
		number++;
		if (length > LONGEST_LINE)
			return fail(err, "%s:%u: the line is longer than %d bytes", name, number,
				    LONGEST_LINE);
		if (memchr(bytes, '\0', length) != NULL)
			return fail(err, "%s:%u: there is a NUL byte in the line", name, number);
		const char *pattern = read_line(arena, arena_copy(arena, bytes, length));
		if (pattern != NULL && add_pattern(ignore, pattern, arena, err) < 0)
			return error_prefixf(err, "%s:%u", name, number);
	}
	return 0;
}

/* ---- matching ----------------------------------------------------------------------------- */

static bool
class_has(const struct token *token, uint32_t rune)
{
	bool found = false;

	FOR_EACH(pair, &token->members)
		found = found || (rune >= pair->first && rune <= pair->last);
	return found != token->negated;
}

/* Enters a state, and those behind it that need no character. */
static void
enter(uint64_t *states, const struct token *tokens, size_t at)
{
	for (;; at++) {
		states[at / 64] |= UINT64_C(1) << at % 64;
		if (tokens[at].kind != TOKEN_SOME && tokens[at].kind != TOKEN_DEEP &&
		    tokens[at].kind != TOKEN_REST)
			return;
	}
}

static void
step(uint64_t *next, const struct token *tokens, size_t at, uint32_t rune)
{
	const struct token *token = &tokens[at];

	switch (token->kind) {
	case TOKEN_RUNE:
		if (token->rune == rune)
			enter(next, tokens, at + 1);
		break;
	case TOKEN_CLASS:
		if (class_has(token, rune))
			enter(next, tokens, at + 1);
		break;
	case TOKEN_ONE:
		if (rune != '/')
			enter(next, tokens, at + 1);
		break;
	case TOKEN_SOME:
		if (rune != '/')
			enter(next, tokens, at);
		break;
	case TOKEN_DEEP:
		next[at / 64] |= UINT64_C(1) << at % 64;
		if (rune == '/')
			enter(next, tokens, at + 1);
		break;
	case TOKEN_REST:
		enter(next, tokens, at);
		break;
	case TOKEN_END:
		break;
	}
}

enum walk { WALK_DIED, WALK_ALIVE, WALK_MATCHED };

/* `now` and `next` hold a bit for each token and are zero. */
static enum walk
walk_tokens(const struct token *tokens, size_t count, uint64_t *now, uint64_t *next,
	    const char *path)
{
	size_t words = (count + 63) / 64;
	uint32_t rune;

	enter(now, tokens, 0);
	for (size_t n; (n = rune_read(&rune, path)) > 0; path += n) {
		uint64_t alive = 0;
		memset(next, 0, words * sizeof(*next));
		for (size_t i = 0; i < words; i++)
			for (uint64_t left = now[i]; left != 0; left &= left - 1)
				step(next, tokens, i * 64 + (size_t) __builtin_ctzll(left), rune);
		for (size_t i = 0; i < words; i++)
			alive |= next[i];
		if (alive == 0)
			return WALK_DIED;
		uint64_t *swap = now;
		now = next;
		next = swap;
	}
	return now[(count - 1) / 64] >> (count - 1) % 64 & 1 ? WALK_MATCHED : WALK_ALIVE;
}

static bool
match_tokens(const struct ignore_pattern *pattern, const char *path)
{
	size_t count = pattern->tokens.count, words = (count + 63) / 64;
	uint64_t few[2] = { 0 };

	if (words == 1)
		return walk_tokens(pattern->tokens.items, count, &few[0], &few[1], path) ==
		       WALK_MATCHED;

	scoped_arena many = { 0 };
	uint64_t *states = arena_alloc(&many, 2 * words * sizeof(*states));
	return walk_tokens(pattern->tokens.items, count, states, states + words, path) ==
	       WALK_MATCHED;
}

/* The path alone, without its parents. */
static bool
match_pattern(const struct ignore_pattern *pattern, const char *path)
{
	size_t n;

	switch (pattern->way) {
	case BY_NAME:
		return strcmp(path, pattern->text) == 0;
	case BY_PREFIX:
		return strncmp(path, pattern->text, pattern->length) == 0;
	case BY_SUFFIX:
		n = strlen(path);
		if (n >= pattern->length && strcmp(path + n - pattern->length, pattern->text) == 0)
			return true;
		return pattern->text[0] == '/' && strcmp(path, pattern->text + 1) == 0;
	case BY_TOKENS:
		return match_tokens(pattern, path);
	}
	return false;
}

/* A path and the directories above it. */
static bool
match_branch(const struct ignore_pattern *pattern, struct text_list branch)
{
	FOR_EACH(path, &branch)
		if (match_pattern(pattern, *path))
			return true;
	return false;
}

/* "a/b/c" → "a/b/c", "a/b", "a" */
static struct text_list
read_branch(struct arena *arena, const char *path)
{
	struct text_list branch = { 0 };

	for (size_t n = strlen(path);; n--) {
		if (n == 0)
			return branch;
		if (path[n] == '\0' || path[n] == '/')
			list_add(&branch, arena, arena_copy(arena, path, n));
	}
}

/* The index behind the last pattern that matches, or 0. */
static size_t
find_decision(const struct ignore *ignore, struct text_list branch)
{
	size_t decided = ignore->count;

	while (decided > 0 && !match_branch(&ignore->patterns[decided - 1], branch))
		decided--;
	return decided;
}

bool
ignore_matches(const struct ignore *ignore, const char *path)
{
	scoped_arena arena = { 0 };

	if (strcmp(path, ".") == 0)
		return false;
	size_t decided = find_decision(ignore, read_branch(&arena, path));
	return decided > 0 && !ignore->patterns[decided - 1].is_exception;
}

size_t
ignore_marks(const struct ignore *ignore)
{
	return (ignore->count + 63) / 64;
}

bool
ignore_matches_below(const struct ignore *ignore, const char *path, const uint64_t *above,
		     uint64_t *marks)
{
	bool ignored = false, decided = false;

	for (size_t n = marks != NULL ? ignore_marks(ignore) : 0; n > 0; n--)
		marks[n - 1] = 0;
	/* From the last to the first: who has no children to tell is done at the first match. */
	for (size_t i = ignore->count; i-- > 0 && !(decided && marks == NULL);) {
		uint64_t bit = UINT64_C(1) << i % 64;
		bool matches = above != NULL && (above[i / 64] & bit) != 0;
		if (!matches && !match_pattern(&ignore->patterns[i], path))
			continue;
		if (!decided)
			ignored = !ignore->patterns[i].is_exception;
		decided = true;
		if (marks != NULL)
			marks[i / 64] |= bit;
	}
	return ignored;
}

/* Whether some path that begins with "directory/" could match. */
static bool
may_match_below(const struct ignore_pattern *pattern, const char *directory)
{
	scoped_arena arena = { 0 };
	const char *stem = arena_format(&arena, "%s/", directory);
	size_t n = strlen(stem), words = (pattern->tokens.count + 63) / 64;

	switch (pattern->way) {
	case BY_NAME:
		return strncmp(pattern->text, stem, n) == 0;
	case BY_PREFIX:
		return strncmp(pattern->text, stem, n < pattern->length ? n : pattern->length) == 0;
	case BY_SUFFIX:
		return true;
	case BY_TOKENS:
		break;
	}
	uint64_t *states = arena_alloc(&arena, 2 * words * sizeof(*states));
	return walk_tokens(pattern->tokens.items, pattern->tokens.count, states, states + words,
			   stem) != WALK_DIED;
}

bool
ignore_prunes(const struct ignore *ignore, const char *directory)
{
	scoped_arena arena = { 0 };

	if (!ignore->has_exceptions)
		return true;
	/* A "!" before the pattern that decided has lost already, for everything below too. */
	for (size_t i = find_decision(ignore, read_branch(&arena, directory)); i < ignore->count;
	     i++)
		if (ignore->patterns[i].is_exception &&
		    may_match_below(&ignore->patterns[i], directory))
			return false;
	return true;
}
