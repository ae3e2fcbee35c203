/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tar archive → entries: v7, ustar, GNU and PAX, sparse files of all four kinds.
 *
 * What comes in is hostile. Whatever two readers could understand differently is refused with the
 * name of the entry: wrong checksums, PAX records that do not parse, a path with a NUL, sizes beyond
 * reason, a name that climbs above the root. PAX overrides ustar, always. All is read to the end of
 * the source, so that a digest on the way covers every byte.
 *
 * Makes no system call. An entry is valid until the next one is asked for.
 */
#ifndef COOPERAGE_TAR_READ_H
#define COOPERAGE_TAR_READ_H

#include "builder/layer/entry.h"
#include "builder/layer/stream.h"

struct tar_limits {
	uint64_t entries;    /* in an archive */
	uint64_t bytes;      /* of all files together, as they will be on disk; 0: no limit but the next */
	uint64_t file_size;  /* of one file, holes and all */
	size_t header;       /* of a PAX or GNU header's body */
	size_t path;         /* bytes */
	size_t depth;        /* components */
	size_t attributes;   /* of one entry */
	size_t attribute_size, attributes_size;
	size_t pieces;       /* of a sparse file */
};

extern const struct tar_limits tar_read_limits;

struct tar_reader_state;

struct tar_reader {
	struct tar_reader_state *state;
};

/* NULL: tar_read_limits. */
void tar_read_open(struct tar_reader *reader, struct source *source, const struct tar_limits *limits);
void tar_read_close(struct tar_reader *reader);
#define scoped_tar_reader scoped(tar_read_close) struct tar_reader

/*
 * Could these be the first bytes of an archive with something in it? Judged by the checksum alone: one
 * that is refused further on is an archive all the same. Fewer bytes than TAR_READ_MAGIC are none.
 */
#define TAR_READ_MAGIC 512
bool tar_read_begins(const void *bytes, size_t n);

/* Returns 1 with an entry; 0 at the end. What was not read of the entry before is passed over. */
int tar_read_next(struct tar_reader *reader, struct entry *entry, struct error *err);

/*
 * The next piece of the entry's bytes, and where in the file it belongs; between pieces there are
 * zeroes. Returns 1 with a piece, which is valid until the next call; 0 when there are no more.
 */
int tar_read_piece(struct tar_reader *reader, const void **bytes, size_t *n, uint64_t *offset,
		   struct error *err);

#endif
