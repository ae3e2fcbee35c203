/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/draft.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "builder/layer/place.h"
#include "builder/store/overlay.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"

int
draft_begin(struct draft *draft, struct store *store, const struct text_list *diff_ids,
	    struct error *err)
{
	draft->store = store;
	if (GET(snapshots_open(&draft->below, store, diff_ids, err)) > 0)
		return fail(err, "a layer below is not in the store any more");
	return 0;
}

static int
stage(struct draft *draft, struct error *err)
{
	if (draft->staging.upper >= 0)
		return 0;
	return snapshots_stage(&draft->staging, draft->store, &draft->below, err);
}

static int
unmount(struct draft *draft, struct error *err)
{
	if (draft->merged < 0)
		return 0;
	fd_close(&draft->merged);
	if (umount2(draft->path, UMOUNT_NOFOLLOW) < 0)
		return fail_errno(err, "unmount %s", draft->path);
	return 0;
}

void
draft_done(struct draft *draft)
{
	struct error unused;

	if (unmount(draft, &unused) < 0)
		(void) umount2(draft->path,
			       UMOUNT_NOFOLLOW | MNT_DETACH); /* the namespace ends with us */
	snapshots_discard(&draft->staging);
	snapshots_close(&draft->below);
	arena_done(&draft->memory);
}

int
draft_make_place(const char **path, struct draft *draft, const char *name, struct error *err)
{
	const struct store *store = draft->store;

	TRY(stage(draft, err));
	if (mkdirat(draft->staging.directory, name, 0700) < 0)
		return fail_errno(err, "make the directory %s of a step", name);
	*path = arena_format(&draft->memory, "%s/tmp/%s/%s/%s", store->path, store->name,
			     draft->staging.name, name);
	return file_open(draft->staging.directory, name, O_PATH | O_DIRECTORY, err);
}

static int
mount_on(struct draft *draft, const struct chain *below, struct error *err)
{
	scoped_fd target =
		GET(file_open(draft->staging.directory, "merged", O_PATH | O_DIRECTORY, err));

	TRY(overlay_mount(&draft->staging, below, target, err));
	draft->merged =
		GET(file_open(draft->staging.directory, "merged", O_RDONLY | O_DIRECTORY, err));
	return 0;
}

int
draft_root(struct draft *draft, struct error *err)
{
	if (draft->merged >= 0)
		return draft->merged;
	if (draft->path == NULL) {
		scoped_fd unused = GET(draft_make_place(&draft->path, draft, "merged", err));
	}
	TRY(mount_on(draft, &draft->below, err));
	return draft->merged;
}

int
draft_lay_under(struct draft *draft, int directory, struct error *err)
{
	struct chain chain = { .count = draft->below.count + 1, .root = draft->below.root + 1 };

	TRY(unmount(draft, err));
	/* A volatile overlay marks its directory so that nobody mounts it again after a crash. We do. */
	TRY(tree_remove(draft->staging.work, "work", err));
	chain.directories = arena_alloc(&draft->memory, chain.count * sizeof(*chain.directories));
	chain.directories[0] = directory;
	for (size_t i = 0; i < draft->below.count; i++)
		chain.directories[i + 1] = draft->below.directories[i];
	return mount_on(draft, &chain, err);
}

int
draft_root_to_fill(int *upper, struct draft *draft, struct error *err)
{
	TRY(stage(draft, err));
	*upper = draft->staging.upper;
	return draft->below.count == 0 && draft->merged < 0 ? *upper : draft_root(draft, err);
}

int
draft_root_to_read(struct draft *draft, struct error *err)
{
	return draft->below.count == 1 ? draft->below.directories[0] : draft_root(draft, err);
}

int
draft_commit(struct draft *draft, struct layer *layer, const struct epoch_cut *cut,
	     struct error *err)
{
	TRY(unmount(draft, err));
	TRY(stage(draft, err));
	TRY(epoch_cut_tree(draft->staging.upper, cut, err));
	return snapshots_commit(layer, &draft->staging, &draft->below, NULL, err);
}

void
draft_raise_epoch(struct draft *draft, struct timespec time)
{
	if (epoch_is_later(time, draft->epoch))
		draft->epoch = time;
}

/*
 * One directory after the other, each resolved with all that precedes it, so that links in the tree
 * lead where they would lead inside.
 */
int
draft_make_directories(int root, const char *path, mode_t mode, uid_t uid, gid_t gid,
		       struct error *err)
{
	scoped_arena arena = { 0 };
	const char *clean = path_clean(&arena, path);
	char *sofar = arena_text(&arena, clean);

	for (size_t at = 1; clean[0] == '/' && at <= strlen(clean); at++) {
		char leaf[256];
		scoped_fd there = -1;

		if ((clean[at] != '/' && clean[at] != '\0') || at == 1)
			continue;
		memcpy(sofar, clean, at);
		sofar[at] = '\0';
		if (GET(beneath_open_if_there(&there, root, sofar, O_PATH | O_DIRECTORY, err)) == 0)
			continue;

		scoped_fd parent = GET(beneath_open_parent(root, sofar, leaf, err));
		if (mkdirat(parent, leaf, mode) < 0)
			return fail_errno(err, "make directory %s", sofar);
		if (fchownat(parent, leaf, uid, gid, AT_SYMLINK_NOFOLLOW) < 0) {
			(void) place_refuse_owner(uid, gid, err);
			return error_prefixf(err, "make directory %s", sofar);
		}
		if (fchmodat(parent, leaf, mode, 0) < 0)
			return fail_errno(err, "set the mode of directory %s", sofar);
	}
	return 0;
}
