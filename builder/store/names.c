/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/names.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "builder/store/blobs.h"
#include "builder/store/session.h"
#include "builder/store/snapshots.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/digest.h"
#include "oci-spec/media_type.h"

#define INDEX_LIMIT ((size_t) 64 * 1024 * 1024)
#define PREFIX_MIN  4 /* digits of a digest that are enough to name something */

static int
read_index(struct oci_index *index, struct store *store, struct arena *arena, struct error *err)
{
	const char *name = arena_format(arena, "%s/index.json", store->path);
	scoped_fd fd = -1;
	char *json;
	size_t n;

	int found = file_open_regular(&fd, store->root, "index.json", err);
	if (found > 0)
		return fail(err, found == 1 ? "%s is gone" : "%s is no file", name);
	if (found < 0 || file_read(fd, "index.json", INDEX_LIMIT, arena, &json, &n, err) < 0)
		return error_prefix(err, store->path);
	return schema_read(&oci_index_schema, index, name, json, n, arena, err);
}

/* What a name stands on reaches the disk before the name does. */
static int
write_index(struct store *store, const struct oci_index *index, struct error *err)
{
	scoped_buffer json = { 0 };

	schema_write(&oci_index_schema, index, SCHEMA_COMPACT, &json);
	return store_replace(store, "index.json", &json, store->sync != STORE_SYNC_NONE, err);
}

/* With the session's directory, which is made under the lock, too. */
static int
lock_names(struct store *store, struct error *err)
{
	(void) GET(session_directory(store, err));
	return store_lock_exclusive(store, err);
}

static const char *
name_of(const struct oci_descriptor *target)
{
	FOR_EACH (annotation, &target->annotations)
		if (strcmp(annotation->key, NAMES_ANNOTATION) == 0)
			return annotation->value;
	return NULL;
}

int
names_list(struct name_list *list, struct store *store, struct arena *arena, struct error *err)
{
	struct oci_index index;

	*list = (struct name_list){ 0 };
	TRY(read_index(&index, store, arena, err));
	FOR_EACH (target, &index.manifests)
		list_add(list, arena, ((struct name){ name_of(target), *target }));
	return 0;
}

int
names_find(struct oci_descriptor *target, struct store *store, const char *name, struct arena *arena,
	   struct error *err)
{
	struct name_list list;

	TRY(names_list(&list, store, arena, err));
	FOR_EACH (item, &list) {
		if (!text_equal(item->text, name))
			continue;
		*target = item->target;
		return 0;
	}
	return 1;
}

/* ---- what people write ------------------------------------------------------------------------ */

static bool
is_prefix_of(const char *text, const char *digest)
{
	const char *digits = text_after(text, "sha256:");

	if (digits == NULL)
		digits = text;
	return strlen(digits) >= PREFIX_MIN && strspn(digits, "0123456789abcdef") == strlen(digits) &&
	       text_after(digest_encoded(digest), digits) != NULL;
}

int
names_resolve(struct name *found, struct store *store, const char *text, struct arena *arena,
	      struct error *err)
{
	struct name_list list;
	const struct name *match = NULL;

	TRY(names_list(&list, store, arena, err));
	FOR_EACH (item, &list) {
		if (!text_equal(item->text, text) && !text_equal(item->target.digest, text))
			continue;
		*found = *item;
		return 0;
	}
	FOR_EACH (item, &list) {
		if (!is_prefix_of(text, item->target.digest))
			continue;
		if (match != NULL && strcmp(match->target.digest, item->target.digest) != 0)
			return fail(err, "\"%s\" could be several images: %s and %s", text, match->target.digest,
				    item->target.digest);
		match = match != NULL ? match : item;
	}
	if (match == NULL)
		return 1;
	*found = *match;
	return 0;
}

/* ---- changes ---------------------------------------------------------------------------------- */

/* The target's own annotations stay, but for the name. */
static struct oci_descriptor
make_entry(const struct oci_descriptor *target, const char *name, struct arena *arena)
{
	struct oci_descriptor entry = *target;

	entry.annotations = (struct pair_list){ 0 };
	FOR_EACH (annotation, &target->annotations)
		if (strcmp(annotation->key, NAMES_ANNOTATION) != 0)
			list_add(&entry.annotations, arena, *annotation);
	if (name != NULL)
		list_add(&entry.annotations, arena, ((struct pair){ NAMES_ANNOTATION, name }));
	return entry;
}

