/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that compresses what passes, on all processors, into the same bytes whatever their number:
 * the input is cut into blocks of a fixed size, and each becomes a gzip member or zstd frame of its own.
 *
 * Ownership: threads and blocks are the sink's until compress_done. Knows nothing about layers.
 */
#ifndef COOPERAGE_COMPRESS_H
#define COOPERAGE_COMPRESS_H

#include "builder/layer/stream.h"
#include "oci-spec/media_type.h"

struct compress_options {
	enum media_compression kind; /* MEDIA_PLAIN passes all on */
	int level;                   /* 0: the default; gzip 1–9, zstd 1–19 */
	unsigned threads;            /* 0: one a processor */
};

struct compress_state;

struct compress {
	struct sink sink;
	struct compress_state *state;
};

int compress_init(struct compress *compress, const struct compress_options *options, struct sink *next,
		  struct error *err);
void compress_done(struct compress *compress); /* harmless on a zeroed struct */
#define scoped_compress scoped(compress_done) struct compress

/* "gzip", "zstd", "uncompressed" (also "none"), with a level behind a colon if wanted: "zstd:9". */
int compress_read_options(struct compress_options *options, const char *text, struct error *err);

#endif
