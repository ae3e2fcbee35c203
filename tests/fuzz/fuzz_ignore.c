/* SPDX-License-Identifier: Apache-2.0 */
/* The first line is a path, the others are an ignore file. */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "builder/dockerfile/ignore.h"
#include "libcommon/path.h"

/* A walker must come to the same end as who asks for the path alone, and lose nothing by pruning. */
static void
walk_to(const struct ignore *ignore, const char *path, bool ignored)
{
	scoped_arena arena = { 0 };
	uint64_t *above = NULL;
	bool pruned = false;

	for (size_t n = 0; path[n] != '\0'; n++) {
		if (path[n] != '/')
			continue;
		uint64_t *marks = arena_alloc(&arena, (ignore_marks(ignore) + 1) * sizeof(*marks));
		const char *directory = arena_copy(&arena, path, n);
		if (ignore_matches_below(ignore, directory, above, marks))
			pruned = pruned || ignore_prunes(ignore, directory);
		above = marks;
	}
	if (ignore_matches_below(ignore, path, above, NULL) != ignored || (pruned && !ignored))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct ignore ignore = { 0 };
	struct error err = { 0 };
	const char *text = arena_copy(&arena, bytes, n), *end = memchr(text, '\n', n);

	if (end == NULL || end == text || text[0] == '/')
		return 0;
	const char *path = path_clean(&arena, arena_copy(&arena, text, (size_t) (end - text)));
	if (ignore_read(&ignore, ".dockerignore", end + 1, n - (size_t) (end + 1 - text), &arena,
			&err) < 0) {
		if (err.text[0] == '\0')
			abort(); /* refused without a word */
		return 0;
	}
	if (strcmp(path, ".") != 0)
		walk_to(&ignore, path, ignore_matches(&ignore, path));
	return 0;
}
