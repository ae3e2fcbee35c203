/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/sweep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/store/blobs.h"
#include "builder/store/documents.h"
#include "builder/store/layers.h"
#include "builder/store/names.h"
#include "builder/store/records.h"
#include "builder/store/session.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/tree.h"
#include "oci-spec/digest.h"

#define COMPRESSED "compressed"

/* What is known of a digest: how much its blob and its layer take. */
struct sized {
	const char *digest;
	uint64_t bytes;
};

struct sweeping {
	struct store *store;
	const struct sweep_options *options;
	struct sweep_result *result;
	struct keyset kept; /* digests */
	struct sized *sizes;
	size_t size_count;
	struct arena arena;
	struct text_list moved; /* names in the session's directory */
};

static void
end_sweeping(struct sweeping *sweep)
{
	sweep->store->held = -1;
	arena_done(&sweep->arena);
}

static bool
is_kept(const struct sweeping *sweep, const char *digest)
{
	return keyset_has(&sweep->kept, 0, digest, strlen(digest));
}

static void
keep(struct sweeping *sweep, const char *digest)
{
	const char *copy = arena_text(&sweep->arena, digest);

	(void) keyset_add(&sweep->kept, 0, copy, strlen(copy));
}

/* ---- what names need -------------------------------------------------------------------------- */

static int
keep_named(struct sweeping *sweep, struct error *err)
{
	struct name_list names;
	struct documents_needs needs = { 0 };

	TRY(names_list(&names, sweep->store, &sweep->arena, err));
	FOR_EACH (name, &names) {
		keep(sweep, name->target.digest);
		TRY(documents_list_needs(&needs, sweep->store, &name->target, &sweep->arena, err));
	}
	FOR_EACH (blob, &needs.blobs)
		keep(sweep, blob->digest);
	FOR_EACH (diff_id, &needs.diff_ids)
		keep(sweep, *diff_id);
	return 0;
}

/* ---- what records need ------------------------------------------------------------------------ */

/* Each digest in a text. */
static struct text_list
find_digests(const char *text, struct arena *arena)
{
	struct text_list found = { 0 };
	struct error ignored;

	for (const char *at = text; (at = strstr(at, "sha")) != NULL; at++) {
		size_t n = strcspn(at, ":");
		if (at[n] != ':')
			break;
		n += 1 + strspn(at + n + 1, "0123456789abcdef");
		const char *digest = arena_copy(arena, at, n);
		if (digest_check_known(digest, &ignored) == 0)
			list_add(&found, arena, digest);
	}
	return found;
}

static int
compare_sizes(const void *a, const void *b)
{
	return strcmp(((const struct sized *) a)->digest, ((const struct sized *) b)->digest);
}

static uint64_t
size_of(const struct sweeping *sweep, const char *digest)
{
	struct sized key = { .digest = digest };
	const struct sized *found = sweep->size_count == 0 ? NULL
							     : bsearch(&key, sweep->sizes, sweep->size_count, sizeof(key),
								       compare_sizes);
	return found != NULL ? found->bytes : 0;
}

struct size_list {
	struct sized *items;
	size_t count;
	struct arena *arena;
};

static int
note_blob_size(void *data, const char *digest, int64_t size, struct error *err)
{
	struct size_list *list = data;

	(void) err;
	list_add(list, list->arena, ((struct sized){ arena_text(list->arena, digest), (uint64_t) size }));
	return 0;
}

static int
note_layer_size(void *data, struct store *store, const char *name, struct error *err)
{
	struct size_list *list = data;
	struct layer_about about;

	if (GET(layers_read(&about, store, name, err)) == 0)
		list_add(list, list->arena, ((struct sized){ arena_text(list->arena, about.diff_id), about.bytes }));
	return 0;
}

