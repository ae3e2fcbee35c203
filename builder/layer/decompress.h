/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source that gives back what was compressed, told by its first bytes: gzip (all members) and zstd
 * (all frames); for archives of users also bzip2, xz, lzma and lz4.
 *
 * What comes in is hostile: a bomb, garbage behind the end, a wrong checksum are errors that say so.
 * Never runs a program. Ownership: the source behind it is the caller's.
 */
#ifndef COOPERAGE_DECOMPRESS_H
#define COOPERAGE_DECOMPRESS_H

#include "builder/layer/stream.h"
#include "oci-spec/media_type.h"

enum decompress_kind {
	DECOMPRESS_PLAIN,
	DECOMPRESS_GZIP,
	DECOMPRESS_ZSTD,
	DECOMPRESS_BZIP2,
	DECOMPRESS_XZ,
	DECOMPRESS_LZMA,
	DECOMPRESS_LZ4,
};

/* How many bytes decompress_kind_of wants to see. */
#define DECOMPRESS_MAGIC 6

enum decompress_kind decompress_kind_of(const void *bytes, size_t n);
const char *decompress_kind_name(enum decompress_kind kind); /* "gzip", …; "uncompressed" */

struct decompress_state;

struct decompress {
	struct source source;
	enum decompress_kind kind;
	struct decompress_state *state;
};

/* Looks at the first bytes and begins. */
int decompress_init(struct decompress *decompress, struct source *from, struct error *err);

/*
 * The same, for a layer whose media type says what it is: other bytes are an error that names both.
 */
int decompress_init_declared(struct decompress *decompress, struct source *from,
			     enum media_compression declared, struct error *err);

void decompress_done(struct decompress *decompress); /* harmless on a zeroed struct */
#define scoped_decompress scoped(decompress_done) struct decompress

#endif
