/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/snapshots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "builder/layer/ahead.h"
#include "builder/layer/decompress.h"
#include "builder/layer/tar_apply.h"
#include "builder/layer/tar_write.h"
#include "builder/store/blobs.h"
#include "builder/store/layers.h"
#include "builder/store/session.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/tree.h"
#include "oci-spec/media_type.h"

#define ROOT_MODE 0755 /* of an image that does not say */

/* ---- finding ---------------------------------------------------------------------------------- */

/* Under its own name, or under that of its chain. Returns 1 if it is not there. */
static int
find_layer(char name[LAYERS_NAME_SIZE], struct layer_about *about, struct store *store,
	   const struct text_list *diff_ids, size_t which, struct error *err)
{
	TRY(layers_name(name, diff_ids->items[which], err));
	if (GET(layers_read(about, store, name, err)) == 0)
		return 0;
	TRY(layers_bound_name(name, diff_ids, which, err));
	return layers_read(about, store, name, err);
}

int
snapshots_find(struct store *store, const struct text_list *diff_ids, size_t which, struct error *err)
{
	char name[LAYERS_NAME_SIZE];
	struct layer_about about;
	scoped_fd lock = GET(store_lock_shared(store, err));

	if (GET(find_layer(name, &about, store, diff_ids, which, err)) == 1)
		return 1;
	return session_use(store, about.diff_id, err);
}

/* A layer says the same again further down, where nobody hears it; and overlayfs takes none twice. */
static bool
stands_above(const struct text_list *diff_ids, size_t which)
{
	for (size_t i = which + 1; i < diff_ids->count; i++)
		if (strcmp(diff_ids->items[i], diff_ids->items[which]) == 0)
			return true;
	return false;
}

int
snapshots_open(struct chain *chain, struct store *store, const struct text_list *diff_ids, struct error *err)
{
	size_t count = diff_ids->count;
	scoped_fd lock = GET(store_lock_shared(store, err));

	*chain = (struct chain){ .directories = calloc(count + 1, sizeof(int)), .count = 0, .root = count };
	if (chain->directories == NULL)
		abort();
	for (size_t which = count; which-- > 0;) {
		char name[LAYERS_NAME_SIZE];
		struct layer_about about;

		if (stands_above(diff_ids, which))
			continue;
		if (GET(find_layer(name, &about, store, diff_ids, which, err)) == 1)
			return 1;
		TRY(session_use(store, about.diff_id, err));
		chain->directories[chain->count] = GET(layers_open(store, name, err));
		if (about.has_root && chain->root == count)
			chain->root = chain->count;
		chain->count++;
	}
	if (chain->root == count)
		chain->root = chain->count;
	return 0;
}

void
snapshots_close(struct chain *chain)
{
	for (size_t i = 0; i < chain->count; i++)
		fd_close(&chain->directories[i]);
	free(chain->directories);
	*chain = (struct chain){ 0 };
}

struct stack
snapshots_stack(const struct chain *chain, const struct store *store)
{
	return (struct stack){
		.directories = chain->directories,
		.count = chain->count,
		.dialect = store->dialect,
		.root = chain->root < chain->count ? chain->root : 0,
	};
}

int
snapshots_settle(struct store *store, struct error *err)
{
	return layers_settle(store, err);
}

/* ---- unpacking -------------------------------------------------------------------------------- */

#define ROOM_SHARE 80 /* percent of what is free that one layer may take */

static uint64_t
count_room(struct store *store)
{
	struct statvfs about;

	if (fstatvfs(store->root, &about) < 0)
		return 0;
	return (uint64_t) about.f_bavail * about.f_frsize / 100 * ROOM_SHARE;
}

/*
 * blob → its digest → decompress → (a thread of its own until here) → diff id → tree. Both digests are
 * judged at the end, before anybody can see the tree. Returns 2 if it needs to know what is below.
 */
static int
unpack_into(const struct staging *staging, const struct oci_descriptor *blob, const struct stack *below,
	    struct layer_about *about, struct error *err)
{
	struct store *store = staging->store;
	struct tar_apply_result result;
	const struct media_type *type = media_type_find(blob->media_type);
	scoped_blob_reader reader = { .fd = -1 };
	scoped_decompress plain = { .state = NULL };
	scoped_ahead ahead = { .state = NULL };
	scoped_hash_source verified = { .size = -1 };
	struct tar_limits limits = tar_read_limits;
	struct tar_apply_options options = {
		.form = TAR_APPLY_LAYER,
		.dialect = store->dialect,
		.place = { .is_layer = true, .skip_devices = true, .below = below,
			   .effigies = store->dialect == WHITEOUT_USER },
		.limits = &limits,
	};

