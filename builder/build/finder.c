/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/finder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/image/import.h"
#include "builder/store/names.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "oci-spec/reference.h"

/* ---- layouts --------------------------------------------------------------------------------- */

/* "PATH" or "PATH:TAG": a directory that is there is meant whole. */
static const char *
split_layout(const char **tag, const char *text, struct arena *arena)
{
	const char *colon = strrchr(text, ':');
	struct stat about;

	*tag = NULL;
	if (colon == NULL || strchr(colon, '/') != NULL || stat(text, &about) == 0)
		return text;
	*tag = colon + 1;
	return arena_copy(arena, text, (size_t) (colon - text));
}

static bool
is_called(const struct import_item *item, const char *tag)
{
	FOR_EACH(name, &item->names)
		if (text_equal(*name, tag) ||
		    (text_ends_with(*name, tag) && (*name)[strlen(*name) - strlen(tag) - 1] == ':'))
			return true;
	return false;
}

static int
choose(const struct import_item **chosen, const struct import_items *items, const char *path,
       const char *tag, struct error *err)
{
	*chosen = NULL;
	FOR_EACH(item, items)
		if (*chosen == NULL && is_called(item, tag == NULL ? REFERENCE_TAG : tag))
			*chosen = item;
	if (*chosen == NULL && tag == NULL && items->count == 1)
		*chosen = items->items;
	if (*chosen != NULL)
		return 0;
	if (tag != NULL)
		return fail(err, "the layout \"%s\" has no image \"%s\"", path, tag);
	return fail(err, "the layout \"%s\" has %zu images: say which, oci:%s:TAG", path,
		    items->count, path);
}

static int
resolve_layout(struct name *found, struct store *store, const char *text, struct arena *arena,
	       struct error *err)
{
	const char *tag, *path = split_layout(&tag, text, arena);
	const struct import_item *chosen;
	struct import_items items = { 0 };
	scoped_fd directory = GET(file_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY, err));

	if (import_layout(&items, store, directory, arena, err) < 0)
		return error_prefixf(err, "read the layout \"%s\"", path);
	TRY(choose(&chosen, &items, path, tag, err));
	*found = (struct name){ .target = chosen->target };
	return 0;
}

/* ---- the store ------------------------------------------------------------------------------- */

int
finder_look(struct name *found, struct store *store, const char *reference, struct arena *arena,
	    struct error *err)
{
	const char *layout = text_after(reference, "oci:");
	struct reference parsed;

	if (layout != NULL)
		return resolve_layout(found, store, layout, arena, err);
	if (reference_parse_full(&parsed, arena, reference, err) == 0) {
		const char *whole = reference_text(&parsed, arena);
		if (GET(names_resolve(found, store, whole, arena, err)) == 0)
			return 0;
	}
	return names_resolve(found, store, reference, arena, err);
}

int
finder_resolve(struct name *found, struct store *store, const char *reference, struct arena *arena,
	       struct error *err)
{
	if (GET(finder_look(found, store, reference, arena, err)) == 0)
		return 0;
	return fail(err, "the image \"%s\" is not in the store", reference);
}

int
finder_find(void *data, struct base_image *base, const char *reference,
	    const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	struct store *store = data;
	struct image *image = arena_new(arena, struct image);
	struct name found = { 0 };

	TRY(finder_resolve(&found, store, reference, arena, err));
	if (GET(image_open(image, store, &found.target, platform, arena, err)) > 0)
		return fail(err, "the image \"%s\" is not complete in the store", reference);
	*base = (struct base_image){ .name = reference, .image = image };
	return 0;
}
