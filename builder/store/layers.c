/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/layers.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/store/session.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "oci-spec/digest.h"

#define PATH_SIZE   192
#define ABOUT_LIMIT 1024

int
layers_name(char name[LAYERS_NAME_SIZE], const char *diff_id, struct error *err)
{
	TRY(digest_check_known(diff_id, err));
	(void) snprintf(name, LAYERS_NAME_SIZE, "%s", digest_encoded(diff_id));
	return 0;
}

/*
 * The chain id of the image specification: what it is and all that it lies on. Marked, since that of the
 * lowest layer is its diff id.
 */
int
layers_bound_name(char name[LAYERS_NAME_SIZE], const struct text_list *diff_ids, size_t which,
		  struct error *err)
{
	char chain[HASH_TEXT_SIZE], both[2 * HASH_TEXT_SIZE];

	for (size_t i = 0; i <= which; i++) {
		TRY(digest_check_known(diff_ids->items[i], err));
		if (i == 0) {
			(void) snprintf(chain, sizeof(chain), "%s", diff_ids->items[i]);
			continue;
		}
		int n = snprintf(both, sizeof(both), "%s %s", chain, diff_ids->items[i]);
		hash_bytes(chain, HASH_SHA256, both, (size_t) n);
	}
	(void) snprintf(name, LAYERS_NAME_SIZE, "bound-%s", digest_encoded(chain));
	return 0;
}

/* ---- about ------------------------------------------------------------------------------------ */

static int
write_about(int directory, const struct layer_about *about, struct error *err)
{
	char text[ABOUT_LIMIT];
	int n = snprintf(text, sizeof(text),
			 "boot %s\ndiff-id %s\nsize %" PRId64 "\nentries %" PRIu64 "\nbytes %" PRIu64 "\nroot %d\n",
			 about->boot, about->diff_id, about->size, about->entries, about->bytes, about->has_root);

	assert(n > 0 && (size_t) n < sizeof(text));
	return file_replace(directory, "about", text, (size_t) n, 0600, err);
}

/* Returns 1 if it makes no sense, as after a crash. */
static int
read_about(struct layer_about *about, int directory, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_fd fd = -1;
	char *text;
	int root;

	if (GET(file_open_regular(&fd, directory, "about", err)) > 0)
		return 1;
	TRY(file_read(fd, "about", ABOUT_LIMIT, &arena, &text, NULL, err));
	*about = (struct layer_about){ 0 };
	int n = sscanf(text,
		       "boot %39s\ndiff-id %135s\nsize %" SCNd64 "\nentries %" SCNu64 "\nbytes %" SCNu64
		       "\nroot %d\n",
		       about->boot, about->diff_id, &about->size, &about->entries, &about->bytes, &root);
	about->has_root = n == 6 && root == 1;
	return n == 6 ? 0 : 1;
}

int
layers_read(struct layer_about *about, struct store *store, const char *name, struct error *err)
{
	char path[PATH_SIZE], boot[STORE_BOOT_SIZE];

	(void) snprintf(path, sizeof(path), "layers/%s", name);
	scoped_fd directory = openat(store->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 && errno == ENOENT)
		return 1;
	if (directory < 0)
		return fail_errno(err, "open %s/%s", store->path, path);
	if (GET(read_about(about, directory, err)) == 1)
		return 1;
	if (GET(file_look_for(directory, "synced", err)) == 0)
		return 0;
	TRY(store_boot(boot, err));
	return strcmp(boot, about->boot) == 0 ? 0 : 1;
}

int
layers_open(struct store *store, const char *name, struct error *err)
{
	char path[PATH_SIZE];

	(void) snprintf(path, sizeof(path), "layers/%s/tree", name);
	return file_open(store->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err);
}

/* ---- appearing -------------------------------------------------------------------------------- */

/* What lies there is no use: it goes to the session's directory, which is removed at its end. */
static int
move_away(struct store *store, const char *path, struct error *err)
{
	char aside[STORE_NAME_SIZE];
	int session = GET(session_directory(store, err));

	session_fresh_name(store, aside);
	log_warn("%s/%s was left by a crash and is made again, continuing", store->path, path);
	if (renameat(store->root, path, session, aside) < 0 && errno != ENOENT)
		return fail_errno(err, "move %s/%s away", store->path, path);
	return 0;
}

int
layers_publish(struct store *store, const char *name, const char *session_name, struct layer_about *about,
	       struct error *err)
{
	char path[PATH_SIZE];
	struct layer_about other;
	int session = GET(session_directory(store, err));
	scoped_fd directory = GET(file_open(session, session_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err));

	TRY(store_boot(about->boot, err));
	TRY(write_about(directory, about, err));
	(void) snprintf(path, sizeof(path), "layers/%s", name);

	scoped_fd lock = GET(store_lock_shared(store, err));
	TRY(session_use(store, about->diff_id, err));
	for (int i = 0; i < 3; i++) {
		if (renameat(session, session_name, store->root, path) == 0)
			return 0;
		if (errno != EEXIST && errno != ENOTEMPTY)
			return fail_errno(err, "make %s/%s", store->path, path);
		if (GET(layers_read(&other, store, name, err)) == 0)
			return 0; /* somebody was faster */
		TRY(move_away(store, path, err));
	}
	return fail(err, "make %s/%s: something damaged comes back again and again", store->path, path);
}

int
layers_each(struct store *store, int (*visit)(void *, struct store *, const char *name, struct error *),
	    void *data, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	TRY(directory_open(&stream, store->root, "layers", err));
	while (GET(directory_next(&entry, stream, "layers", err)) == 1)
		TRY(visit(data, store, entry->d_name, err));
	return 0;
}

/* ---- settling --------------------------------------------------------------------------------- */

struct fresh {
	struct text_list names;
	struct arena arena;
};

static void
forget_fresh(struct fresh *fresh)
{
	arena_done(&fresh->arena);
}

/* Whole, and not known to be on the disk. */
static int
note_fresh(void *data, struct store *store, const char *name, struct error *err)
{
	struct fresh *fresh = data;
	struct layer_about about;
	char path[PATH_SIZE];

	(void) snprintf(path, sizeof(path), "layers/%s/synced", name);
	if (GET(file_look_for(store->root, path, err)) == 1 && GET(layers_read(&about, store, name, err)) == 0)
		list_add(&fresh->names, &fresh->arena, arena_text(&fresh->arena, name));
	return 0;
}

/* The mark itself need not reach the disk: without it, the layer is made again. */
static void
mark_synced(struct store *store, const char *name)
{
	char path[PATH_SIZE];

	(void) snprintf(path, sizeof(path), "layers/%s/synced", name);
	scoped_fd fd = openat(store->root, path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		log_debug("%s/%s cannot be marked as synced", store->path, path);
}

int
layers_settle(struct store *store, struct error *err)
{
	scoped(forget_fresh) struct fresh fresh = { .names.count = 0 };

	TRY(layers_each(store, note_fresh, &fresh, err));
	if (syncfs(store->root) < 0)
		return fail_errno(err, "write %s to disk", store->path);
	FOR_EACH (name, &fresh.names)
		mark_synced(store, *name);
	return 0;
}