	if (type == NULL || type->kind != MEDIA_LAYER)
		return fail(err, "it is no layer but \"%s\"", blob->media_type);
	if (GET(blobs_open(&reader, store, blob->digest, err)) == 1)
		return fail(err, "it went away");
	limits.bytes = count_room(store);
	TRY(decompress_init_declared(&plain, &reader.source, type->compression, err));
	TRY(ahead_init(&ahead, &plain.source, err));
	TRY(hash_source_init(&verified, &ahead.source, "unpacked", about->diff_id, -1, err));
	TRY(tar_apply(&verified.source, staging->upper, &options, &result, err));
	about->size = verified.seen;
	about->entries = result.entries;
	about->bytes = result.bytes;
	about->has_root = result.has_root;
	return result.is_bound && below == NULL ? 2 : 0;
}

static int
publish_unpacked(struct staging *staging, const char *name, struct layer_about *about, struct error *err)
{
	TRY(tree_remove(staging->directory, "work", err));
	TRY(layers_publish(staging->store, name, staging->name, about, err));
	snapshots_discard(staging);
	return 0;
}

/* Returns 2 if it is right only on top of what it was made for. */
static int
unpack_alone(struct store *store, const struct oci_descriptor *blob, const char *diff_id, struct error *err)
{
	scoped_staging staging = STAGING_NONE;
	struct layer_about about = { .size = 0 };
	struct chain nothing = { .count = 0 };
	char name[LAYERS_NAME_SIZE];

	TRY(layers_name(name, diff_id, err));
	(void) strcpy(about.diff_id, diff_id); /* it was checked, so it fits */
	TRY(snapshots_stage(&staging, store, &nothing, err));
	if (GET(unpack_into(&staging, blob, NULL, &about, err)) == 2)
		return 2;
	return publish_unpacked(&staging, name, &about, err);
}

/* Returns 2 if what is below is not there. */
static int
unpack_bound(struct store *store, const struct oci_descriptor *blob, const struct text_list *diff_ids,
	     size_t which, struct error *err)
{
	struct text_list lower = { .items = diff_ids->items, .count = which };
	scoped_staging staging = STAGING_NONE;
	scoped_chain below = { .count = 0 };
	struct layer_about about = { .size = 0 };
	char name[LAYERS_NAME_SIZE];

	if (GET(snapshots_open(&below, store, &lower, err)) == 1)
		return 2;
	struct stack stack = snapshots_stack(&below, store);
	TRY(layers_bound_name(name, diff_ids, which, err));
	(void) strcpy(about.diff_id, diff_ids->items[which]);
	TRY(snapshots_stage(&staging, store, &below, err));
	TRY(unpack_into(&staging, blob, &stack, &about, err));
	return publish_unpacked(&staging, name, &about, err);
}

static int
unpack(struct store *store, const struct oci_descriptor *blob, const struct text_list *diff_ids, size_t which,
       struct error *err)
{
	if (GET(unpack_alone(store, blob, diff_ids->items[which], err)) == 0)
		return 0;
	return unpack_bound(store, blob, diff_ids, which, err);
}

/* What a damaged blob unpacks to is a riddle; that it is damaged is the answer, and it must go. */
static int
blame_blob(struct store *store, const struct oci_descriptor *blob, struct error *err)
{
	struct error failure = *err;
	scoped_blob_reader reader = { .fd = -1 };

	if (blobs_open(&reader, store, blob->digest, err) == 0 && stream_drain(&reader.source, err) == 0)
		*err = failure;
	return error_prefixf(err, "layer %s", blob->digest);
}

int
snapshots_unpack(struct store *store, const struct oci_descriptor *blob, const struct text_list *diff_ids,
		 size_t which, struct error *err)
{
	if (GET(snapshots_find(store, diff_ids, which, err)) == 0)
		return 0;
	if (GET(blobs_find(store, blob->digest, blob->size, err)) == 1)
		return 1;
	int result = unpack(store, blob, diff_ids, which, err);
	return result < 0 ? blame_blob(store, blob, err) : result;
}

/* ---- staging ---------------------------------------------------------------------------------- */

