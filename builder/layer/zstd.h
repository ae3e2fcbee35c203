/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zstd both ways: blocks into frames, frames into bytes. The only door to libzstd.
 */
#ifndef COOPERAGE_ZSTD_H
#define COOPERAGE_ZSTD_H

#include "builder/layer/intake.h"

#define ZSTD_LEVEL_DEFAULT 3
#define ZSTD_LEVEL_MAX     19
#define ZSTD_BLOCK         ((size_t) 4 * 1024 * 1024)

/* For one thread. Owned by whoever made it. */
void *zstd_packer_new(int level);
void zstd_packer_free(void *packer);
size_t zstd_bound(size_t n);

/* One frame, with its size and a checksum. Returns its size; `room` is at least zstd_bound(n). */
size_t zstd_pack(void *packer, const void *bytes, size_t n, void *out, size_t room);

void *zstd_unpacker_new(void);
void zstd_unpacker_free(void *unpacker);

/*
 * Returns how many bytes came out; 0 at the end of the last frame. Skippable frames are skipped; a
 * window above 128 MiB and dictionaries are refused.
 */
ssize_t zstd_unpack(void *unpacker, struct intake *intake, void *out, size_t room, struct error *err);

#endif