static bool
has_target(const struct oci_descriptor_list *list, const char *digest)
{
	FOR_EACH (item, list)
		if (strcmp(item->digest, digest) == 0)
			return true;
	return false;
}

static bool
has_name(const struct text_list *names, const char *name)
{
	if (name == NULL)
		return false;
	FOR_EACH (item, names)
		if (strcmp(*item, name) == 0)
			return true;
	return false;
}

/*
 * All entries but those with one of the names, and but those without a name for targets that get one.
 * Who loses its last name stays without one.
 */
static struct oci_descriptor_list
take_names(const struct oci_descriptor_list *old, const struct text_list *names, const char *digest,
	   struct arena *arena)
{
	struct oci_descriptor_list kept = { 0 }, all = { 0 };

	FOR_EACH (item, old)
		if (!has_name(names, name_of(item)) && name_of(item) != NULL)
			list_add(&kept, arena, *item);
	FOR_EACH (item, old) {
		if (!has_name(names, name_of(item)) && name_of(item) != NULL) {
			list_add(&all, arena, *item);
			continue;
		}
		if (text_equal(item->digest, digest) || has_target(&kept, item->digest) ||
		    has_target(&all, item->digest))
			continue;
		list_add(&all, arena, make_entry(item, NULL, arena));
	}
	return all;
}

/* Its documents, at least, must be there: the name of nothing would be a lie. */
static int
check_target(struct store *store, const struct oci_descriptor *target, struct error *err)
{
	if (GET(blobs_find(store, target->digest, target->size, err)) == 0)
		return 0;
	return fail(err, "%s is not in the store, so it cannot be named", target->digest);
}

int
names_set_all(struct store *store, const struct text_list *names, const struct oci_descriptor *target,
	      struct error *err)
{
	scoped_arena arena = { 0 };
	struct oci_index index;
	struct oci_descriptor_list all;

	TRY(check_target(store, target, err));
	if (store->sync != STORE_SYNC_NONE)
		TRY(snapshots_settle(store, err));

	scoped_fd lock = GET(lock_names(store, err));
	TRY(read_index(&index, store, &arena, err));
	all = take_names(&index.manifests, names, names->count > 0 ? target->digest : NULL, &arena);
	FOR_EACH (name, names)
		list_add(&all, &arena, make_entry(target, *name, &arena));
	if (names->count == 0 && !has_target(&all, target->digest))
		list_add(&all, &arena, make_entry(target, NULL, &arena));
	index.manifests = all;
	return write_index(store, &index, err);
}

int
names_set(struct store *store, const char *name, const struct oci_descriptor *target, struct error *err)
{
	struct text_list names = { .items = &name, .count = name != NULL ? 1 : 0 };

	return names_set_all(store, &names, target, err);
}

int
names_remove(struct store *store, const char *name, struct error *err)
{
	scoped_arena arena = { 0 };
	struct oci_descriptor target;
	struct oci_index index;
	struct text_list names = { .items = &name, .count = 1 };
	scoped_fd lock = GET(lock_names(store, err));

	if (GET(names_find(&target, store, name, &arena, err)) == 1)
		return 1;
	TRY(read_index(&index, store, &arena, err));
	index.manifests = take_names(&index.manifests, &names, NULL, &arena);
	return write_index(store, &index, err);
}

int
names_remove_target(struct store *store, const char *digest, struct error *err)
{
	scoped_arena arena = { 0 };
	struct oci_index index;
	struct oci_descriptor_list kept = { 0 };
	scoped_fd lock = GET(lock_names(store, err));

	TRY(read_index(&index, store, &arena, err));
	FOR_EACH (item, &index.manifests)
		if (strcmp(item->digest, digest) != 0)
			list_add(&kept, &arena, *item);
	if (kept.count == index.manifests.count)
		return 1;
	index.manifests = kept;
	return write_index(store, &index, err);
}
