/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes what nothing names: blobs and layers that no name, no record and no running command needs.
 *
 * Names are decided by the caller (rmi, prune) before. The lock is held while it is found out what
 * stays and while the rest is moved out of sight; the slow removal comes after.
 *
 * A record keeps what its value names: each "sha256:…" in it, a blob or a layer. Of the kind
 * "compressed" (key: diff id and how) it does not: that one goes with its layer. One of a bundle (key: its
 * directory) is no cache: it stays, whatever else is forgotten, while the bundle is there.
 */
#ifndef COOPERAGE_SWEEP_H
#define COOPERAGE_SWEEP_H

#include "builder/store/store.h"

#define SWEEP_BUNDLES "bundles"

struct sweep_options {
	bool records;        /* the build cache goes too: */
	uint64_t keep_bytes; /* but for so much of it, the last used; 0: none */
	int64_t unused_for;  /* seconds: and but for what was used since; 0: none */
	int64_t now;         /* seconds since the epoch */
	bool dry;            /* only say what would go */
	bool (*is_bundle)(const char *directory); /* is there one still? NULL: yes */
};

struct sweep_result {
	uint64_t blobs, layers, records, bytes;
};

int sweep_run(struct sweep_result *result, struct store *store, const struct sweep_options *options,
	      struct error *err);

#endif
