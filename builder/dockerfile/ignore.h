/* SPDX-License-Identifier: Apache-2.0 */
/*
 * .dockerignore and --exclude: an ordered list of patterns; the last one that matches decides.
 *
 * Patterns are compiled once into the arena given and are read-only from then on, so that threads
 * may share them. Paths are relative to the root of what is filtered, clean, without a slash at
 * either end. Reads no file.
 */
#ifndef COOPERAGE_IGNORE_H
#define COOPERAGE_IGNORE_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

struct ignore_pattern;

struct ignore {
	struct ignore_pattern *patterns;
	size_t count;
	bool has_exceptions; /* some pattern begins with "!" */
};

/* The bytes of a .dockerignore; `name` is for complaints: ".dockerignore:3: …". */
int ignore_read(struct ignore *ignore, const char *name, const char *bytes, size_t n,
		struct arena *arena, struct error *err);

/* The values of --exclude, which are cleaned a little differently. */
int ignore_compile(struct ignore *ignore, const struct text_list *patterns, struct arena *arena,
		   struct error *err);

/* Whether a path is ignored, by itself or because a directory above it is. "." never is. */
bool ignore_matches(const struct ignore *ignore, const char *path);

/*
 * The same for a walker, which goes from parents to children and does not want the parents tried
 * again for each child. A directory's marks are a bit per pattern, ignore_marks(ignore) words of
 * the caller's; `above` is NULL for what lies in the root, `marks` NULL for what is no directory.
 */
size_t ignore_marks(const struct ignore *ignore);
bool ignore_matches_below(const struct ignore *ignore, const char *path, const uint64_t *above,
			  uint64_t *marks);

/* Whether no "!" takes back anything below an ignored directory, so that it need not be entered. */
bool ignore_prunes(const struct ignore *ignore, const char *directory);

#endif
