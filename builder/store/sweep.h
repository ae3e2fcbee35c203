/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes what nothing names: blobs and layers that no name, no record and no running command needs.
 *
 * Names are decided by the caller (rmi, prune) before. The lock is held while it is found out what
 * stays and while the rest is moved out of sight; the slow removal comes after.
 *
 * A record keeps what its value names: each "sha256:…" in it, a blob or a layer. Of the kind
 * "compressed" (key: diff id and how) it does not: that one goes with its layer.
 */
#ifndef COOPERAGE_SWEEP_H
#define COOPERAGE_SWEEP_H

#include "builder/store/store.h"

struct sweep_options {
	bool records;        /* the build cache goes too: */
	uint64_t keep_bytes; /* but for so much of it, the last used; 0: none */
	int64_t unused_for;  /* seconds: and but for what was used since; 0: none */
	int64_t now;         /* seconds since the epoch */
	bool dry;            /* only say what would go */
};

struct sweep_result {
	uint64_t blobs, layers, records, bytes;
};

int sweep_run(struct sweep_result *result, struct store *store, const struct sweep_options *options,
	      struct error *err);

#endif
