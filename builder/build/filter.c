/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/filter.h"

#include <stdlib.h>
#include <string.h>

void
filter_done(struct filter *filter)
{
	free(filter->bits);
	*filter = (struct filter){ 0 };
}

/* Room for the marks of this level and all above it. */
static void
grow(struct filter *filter, size_t level)
{
	size_t words = ignore_marks(filter->ignore);

	if (level < filter->levels)
		return;
	filter->levels = 2 * level + 8;
	filter->bits = realloc(filter->bits, filter->levels * words * sizeof(*filter->bits));
	if (filter->bits == NULL)
		abort();
}

bool
filter_leaves_out(struct filter *filter, const char *path, size_t level)
{
	if (filter->ignore == NULL || filter->ignore->count == 0)
		return false;
	grow(filter, level);

	size_t words = ignore_marks(filter->ignore);
	uint64_t *marks = filter->bits + level * words;
	return ignore_matches_below(filter->ignore, path, level > 0 ? marks - words : NULL, marks);
}

bool
filter_leaves_out_whole(struct filter *filter, const char *path)
{
	scoped_arena arena = { 0 };
	char *sofar = arena_text(&arena, path);
	bool out = false;
	size_t level = 0;

	for (size_t at = 1; at <= strlen(path); at++) {
		if (path[at] != '/' && path[at] != '\0')
			continue;
		memcpy(sofar, path, at);
		sofar[at] = '\0';
		out = filter_leaves_out(filter, sofar, level++);
	}
	return out;
}

bool
filter_prunes(const struct filter *filter, const char *directory)
{
	return filter->ignore == NULL || ignore_prunes(filter->ignore, directory);
}
