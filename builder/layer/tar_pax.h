/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a PAX header: "27 path=some/where/a name\n".
 *
 * Stricter than most readers: a record that does not parse is an error, since passing it over in
 * silence is how two readers come to see two archives. A keyword that comes twice counts as it came
 * last; one without a value counts as not there. Unknown keywords are ignored.
 *
 * Ownership: texts point into the header's body, which the struct keeps until it is cleared.
 */
#ifndef COOPERAGE_TAR_PAX_H
#define COOPERAGE_TAR_PAX_H

#include "builder/layer/entry.h"
#include "builder/layer/tar_read.h"
#include "builder/layer/tar_sparse.h"
#include "libcommon/buffer.h"

struct tar_pax {
	bool there; /* a header was read */
	struct buffer body;
	const char *path, *link, *size, *uid, *gid, *mtime;
	const char *sparse_major, *sparse_minor, *sparse_name, *sparse_size, *sparse_real_size, *sparse_map;
	int64_t sparse_offset; /* of PAX 0.0: waits for its size; -1 */
	struct tar_sparse sparse;
	struct entry_attribute *attributes;
	size_t attribute_count, attribute_room;
};

void tar_pax_done(struct tar_pax *pax);
void tar_pax_clear(struct tar_pax *pax);

/* Parses the body. */
int tar_pax_parse(struct tar_pax *pax, const struct tar_limits *limits, struct error *err);

/* The same for a global header, in which nothing may stand that says what an entry is. */
int tar_pax_parse_global(struct buffer *body, struct error *err);

#endif