/* Blob and layer of one digest are added up. */
static int
learn_sizes(struct sweeping *sweep, struct error *err)
{
	struct size_list all = { .arena = &sweep->arena };
	size_t n = 0;

	TRY(blobs_each(sweep->store, note_blob_size, &all, err));
	TRY(layers_each(sweep->store, note_layer_size, &all, err));
	if (all.count > 1)
		qsort(all.items, all.count, sizeof(*all.items), compare_sizes);
	for (size_t i = 0; i < all.count; i++) {
		if (n > 0 && strcmp(all.items[n - 1].digest, all.items[i].digest) == 0)
			all.items[n - 1].bytes += all.items[i].bytes;
		else
			all.items[n++] = all.items[i];
	}
	sweep->sizes = all.items;
	sweep->size_count = n;
	return 0;
}

/* What it would cost to keep: its digests that nobody else keeps. */
static uint64_t
cost_of(struct sweeping *sweep, const struct text_list *digests)
{
	uint64_t cost = 0;

	FOR_EACH (digest, digests)
		if (!is_kept(sweep, *digest))
			cost += size_of(sweep, *digest);
	return cost;
}

static int
remove_record(struct sweeping *sweep, const char *kind, const struct record *record, struct error *err)
{
	sweep->result->records++;
	return sweep->options->dry ? 0 : records_remove(sweep->store, kind, record->key, err);
}

static void
keep_all(struct sweeping *sweep, const struct text_list *digests)
{
	FOR_EACH (digest, digests)
		keep(sweep, *digest);
}

static int
judge_bundles(struct sweeping *sweep, struct error *err)
{
	struct record_list list;

	TRY(records_list(&list, sweep->store, SWEEP_BUNDLES, &sweep->arena, err));
	FOR_EACH (record, &list) {
		if (sweep->options->is_bundle != NULL && !sweep->options->is_bundle(record->key)) {
			TRY(remove_record(sweep, SWEEP_BUNDLES, record, err));
			continue;
		}
		struct text_list digests = find_digests(record->value, &sweep->arena);
		keep_all(sweep, &digests);
	}
	return 0;
}

/* What builds remember: records of all kinds but those two, by when they were used last. */
struct found_record {
	const char *kind;
	struct record record;
};

struct found_records {
	struct found_record *items;
	size_t count;
};

static int
compare_use(const void *a, const void *b)
{
	const struct timespec *one = &((const struct found_record *) a)->record.used;
	const struct timespec *other = &((const struct found_record *) b)->record.used;

	if (one->tv_sec != other->tv_sec)
		return one->tv_sec > other->tv_sec ? -1 : 1;
	return (one->tv_nsec < other->tv_nsec) - (one->tv_nsec > other->tv_nsec);
}

static int
find_records(struct found_records *found, struct sweeping *sweep, struct error *err)
{
	struct text_list kinds;
	struct record_list list;

	TRY(records_list_kinds(&kinds, sweep->store, &sweep->arena, err));
	FOR_EACH (kind, &kinds) {
		if (strcmp(*kind, COMPRESSED) == 0 || strcmp(*kind, SWEEP_BUNDLES) == 0)
			continue;
		TRY(records_list(&list, sweep->store, *kind, &sweep->arena, err));
		FOR_EACH (record, &list)
			list_add(found, &sweep->arena, ((struct found_record){ *kind, *record }));
	}
	if (found->count > 1)
		qsort(found->items, found->count, sizeof(*found->items), compare_use);
	return 0;
}

/* The last used first, as long as they fit. */
static int
judge_records(struct sweeping *sweep, struct error *err)
{
	const struct sweep_options *options = sweep->options;
	struct found_records found = { 0 };
	uint64_t spent = 0;

	TRY(find_records(&found, sweep, err));
	FOR_EACH (one, &found) {
		struct text_list digests = find_digests(one->record.value, &sweep->arena);
		uint64_t cost = cost_of(sweep, &digests);
		bool in_use = options->unused_for > 0 && options->now - one->record.used.tv_sec < options->unused_for;
		bool fits = options->keep_bytes > 0 && spent + cost <= options->keep_bytes;

		if (options->records && !in_use && !fits) {
			TRY(remove_record(sweep, one->kind, &one->record, err));
			continue;
		}
		spent += cost;
		keep_all(sweep, &digests);
	}
	return 0;
}

