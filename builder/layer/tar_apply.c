/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whiteouts wait until all entries are placed. They speak of what lies below the layer, wherever they
 * stand in it; and only then is it known which directories are opaque, in which no other whiteout may
 * be, since overlayfs would show it.
 */
#include "builder/layer/tar_apply.h"

#include <stdlib.h>
#include <string.h>

#include "builder/layer/parents.h"
#include "libcommon/buffer.h"
#include "libcommon/list.h"

struct marks {
	struct text_list gone, opaque; /* paths */
	struct arena memory;
};

static void
marks_done(struct marks *marks)
{
	arena_done(&marks->memory);
}

/* ---- reading marks ---------------------------------------------------------------------------- */

/* Of aufs, which kept its own affairs in such files and directories. */
static bool
is_private(const char *path)
{
	for (const char *at = path; *at != '\0';) {
		size_t n = strcspn(at, "/");
		bool opaque = n == strlen(WHITEOUT_OPAQUE) && memcmp(at, WHITEOUT_OPAQUE, n) == 0;
		if (!opaque && strncmp(at, WHITEOUT_PRIVATE, strlen(WHITEOUT_PRIVATE)) == 0)
			return true;
		at += n + (at[n] == '/');
	}
	return false;
}

/* Whiteouts of aufs were hard links to one empty file. */
static int
check_mark(const struct entry *entry, const char *name, struct error *err)
{
	const char *what = name + strlen(WHITEOUT_PREFIX);

	if (strcmp(name, WHITEOUT_OPAQUE) != 0 &&
	    (what[0] == '\0' || strcmp(what, ".") == 0 || strcmp(what, "..") == 0))
		return fail(err, "\"%s\": a whiteout of nothing that could be gone", entry_shown(entry->path).text);
	if (!S_ISREG(entry->mode) || entry->size > 0)
		return fail(err, "\"%s\": a whiteout is an empty file, and this is none",
			    entry_shown(entry->path).text);
	return 0;
}

static int
note_mark(struct marks *marks, const struct entry *entry, const char *name, struct error *err)
{
	int before = (int) (name - entry->path);

	TRY(check_mark(entry, name, err));
	if (strcmp(name, WHITEOUT_OPAQUE) == 0)
		list_add(&marks->opaque, &marks->memory,
			 before > 0 ? arena_copy(&marks->memory, entry->path, (size_t) before - 1) : ".");
	else
		list_add(&marks->gone, &marks->memory,
			 arena_format(&marks->memory, "%.*s%s", before, entry->path,
				      name + strlen(WHITEOUT_PREFIX)));
	return 0;
}

/* ---- making them ------------------------------------------------------------------------------ */

static int
compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* Does one of the directories above have nothing from below anyway? */
static bool
is_in_opaque(const struct text_list *opaque, const char *path)
{
	scoped_buffer above = { 0 };
	const char *dot = ".";

	if (opaque->count == 0)
		return false;
	if (bsearch(&dot, opaque->items, opaque->count, sizeof(*opaque->items), compare) != NULL)
		return true;
	for (const char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		buffer_clear(&above);
		buffer_add(&above, path, (size_t) (slash - path));
		const char *key = above.bytes;
		if (bsearch(&key, opaque->items, opaque->count, sizeof(*opaque->items), compare) != NULL)
			return true;
	}
	return false;
}

static int
apply_marks(struct placer *placer, struct marks *marks, enum whiteout_dialect dialect, struct error *err)
{
	if (marks->opaque.count > 1)
		qsort(marks->opaque.items, marks->opaque.count, sizeof(*marks->opaque.items), compare);
	FOR_EACH (path, &marks->opaque)
		TRY(place_opaque(placer, *path, dialect, err));
	FOR_EACH (path, &marks->gone)
		if (!is_in_opaque(&marks->opaque, *path))
			TRY(place_whiteout(placer, *path, dialect, err));
	return 0;
}

/* ---- entries ---------------------------------------------------------------------------------- */

static int
apply_entry(struct placer *placer, struct tar_reader *reader, const struct entry *entry, struct error *err)
{
	const void *bytes;
	size_t n;
	uint64_t offset;

	TRY(place_entry(placer, entry, err));
	if (entry->size > 0)
		while (GET(tar_read_piece(reader, &bytes, &n, &offset, err)) == 1)
			TRY(place_piece(placer, bytes, n, offset, err));
	return place_finish_entry(placer, err);
}

static int
apply_all(struct placer *placer, struct tar_reader *reader, const struct tar_apply_options *options,
	  struct tar_apply_result *result, struct error *err)
{
	scoped(marks_done) struct marks marks = { .gone.count = 0 };
	struct entry entry;

	while (GET(tar_read_next(reader, &entry, err)) == 1) {
		const char *name = parents_leaf(entry.path);

		result->entries++;
		result->bytes += entry.size;
		result->has_root = result->has_root || strcmp(entry.path, ".") == 0;
		if (options->form == TAR_APPLY_LAYER && is_private(entry.path))
			continue;
		if (options->form == TAR_APPLY_LAYER && whiteout_is_name(name))
			TRY(note_mark(&marks, &entry, name, err));
		else
			TRY(apply_entry(placer, reader, &entry, err));
	}
	TRY(apply_marks(placer, &marks, options->dialect, err));
	return place_end(placer, err);
}

int
tar_apply(struct source *from, int root, const struct tar_apply_options *options,
	  struct tar_apply_result *result, struct error *err)
{
	struct tar_apply_result found = { 0 };
	scoped_tar_reader reader;
	scoped_placer placer;

	tar_read_open(&reader, from, options->limits);
	place_init(&placer, root, &options->place);
	TRY(apply_all(&placer, &reader, options, &found, err));
	found.is_bound = place_is_bound(&placer);
	if (result != NULL)
		*result = found;
	return 0;
}
