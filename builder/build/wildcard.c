/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/wildcard.h"

#include <fcntl.h>
#include <string.h>

#include "builder/build/walk.h"
#include "builder/dockerfile/glob.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"

const char *
wildcard_find(const char *path)
{
	for (const char *at = path; *at != '\0';) {
		char component[4096];
		size_t n = strcspn(at, "/");

		if (n < sizeof(component)) {
			memcpy(component, at, n);
			component[n] = '\0';
			if (glob_has_wildcards(component))
				return at;
		}
		at += n + (at[n] == '/');
	}
	return NULL;
}

struct expansion {
	struct text_list *paths;
	struct text_list pattern; /* its components */
	const char *base;
	struct arena *arena;
	bool deep;
};

/* Could this path, or one below it, match the pattern? */
enum match { MATCH_NO, MATCH_BELOW, MATCH_WHOLE };

static enum match
match_from(const struct expansion *x, const struct text_list *path, size_t p, size_t i)
{
	if (i == x->pattern.count)
		return p == path->count ? MATCH_WHOLE : MATCH_NO;
	if (x->deep && text_equal(x->pattern.items[i], "**")) {
		enum match best = MATCH_BELOW;

		for (size_t skip = p; skip <= path->count && best != MATCH_WHOLE; skip++)
			if (match_from(x, path, skip, i + 1) == MATCH_WHOLE)
				best = MATCH_WHOLE;
		return best;
	}
	if (p == path->count)
		return MATCH_BELOW;
	if (!glob_matches(x->pattern.items[i], path->items[p]))
		return MATCH_NO;
	return match_from(x, path, p + 1, i + 1);
}

static int
visit(void *data, const struct walk_visit *seen, struct error *err)
{
	struct expansion *x = data;
	struct text_list path = text_split(x->arena, seen->path, '/');
	enum match match = match_from(x, &path, 0, 0);

	(void) err;
	if (match == MATCH_WHOLE)
		list_add(x->paths, x->arena,
			 text_equal(x->base, ".")
				 ? arena_text(x->arena, seen->path)
				 : arena_format(x->arena, "%s/%s", x->base, seen->path));
	return match == MATCH_BELOW ? 0 : WALK_PASS;
}

int
wildcard_expand(struct text_list *paths, int root, const char *base, const char *pattern, bool deep,
		struct arena *arena, struct error *err)
{
	struct expansion x = {
		.paths = paths,
		.pattern = text_split(arena, pattern, '/'),
		.base = base,
		.arena = arena,
		.deep = deep,
	};
	scoped_fd directory = -1;

	FOR_EACH(component, &x.pattern)
		if (!(deep && text_equal(*component, "**")))
			TRY(glob_check(*component, err));
	if (GET(beneath_open_if_there(&directory, root, base, O_PATH | O_DIRECTORY, err)) > 0)
		return 0;
	return walk_below(directory, visit, &x, err);
}