/* The root of an overlay is as its upper directory is: so that one begins like what it covers. */
static int
dress_root(int upper, const struct chain *below, struct error *err)
{
	struct stat about = { .st_mode = ROOT_MODE };

	if (below->root < below->count && fstat(below->directories[below->root], &about) < 0)
		return fail_errno(err, "look at the root of a layer");
	if (fchown(upper, about.st_uid, about.st_gid) < 0 && errno != EPERM)
		return fail_errno(err, "give the root of a layer to %u:%u", about.st_uid, about.st_gid);
	if (fchmod(upper, about.st_mode & 07777) < 0)
		return fail_errno(err, "set the mode of the root of a layer");
	return 0;
}

static int
make_directory(int parent, const char *name, struct error *err)
{
	if (mkdirat(parent, name, 0700) < 0)
		return fail_errno(err, "make directory %s", name);
	return file_open(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);
}

int
snapshots_stage(struct staging *staging, struct store *store, const struct chain *below, struct error *err)
{
	int session = GET(session_directory(store, err));

	*staging = (struct staging){ .store = store, .directory = -1, .upper = -1, .work = -1 };
	session_fresh_name(store, staging->name);
	staging->directory = GET(make_directory(session, staging->name, err));
	staging->work = GET(make_directory(staging->directory, "work", err));
	staging->upper = GET(make_directory(staging->directory, "tree", err));
	TRY(dress_root(staging->upper, below, err));
	if (fstat(staging->upper, &staging->root) < 0)
		return fail_errno(err, "look at the root of a layer");
	return 0;
}

static void
close_staging(struct staging *staging)
{
	fd_close(&staging->upper);
	fd_close(&staging->work);
	fd_close(&staging->directory);
	staging->name[0] = '\0';
}

void
snapshots_discard(struct staging *staging)
{
	struct error ignored;

	if (staging->store != NULL && staging->name[0] != '\0')
		(void) tree_remove(staging->store->session, staging->name, &ignored); /* or with the session */
	close_staging(staging);
}

static bool
root_changed(const struct stat *was, const struct stat *is)
{
	return was->st_mode != is->st_mode || was->st_uid != is->st_uid || was->st_gid != is->st_gid;
}

int
snapshots_is_unchanged(const struct staging *staging, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;
	struct stat now;

	if (fstat(staging->upper, &now) < 0)
		return fail_errno(err, "look at the root of a layer");
	TRY(directory_open(&stream, staging->upper, ".", err));
	return GET(directory_next(&entry, stream, "a layer", err)) == 0 && !root_changed(&staging->root, &now);
}

/* One pass: what changed is archived, hashed and kept at once. */
static int
write_archive(struct layer *layer, const struct staging *staging, const struct diff_options *options,
	      struct error *err)
{
	scoped_blob_writer blob;
	scoped_tar_writer tar;
	struct diff_totals totals;

	tar_write_init(&tar, &blob.sink);
	TRY(blobs_create(&blob, staging->store, NULL, -1, err));
	TRY(diff_upper(staging->upper, options, &tar.taker, &totals, err));
	TRY(tar_write_end(&tar, err));
	TRY(stream_finish(&blob.sink, err));
	*layer = (struct layer){ .size = blob.size, .entries = totals.entries, .bytes = totals.bytes };
	(void) strcpy(layer->diff_id, blob.digest);
	return 0;
}

int
snapshots_commit(struct layer *layer, struct staging *staging, const struct chain *below,
		 const struct timespec *newest, struct error *err)
{
	struct stat now;
	char name[LAYERS_NAME_SIZE];
	struct diff_options options = {
		.dialect = staging->store->dialect,
		.below = snapshots_stack(below, staging->store),
		.newest = newest,
		.settle_times = true,
	};

	if (fstat(staging->upper, &now) < 0)
		return fail_errno(err, "look at the root of a layer");
	options.with_root = root_changed(&staging->root, &now);
	TRY(write_archive(layer, staging, &options, err));

	struct layer_about about = { .size = layer->size, .entries = layer->entries, .bytes = layer->bytes,
				     .has_root = options.with_root };
	(void) strcpy(about.diff_id, layer->diff_id);
	TRY(layers_name(name, layer->diff_id, err));
	TRY(tree_remove(staging->directory, "work", err));
	TRY(tree_remove(staging->directory, "nothing", err)); /* overlay.c's, under an empty chain */
	TRY(layers_publish(staging->store, name, staging->name, &about, err));
	snapshots_discard(staging);
	return 0;
}
