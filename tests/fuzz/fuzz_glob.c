/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is a pattern, the second a name, the third what matches are replaced by. */
#include "tests/fuzz/fuzz.h"

#include "builder/dockerfile/glob.h"
#include "builder/dockerfile/shell_pattern.h"
#include "libcommon/text.h"

static const char *
escaped(struct arena *arena, const char *text)
{
	char *out = arena_alloc(arena, 2 * strlen(text) + 1), *to = out;

	for (; *text != '\0'; *to++ = *text++)
		if (strchr("*?[]\\-^", *text) != NULL)
			*to++ = '\\';
	return out;
}

static void
try_glob(const char *pattern, const char *name, struct arena *arena)
{
	struct error err = { 0 };
	bool is_pattern = glob_check(pattern, &err) == 0;

	if (!is_pattern)
		DEMAND_REASON(err);
	DEMAND(is_pattern || !glob_matches(pattern, name));
	DEMAND(glob_matches(escaped(arena, name), name));
	if (!glob_has_wildcards(pattern))
		DEMAND(glob_matches(pattern, pattern) &&
		       (!glob_matches(pattern, name) || strcmp(pattern, name) == 0));
	if (strchr(name, '/') == NULL)
		DEMAND(glob_matches("*", name));
}

static void
try_shell(const char *pattern, const char *value, const char *replacement, struct arena *arena)
{
	struct shell_replace first = { pattern, replacement, false, 1 << 20 },
			     all = { pattern, replacement, true, 1 << 20 };
	struct error err = { 0 };
	const char *shortest, *longest, *out;

	if (shell_pattern_cut_front(&shortest, value, pattern, false, arena, &err) == 0) {
		DEMAND(shell_pattern_cut_front(&longest, value, pattern, true, arena, &err) == 0);
		DEMAND(strlen(longest) <= strlen(shortest));
		DEMAND(text_ends_with(value, shortest) && text_ends_with(value, longest));
	}
	if (shell_pattern_cut_back(&shortest, value, pattern, false, arena, &err) == 0) {
		DEMAND(shell_pattern_cut_back(&longest, value, pattern, true, arena, &err) == 0);
		DEMAND(strlen(longest) <= strlen(shortest));
		DEMAND(text_after(value, shortest) != NULL && text_after(value, longest) != NULL);
	}
	if (shell_pattern_replace(&out, value, &first, arena, &err) < 0)
		DEMAND_REASON(err);
	if (shell_pattern_replace(&out, value, &all, arena, &err) < 0)
		DEMAND_REASON(err);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	const char *pattern = fuzz_line(&input, &arena), *name = fuzz_line(&input, &arena),
		   *replacement = fuzz_line(&input, &arena);

	/* Beyond a path's length it is only time. */
	if (strlen(pattern) > 4096 || strlen(name) > 4096)
		return 0;
	try_glob(pattern, name, &arena);
	try_shell(pattern, name, replacement, &arena);
	return 0;
}
