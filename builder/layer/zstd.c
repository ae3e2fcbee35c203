/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/zstd.h"

#include <stdlib.h>
#include <zstd.h>

#define WINDOW_LOG_MAX 27 /* 128 MiB, what decoders take unless told otherwise */

static void *
demand(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

void *
zstd_packer_new(int level)
{
	ZSTD_CCtx *packer = demand(ZSTD_createCCtx());

	(void) ZSTD_CCtx_setParameter(packer, ZSTD_c_compressionLevel, level);
	(void) ZSTD_CCtx_setParameter(packer, ZSTD_c_checksumFlag, 1);
	return packer;
}

void
zstd_packer_free(void *packer)
{
	(void) ZSTD_freeCCtx(packer);
}

size_t
zstd_bound(size_t n)
{
	return ZSTD_compressBound(n);
}

size_t
zstd_pack(void *packer, const void *bytes, size_t n, void *out, size_t room)
{
	size_t size = ZSTD_compress2(packer, out, room, bytes, n);

	if (ZSTD_isError(size))
		abort(); /* there is room, so memory is what lacks */
	return size;
}

struct unpacker {
	ZSTD_DStream *stream;
	bool inside; /* a frame */
};

void *
zstd_unpacker_new(void)
{
	struct unpacker *unpacker = demand(calloc(1, sizeof(*unpacker)));

	unpacker->stream = demand(ZSTD_createDStream());
	(void) ZSTD_DCtx_setParameter(unpacker->stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return unpacker;
}

void
zstd_unpacker_free(void *unpacker)
{
	if (unpacker != NULL)
		(void) ZSTD_freeDStream(((struct unpacker *) unpacker)->stream);
	free(unpacker);
}

ssize_t
zstd_unpack(void *unpacker, struct intake *intake, void *out, size_t room, struct error *err)
{
	struct unpacker *self = unpacker;
	ZSTD_outBuffer output = { .dst = out, .size = room };

	while (output.pos == 0) {
		bool dry = GET(intake_look(intake, 1, err)) == 0;
		if (dry && !self->inside)
			return 0;
		ZSTD_inBuffer input = { .src = intake_bytes(intake), .size = intake_length(intake) };
		size_t result = ZSTD_decompressStream(self->stream, &output, &input);
		if (ZSTD_isError(result))
			return fail(err, "zstd: %s", ZSTD_getErrorName(result));
		intake_take(intake, input.pos);
		self->inside = result != 0;
		if (dry && self->inside && output.pos == 0)
			return fail(err, "zstd: ends too early");
	}
	return (ssize_t) output.pos;
}
