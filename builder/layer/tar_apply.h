/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar archive → a tree, with nothing outside it, however hostile the archive.
 *
 * Ownership: all is the caller's. Takes fds only and opens nothing by name outside the root, so that
 * it can be run in a process that was locked into it. After an error the tree is of no use: the
 * caller throws it away.
 */
#ifndef COOPERAGE_TAR_APPLY_H
#define COOPERAGE_TAR_APPLY_H

#include "builder/layer/place.h"
#include "builder/layer/tar_read.h"

enum tar_apply_form {
	TAR_APPLY_LAYER,   /* into an empty directory for overlayfs: whiteouts become its own */
	TAR_APPLY_ARCHIVE, /* an archive of a user (ADD, import): no whiteouts, names as they are */
};

struct tar_apply_options {
	enum tar_apply_form form;
	enum whiteout_dialect dialect;
	struct place_options place;
	const struct tar_limits *limits; /* NULL: tar_read_limits */
};

struct tar_apply_result {
	uint64_t entries, bytes;
	bool has_root; /* there was an entry for "." */
	bool is_bound; /* see place_is_bound */
};

/* `from` is read to its end. The result may be NULL. */
int tar_apply(struct source *from, int root, const struct tar_apply_options *options,
	      struct tar_apply_result *result, struct error *err);

#endif
