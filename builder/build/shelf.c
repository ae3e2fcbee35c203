/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/shelf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/layer/hash.h"
#include "builder/layer/place.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "oci-spec/digest.h"

#define MOUNTS "mounts"
#define CONTENT "content"
#define MANY 1000 /* private ones of one id, in use at the same time */

static const char *
name_shelf(const struct run_mount *mount, unsigned number, struct arena *arena)
{
	char digest[HASH_TEXT_SIZE];
	const char *id = mount->id == NULL ? mount->target : mount->id;

	hash_bytes(digest, HASH_SHA256, id, strlen(id));
	return number == 0 ? arena_format(arena, MOUNTS "/%s", digest_encoded(digest))
			   : arena_format(arena, MOUNTS "/%s-%u", digest_encoded(digest), number);
}

/* Returns 1 if it is private and taken. */
static int
lock(struct shelf *shelf, enum run_mount_sharing sharing, struct error *err)
{
	const char *what = "a cache mount";

	if (sharing == RUN_MOUNT_SHARED)
		return lock_shared(shelf->lock, what, err);
	if (sharing == RUN_MOUNT_LOCKED)
		return lock_exclusive(shelf->lock, what, err);
	return lock_try_exclusive(shelf->lock, what, err);
}

/* Mode and owner are for a new one: what somebody made of it since stays. */
static int
open_content(struct shelf *shelf, const struct run_mount *mount, struct error *err)
{
	uid_t uid = mount->uid == NULL ? 0 : *mount->uid;
	gid_t gid = mount->gid == NULL ? 0 : *mount->gid;
	mode_t mode = mount->mode == NULL ? 0755 : *mount->mode;

	shelf->is_new = mkdirat(shelf->lock, CONTENT, 0755) == 0;
	if (!shelf->is_new && errno != EEXIST)
		return fail_errno(err, "make a cache mount");
	shelf->directory =
		GET(file_open(shelf->lock, CONTENT, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err));
	if (shelf->is_new && fchown(shelf->directory, uid, gid) < 0) {
		(void) place_refuse_owner(uid, gid, err);
		return error_prefix(err, "make a cache mount");
	}
	if (shelf->is_new && fchmod(shelf->directory, mode) < 0)
		return fail_errno(err, "set the mode of a cache mount");
	return 0;
}

/* Returns 1 if it is private and taken, 2 if prune was faster: between our mkdir and our lock it may be removed. */
static int
take(struct shelf *shelf, struct store *store, const char *name, enum run_mount_sharing sharing, struct error *err)
{
	TRY(file_make_directories(store->root, name, 0700, err));
	if (GET(file_open_if_there(&shelf->lock, store->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err)) == 1)
		return 2;
	if (GET(lock(shelf, sharing, err)) == 1)
		return 1;
	return GET(file_is_gone(shelf->lock, name, err)) == 1 ? 2 : 0;
}

int
shelf_open(struct shelf *shelf, struct store *store, const struct run_mount *mount,
	   struct arena *arena, struct error *err)
{
	for (unsigned number = 0; number < MANY;) {
		const char *name = name_shelf(mount, number, arena);
		int result = GET(take(shelf, store, name, mount->sharing, err));

		if (result == 0) {
			shelf->path = arena_format(arena, "%s/%s/" CONTENT, store->path, name);
			return open_content(shelf, mount, err);
		}
		fd_close(&shelf->lock);
		number += result == 1;
	}
	return fail(err, "the cache mount \"%s\" is in use by too many", mount->target);
}

void
shelf_close(struct shelf *shelf)
{
	fd_close(&shelf->directory);
	fd_close(&shelf->lock);
}
