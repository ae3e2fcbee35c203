/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layers as directories that overlayfs stacks, by diff id; and directories in which new ones grow.
 *
 * A step stages an upper directory, works in it through an overlay mount, and commits: one pass over
 * what changed makes the archive and its diff id, then the directory becomes the layer by a rename;
 * nothing is copied. A layer is complete or not there. One that was not on disk when the machine went
 * down is not trusted, and is made from its blob again.
 */
#ifndef COOPERAGE_SNAPSHOTS_H
#define COOPERAGE_SNAPSHOTS_H

#include "builder/layer/diff.h"
#include "builder/layer/hash.h"
#include "builder/store/store.h"
#include "libcommon/list.h"
#include "oci-spec/image_manifest.h"

struct layer {
	char diff_id[HASH_TEXT_SIZE];
	int64_t size;              /* of the archive, uncompressed; also the size of its blob */
	uint64_t entries, bytes;   /* what is in it */
};

/* Opened layers, the topmost first, as overlayfs wants them; no layers is an empty root. */
struct chain {
	int *directories;
	size_t count;
	size_t root; /* which of them says how "/" itself is; count: none, it is 0755 and root's */
};

/*
 * Opens the layers of an image, given base first as in rootfs.diff_ids, and takes them into use.
 * Returns 1 if one is not there (snapshots_unpack makes it).
 */
int snapshots_open(struct chain *chain, struct store *store, const struct text_list *diff_ids,
		   struct error *err);
void snapshots_close(struct chain *chain); /* harmless on a zeroed struct */
#define scoped_chain scoped(snapshots_close) struct chain

/* The chain for those who look through it without a mount. */
struct stack snapshots_stack(const struct chain *chain, const struct store *store);

/* Takes the layer diff_ids[which] of such a chain into use. Returns 1 if it is not there. */
int snapshots_find(struct store *store, const struct text_list *diff_ids, size_t which,
		   struct error *err);

/*
 * Makes the layer diff_ids[which] from its blob, plain or compressed, and verifies blob and diff id.
 * Returns 1 if the blob is not there. A layer that is there already costs nothing.
 *
 * Some layers mean what they say only on top of others: they have no entries for directories on the
 * way, or link to files further down. These are kept for this chain alone, and need what is below
 * them to be unpacked: returns 2 if it is not.
 */
int snapshots_unpack(struct store *store, const struct oci_descriptor *blob,
		     const struct text_list *diff_ids, size_t which, struct error *err);

/* Everything finished so far is on disk when this returns, and is trusted after a crash. One syncfs. */
int snapshots_settle(struct store *store, struct error *err);

/* ---- new layers ------------------------------------------------------------------------------ */

struct staging {
	struct store *store;
	char name[STORE_NAME_SIZE]; /* in the session's directory */
	int directory;   /* holds tree/, which is the upper one, and work/ */
	int upper, work; /* what overlay_mount wants */
	struct stat root; /* how the upper directory began, like the root below it */
};

/* An empty upper directory on top of this chain. */
int snapshots_stage(struct staging *staging, struct store *store, const struct chain *below,
		    struct error *err);
void snapshots_discard(struct staging *staging); /* what was not committed goes; harmless when zeroed */
#define scoped_staging scoped(snapshots_discard) struct staging
#define STAGING_NONE { .directory = -1, .upper = -1, .work = -1 }

/*
 * What the upper directory holds becomes a layer and its archive a blob. Nothing may be mounted on it
 * any more. `newest` cuts times (may be NULL). The staging is used up, also when the layer was there
 * already.
 */
int snapshots_commit(struct layer *layer, struct staging *staging, const struct chain *below,
		     const struct timespec *newest, struct error *err);

/* Nothing changed: committing would give a layer without entries. */
int snapshots_is_unchanged(const struct staging *staging, struct error *err); /* returns 1 if so */

#endif
