/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pattern is chunks between stars. Each chunk is taken at the first place where it fits, and that
 * choice is never taken back: a later place could only leave less for the chunks that follow.
 */
#include "builder/dockerfile/glob.h"

#include <string.h>

#include "builder/dockerfile/rune.h"

/* One member of a class, at *at and past it; false if there is none. */
static bool
read_member(const char **at, uint32_t *rune)
{
	if (**at == '\0' || **at == '-' || **at == ']')
		return false;
	if (**at == '\\')
		(*at)++;
	size_t n = rune_read(rune, *at);
	*at += n;
	return n > 0 && !(n == 1 && *rune == RUNE_WRONG);
}

/* A class behind its "[", past its "]"; -1 if it is not well-formed. */
static int
match_class(const char **at, uint32_t rune)
{
	bool negated = **at == '^', found = false;
	uint32_t low, high;

	*at += negated;
	for (bool first = true; first || **at != ']'; first = false) {
		if (!read_member(at, &low))
			return -1;
		high = low;
		if (**at == '-') {
			(*at)++;
			if (!read_member(at, &high))
				return -1;
		}
		found = found || (rune >= low && rune <= high);
	}
	(*at)++;
	return found != negated;
}

/* Where the chunk ends: at a star outside a class, or at the end. */
static const char *
chunk_end(const char *chunk)
{
	bool in_class = false;

	for (; *chunk != '\0'; chunk++) {
		if (*chunk == '\\' && chunk[1] != '\0')
			chunk++;
		else if (*chunk == '[')
			in_class = true;
		else if (*chunk == ']')
			in_class = false;
		else if (*chunk == '*' && !in_class)
			break;
	}
	return chunk;
}

enum fit { FITS, FITS_NOT, MALFORMED };

/* The chunk against the beginning of *name, past which it moves. All of its form is checked. */
static enum fit
fit_chunk(const char *chunk, const char *end, const char **name)
{
	const char *text = *name;
	enum fit fit = FITS;
	uint32_t rune, wanted;

	while (chunk < end) {
		size_t n = rune_read(&rune, text);
		if (n == 0)
			fit = FITS_NOT;
		if (*chunk == '[') {
			chunk++;
			int inside = match_class(&chunk, rune);
			if (inside < 0)
				return MALFORMED;
			if (inside == 0)
				fit = FITS_NOT;
		} else if (*chunk == '?') {
			chunk++;
			if (rune == '/')
				fit = FITS_NOT;
		} else {
			if (*chunk == '\\' && *++chunk == '\0')
				return MALFORMED;
			size_t m = rune_read(&wanted, chunk);
			if (m != n || strncmp(chunk, text, n) != 0)
				fit = FITS_NOT;
			chunk += m;
		}
		if (fit == FITS)
			text += n;
	}
	*name = text;
	return fit;
}

/* The chunk at the first place behind a star where it fits, and if it is the last, at the end. */
static bool
fit_behind_star(const char *chunk, const char *end, const char **name)
{
	const char *from = *name;

	for (;; from++) {
		const char *rest = from;
		if (fit_chunk(chunk, end, &rest) == FITS && (*end != '\0' || *rest == '\0')) {
			*name = rest;
			return true;
		}
		if (*from == '\0' || *from == '/')
			return false;
	}
}

bool
glob_matches(const char *pattern, const char *name)
{
	while (*pattern != '\0') {
		bool star = *pattern == '*';
		const char *chunk = pattern + strspn(pattern, "*"), *end = chunk_end(chunk);
		if (star && *chunk == '\0')
			return strchr(name, '/') == NULL;
		if (star ? !fit_behind_star(chunk, end, &name)
			 : fit_chunk(chunk, end, &name) != FITS)
			return false;
		pattern = end;
	}
	return *name == '\0';
}

int
glob_check(const char *pattern, struct error *err)
{
	const char *nothing = "";

	for (const char *chunk = pattern, *end; *chunk != '\0'; chunk = end) {
		chunk += strspn(chunk, "*");
		end = chunk_end(chunk);
		if (fit_chunk(chunk, end, &nothing) == MALFORMED)
			return fail(err, "pattern \"%s\" is malformed: look at its [ ] and \\",
				    pattern);
	}
	return 0;
}

bool
glob_has_wildcards(const char *pattern)
{
	return strpbrk(pattern, "*?[\\") != NULL;
}
