/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pattern and value are turned into runs of code points, so that "?" is one character and an end
 * can be cut by turning both around. A pattern is then segments between stars: the first must stand
 * where the match begins, each further one is looked for to the right. The shortest match takes
 * every segment as early as it can; the longest takes the last segment as late as it can.
 */
#include "builder/dockerfile/shell_pattern.h"

#include "builder/dockerfile/rune.h"
#include "libcommon/list.h"

#define ONE UINT32_C(0x80000000)  /* "?" */
#define MANY UINT32_C(0x80000001) /* "*" */

struct runes {
	uint32_t *items;
	size_t count;
};

static struct runes
read_value(struct arena *arena, const char *text)
{
	struct runes runes = { arena_alloc(arena, (strlen(text) + 1) * sizeof(uint32_t)), 0 };

	/* A wrong byte stays itself, out of the range of code points, so that it is written back as
	 * it was. */
	for (size_t n; (n = rune_read(&runes.items[runes.count], text)) > 0; text += n) {
		if (n == 1 && runes.items[runes.count] == RUNE_WRONG)
			runes.items[runes.count] = 0x110000 + (unsigned char) *text;
		runes.count++;
	}
	return runes;
}

static int
read_pattern(struct runes *pattern, struct arena *arena, const char *text, struct error *err)
{
	struct runes all = read_value(arena, text);

	*pattern = (struct runes){ all.items, 0 };
	for (size_t i = 0; i < all.count; i++) {
		uint32_t rune = all.items[i];
		if (rune == '*' || rune == '?') {
			rune = rune == '*' ? MANY : ONE;
		} else if (rune == '\\') {
			uint32_t next = i + 1 < all.count ? all.items[i + 1] : 0;
			/* "}" and "/" had to be escaped to get here: the backslash is not the
			 * pattern's. */
			if (next == '\0' ||
			    strchr("*?\\}/", (int) (next < 0x80 ? next : 'x')) == NULL)
				return fail(err,
					    "pattern \"%s\": a backslash may stand only before * ? "
					    "\\ } and /",
					    text);
			rune = next;
			i++;
		}
		pattern->items[pattern->count++] = rune;
	}
	return 0;
}

static const char *
write_runes(struct arena *arena, const uint32_t *items, size_t count)
{
	scoped_buffer text = { 0 };

	for (size_t i = 0; i < count; i++) {
		if (items[i] >= 0x110000)
			buffer_add_char(&text, (char) (items[i] - 0x110000));
		else
			rune_write(&text, items[i]);
	}
	return arena_copy(arena, buffer_text(&text), text.length);
}

static void
turn_around(struct runes *runes)
{
	for (size_t i = 0; i < runes->count / 2; i++) {
		uint32_t swap = runes->items[i];
		runes->items[i] = runes->items[runes->count - 1 - i];
		runes->items[runes->count - 1 - i] = swap;
	}
}

static bool
segment_is_at(const uint32_t *segment, size_t n, const struct runes *value, size_t at)
{
	if (n > value->count - at)
		return false;
	for (size_t i = 0; i < n; i++)
		if (segment[i] != ONE && segment[i] != value->items[at + i])
			return false;
	return true;
}

static size_t
segment_length(const struct runes *pattern, size_t from)
{
	size_t n = 0;

	while (from + n < pattern->count && pattern->items[from + n] != MANY)
		n++;
	return n;
}

#define NO_MATCH SIZE_MAX           /* none that begins here */
#define NO_MORE  (SIZE_MAX - 1)     /* nor any further on */

/* What is behind the first star is looked for in all that follows, so that nothing is found later either. */
static bool
is_match(size_t end)
{
	return end < NO_MORE;
}

/* Where a match that begins at `begin` ends; or NO_MATCH, NO_MORE. */
static size_t
match_end(const struct runes *pattern, const struct runes *value, size_t begin, bool longest)
{
	size_t n = segment_length(pattern, 0), next = n, at = begin + n;

	if (!segment_is_at(pattern->items, n, value, begin))
		return NO_MATCH;
	while (next < pattern->count) {
		next++;
		n = segment_length(pattern, next);
		bool is_last = next + n == pattern->count, late = longest && is_last;
		if (n > value->count - at)
			return NO_MORE;
		size_t place = late ? value->count - n : at;
		while (!segment_is_at(pattern->items + next, n, value, place)) {
			if (place == (late ? at : value->count - n))
				return NO_MORE;
			place = late ? place - 1 : place + 1;
		}
		at = place + n;
		next += n;
	}
	return at;
}

int
shell_pattern_cut_front(const char **out, const char *value, const char *pattern, bool longest,
			struct arena *arena, struct error *err)
{
	struct runes runes = read_value(arena, value), wanted;

	TRY(read_pattern(&wanted, arena, pattern, err));
	size_t end = match_end(&wanted, &runes, 0, longest);
	*out = !is_match(end) ? value : write_runes(arena, runes.items + end, runes.count - end);
	return 0;
}

int
shell_pattern_cut_back(const char **out, const char *value, const char *pattern, bool longest,
		       struct arena *arena, struct error *err)
{
	struct runes runes = read_value(arena, value), wanted;

	TRY(read_pattern(&wanted, arena, pattern, err));
	turn_around(&runes);
	turn_around(&wanted);
	size_t end = match_end(&wanted, &runes, 0, longest);
	turn_around(&runes);
	*out = !is_match(end) ? value : write_runes(arena, runes.items, runes.count - end);
	return 0;
}

int
shell_pattern_replace(const char **out, const char *value, const struct shell_replace *what,
		      struct arena *arena, struct error *err)
{
	struct runes runes = read_value(arena, value), wanted,
		     put = read_value(arena, what->replacement);
	list_of(uint32_t) result = { 0 };
	size_t at = 0, last_end = NO_MATCH, replaced = 0;
	bool again = true;

	TRY(read_pattern(&wanted, arena, what->pattern, err));
	while (at <= runes.count) {
		size_t end = again ? match_end(&wanted, &runes, at, true) : NO_MORE;
		/* Nothing is replaced by an empty match right behind a match. */
		if (is_match(end) && !(end == at && at == last_end)) {
			if (put.count > what->most || result.count > what->most - put.count)
				return fail(err, "pattern \"%s\": what comes of it is too long",
					    what->pattern);
			FOR_EACH(rune, &put)
				list_add(&result, arena, *rune);
			replaced++;
			last_end = end;
		}
		again = end != NO_MORE && (what->all || replaced == 0);
		if (is_match(end) && end > at) {
			at = end;
			continue;
		}
		if (at < runes.count)
			list_add(&result, arena, runes.items[at]);
		at++;
	}
	*out = replaced == 0 ? value : write_runes(arena, result.items, result.count);
	return 0;
}