/* A compressed blob lives as long as the layer that it is made of. */
static int
judge_compressed(struct sweeping *sweep, struct error *err)
{
	struct record_list list;

	TRY(records_list(&list, sweep->store, COMPRESSED, &sweep->arena, err));
	FOR_EACH (record, &list) {
		struct text_list of = find_digests(record->key, &sweep->arena);
		if (of.count == 0 || !is_kept(sweep, of.items[0])) {
			TRY(remove_record(sweep, COMPRESSED, record, err));
			continue;
		}
		struct text_list digests = find_digests(record->value, &sweep->arena);
		keep_all(sweep, &digests);
	}
	return 0;
}

/* ---- what goes -------------------------------------------------------------------------------- */

/* Out of sight at once; it is removed when nobody waits for us any more. */
static int
move_out(struct sweeping *sweep, const char *path, struct error *err)
{
	char aside[STORE_NAME_SIZE];
	int session;

	if (sweep->options->dry)
		return 0;
	session = GET(session_directory(sweep->store, err));
	session_fresh_name(sweep->store, aside);
	if (renameat(sweep->store->root, path, session, aside) < 0 && errno != ENOENT)
		return fail_errno(err, "remove %s/%s", sweep->store->path, path);
	list_add(&sweep->moved, &sweep->arena, arena_text(&sweep->arena, aside));
	return 0;
}

static int
judge_blob(void *data, const char *digest, int64_t size, struct error *err)
{
	struct sweeping *sweep = data;

	if (is_kept(sweep, digest))
		return 0;
	sweep->result->blobs++;
	sweep->result->bytes += (uint64_t) size;
	return move_out(sweep,
			arena_format(&sweep->arena, "blobs/%.*s/%s", (int) digest_algorithm_length(digest), digest,
				     digest_encoded(digest)),
			err);
}

/* One that a crash has left is of no use to anybody. */
static int
judge_layer(void *data, struct store *store, const char *name, struct error *err)
{
	struct sweeping *sweep = data;
	struct layer_about about = { .bytes = 0 };

	if (GET(layers_read(&about, store, name, err)) == 0 && is_kept(sweep, about.diff_id))
		return 0;
	sweep->result->layers++;
	sweep->result->bytes += about.bytes;
	return move_out(sweep, arena_format(&sweep->arena, "layers/%s", name), err);
}

static int
empty_quarantine(struct sweeping *sweep, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	TRY(directory_open(&stream, sweep->store->root, "quarantine", err));
	while (GET(directory_next(&entry, stream, "quarantine", err)) == 1)
		TRY(move_out(sweep, arena_format(&sweep->arena, "quarantine/%s", entry->d_name), err));
	return 0;
}

static int
judge_all(struct sweeping *sweep, struct error *err)
{
	TRY(session_read_uses(&sweep->kept, sweep->store, &sweep->arena, err));
	TRY(keep_named(sweep, err));
	TRY(learn_sizes(sweep, err));
	TRY(judge_bundles(sweep, err));
	TRY(judge_records(sweep, err));
	TRY(judge_compressed(sweep, err));
	TRY(blobs_each(sweep->store, judge_blob, sweep, err));
	TRY(layers_each(sweep->store, judge_layer, sweep, err));
	return empty_quarantine(sweep, err);
}

int
sweep_run(struct sweep_result *result, struct store *store, const struct sweep_options *options,
	  struct error *err)
{
	scoped(end_sweeping) struct sweeping sweep = { .store = store, .options = options, .result = result };

	*result = (struct sweep_result){ 0 };
	sweep.kept.arena = &sweep.arena;
	scoped_fd lock = GET(store_lock_exclusive(store, err));
	store->held = lock;
	TRY(judge_all(&sweep, err));
	store->held = -1;
	fd_close(&lock);
	FOR_EACH (name, &sweep.moved)
		TRY(tree_remove(store->session, *name, err));
	return 0;
}
