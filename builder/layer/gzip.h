/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gzip both ways: blocks into members, members into bytes.
 *
 * The only door to zlib and libdeflate. libdeflate, where it is there, packs two to three times as
 * fast as zlib; both are deterministic, but they do not give the same bytes.
 */
#ifndef COOPERAGE_GZIP_H
#define COOPERAGE_GZIP_H

#include "builder/layer/intake.h"

#define GZIP_LEVEL_DEFAULT 5
#define GZIP_LEVEL_MAX     9
#define GZIP_BLOCK         ((size_t) 1024 * 1024)

/* For one thread. Owned by whoever made it. */
void *gzip_packer_new(int level);
void gzip_packer_free(void *packer);

/* How large n bytes can become. */
size_t gzip_bound(size_t n);

/* One member. Returns its size; `room` is at least gzip_bound(n). */
size_t gzip_pack(void *packer, const void *bytes, size_t n, void *out, size_t room);

void *gzip_unpacker_new(void);
void gzip_unpacker_free(void *unpacker);

/* Returns how many bytes came out; 0 at the end of the last member, after which there may be zeroes. */
ssize_t gzip_unpack(void *unpacker, struct intake *intake, void *out, size_t room, struct error *err);

#endif
