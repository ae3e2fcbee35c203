/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The patterns of ${name#p}, ${name%p} and ${name/p/r}: "*" is any text, "?" any character, a
 * backslash takes the meaning from "*", "?" and itself. Brackets have none.
 *
 * What is returned lives in the arena given.
 */
#ifndef COOPERAGE_SHELL_PATTERN_H
#define COOPERAGE_SHELL_PATTERN_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

/* The value without the shortest or longest beginning or end that matches, if one does. */
int shell_pattern_cut_front(const char **out, const char *value, const char *pattern, bool longest,
			    struct arena *arena, struct error *err);
int shell_pattern_cut_back(const char **out, const char *value, const char *pattern, bool longest,
			   struct arena *arena, struct error *err);

struct shell_replace {
	const char *pattern, *replacement;
	bool all;
	size_t most; /* characters that may come of it; more is an error */
};

/* The value with the first match, or each, replaced. Matches are as long as they can be. */
int shell_pattern_replace(const char **out, const char *value, const struct shell_replace *what,
			  struct arena *arena, struct error *err);

#endif
