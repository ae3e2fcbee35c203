/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed: a tree → entries, sorted, parents first, each path once.
 *
 * The tree is the upper directory of an overlay, whose whiteouts become entries in the spelling of
 * archives, before their siblings; or a stack of such directories, merged as overlayfs would; or any
 * plain directory. A file with several names is one entry and hard links to the first.
 *
 * Left out: sockets (with a warning), attributes of the host's policy (security.* but for
 * capabilities, trusted.*, overlayfs's own). A name that begins with ".wh." cannot be told from a
 * whiteout, and is an error.
 *
 * Ownership: directory fds are the caller's. Follows no link and does not leave the file system.
 */
#ifndef COOPERAGE_DIFF_H
#define COOPERAGE_DIFF_H

#include "builder/layer/entry.h"
#include "builder/layer/stack.h"

struct diff_options {
	enum whiteout_dialect dialect; /* of the upper directory */
	bool plain;                    /* any directory: 0:0 devices and ".wh." names are files */
	bool with_root;                /* an entry for "." comes first */
	struct stack below;            /* what the upper directory lay on: "opaque" is told only where it hides */
	const struct timespec *newest; /* later times are cut to this (SOURCE_DATE_EPOCH) */
	bool settle_times;             /* the tree's own times become those that an archive can hold */
};

struct diff_totals {
	uint64_t entries, bytes;
};

/* An upper directory as a layer. Totals may be NULL. */
int diff_upper(int upper, const struct diff_options *options, struct entry_taker *taker,
	       struct diff_totals *totals, struct error *err);

/* All that one sees through the stack; no whiteouts come out of it. */
int diff_merged(const struct stack *stack, const struct diff_options *options,
		struct entry_taker *taker, struct diff_totals *totals, struct error *err);

#endif
