/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removes what nothing names: blobs and layers that no name, no record and no running command needs.
 *
 * Names are decided by the caller (rmi, prune) before. The lock is held while it is found out what
 * stays and while the rest is moved out of sight; the slow removal comes after.
 */
#ifndef COOPERAGE_SWEEP_H
#define COOPERAGE_SWEEP_H

#include "builder/store/store.h"

struct sweep_options {
	bool records;             /* the build cache goes too */
	uint64_t keep_bytes;      /* of the cache: the least recently used goes first; 0 with records: all */
	int64_t unused_for;       /* seconds: only records not used for so long; 0: any */
	bool dry;                 /* only say */
	int64_t now;              /* seconds since the epoch */
};

struct sweep_result {
	uint64_t blobs, layers, records, bytes;
};

/*
 * A record keeps what its value names: each "sha256:…" in it, a blob or a layer. Of the kind
 * "compressed" (key: diff id and how) it does not: that one goes with its layer.
 */
int sweep_run(struct sweep_result *result, struct store *store, const struct sweep_options *options,
	      struct error *err);

#endif
