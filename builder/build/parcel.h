/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes on standard input in place of a context: the archive of one, compressed or not, or a
 * Dockerfile and nothing else. What it is is told by how it begins.
 *
 * Ownership: an archive is unpacked into a place of the store's that goes with the parcel.
 */
#ifndef COOPERAGE_PARCEL_H
#define COOPERAGE_PARCEL_H

#include "builder/build/draft.h"
#include "libcommon/buffer.h"

struct parcel {
	struct draft tree;
	const char *path;         /* of the unpacked context; NULL: there is only a Dockerfile */
	struct buffer dockerfile; /* then its bytes */
};

#define PARCEL_NONE                                                                                \
	{                                                                                          \
		.tree = DRAFT_NONE                                                                 \
	}
#define scoped_parcel scoped(parcel_done) struct parcel

/* `fd` is read to its end. */
int parcel_open(struct parcel *parcel, struct store *store, int fd, struct error *err);
void parcel_done(struct parcel *parcel);

#endif
