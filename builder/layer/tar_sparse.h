/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sparse files in archives: which pieces of a file are there, in each of the four spellings.
 *
 * Ownership: a map is its owner's until tar_sparse_done. For tar_read and its parts.
 */
#ifndef COOPERAGE_TAR_SPARSE_H
#define COOPERAGE_TAR_SPARSE_H

#include "builder/layer/tar_block.h"
#include "libcommon/error.h"

struct tar_extent {
	uint64_t offset, size;
};

struct tar_sparse {
	struct tar_extent *items;
	size_t count, room;
	size_t limit; /* how many are allowed */
};

void tar_sparse_done(struct tar_sparse *map);
void tar_sparse_clear(struct tar_sparse *map);

int tar_sparse_add(struct tar_sparse *map, int64_t offset, int64_t size, struct error *err);

/* GNU's own: pieces of a block, as many as are filled in. */
int tar_sparse_add_block(struct tar_sparse *map, const struct tar_piece *pieces, size_t n, struct error *err);

/* PAX 0.1: "offset,size,offset,size". */
int tar_sparse_add_text(struct tar_sparse *map, const char *text, struct error *err);

/* In order, apart, inside the file, and as much in all as the archive holds. */
int tar_sparse_check(const struct tar_sparse *map, uint64_t file_size, uint64_t stored, struct error *err);

#endif
