/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/gzip.h"

#include <stdlib.h>
#include <zlib.h>
#ifdef HAVE_LIBDEFLATE
#include <libdeflate.h>
#endif

static void *
demand(void *memory)
{
	if (memory == NULL)
		abort();
	return memory;
}

/* ---- packing ---------------------------------------------------------------------------------- */

#ifdef HAVE_LIBDEFLATE

void *
gzip_packer_new(int level)
{
	return demand(libdeflate_alloc_compressor(level));
}

void
gzip_packer_free(void *packer)
{
	libdeflate_free_compressor(packer);
}

size_t
gzip_bound(size_t n)
{
	return libdeflate_gzip_compress_bound(NULL, n);
}

size_t
gzip_pack(void *packer, const void *bytes, size_t n, void *out, size_t room)
{
	size_t size = libdeflate_gzip_compress(packer, bytes, n, out, room);

	assert(size > 0);
	return size;
}

#else

#define GZIP_WINDOW (15 + 16) /* 32 KiB, in gzip's dress */

void *
gzip_packer_new(int level)
{
	z_stream *stream = demand(calloc(1, sizeof(*stream)));

	if (deflateInit2(stream, level, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	return stream;
}

void
gzip_packer_free(void *packer)
{
	if (packer != NULL)
		(void) deflateEnd(packer);
	free(packer);
}

/* What cannot be packed is stored, in pieces of at least 4 KiB that cost at most five bytes; and the dress. */
size_t
gzip_bound(size_t n)
{
	return n + (n >> 9) + 64;
}

size_t
gzip_pack(void *packer, const void *bytes, size_t n, void *out, size_t room)
{
	z_stream *stream = packer;
	union {
		const void *in;
		unsigned char *out;
	} input = { .in = bytes }; /* zlib's member is not const */

	(void) deflateReset(stream);
	stream->next_in = input.out;
	stream->avail_in = (uInt) n;
	stream->next_out = out;
	stream->avail_out = (uInt) room;

	int result = deflate(stream, Z_FINISH);
	assert(result == Z_STREAM_END);
	(void) result;
	return room - stream->avail_out;
}

#endif

/* ---- unpacking -------------------------------------------------------------------------------- */

struct unpacker {
	z_stream stream;
	bool between; /* members, or after the last */
	bool ended;
};

void *
gzip_unpacker_new(void)
{
	struct unpacker *unpacker = demand(calloc(1, sizeof(*unpacker)));

	if (inflateInit2(&unpacker->stream, 15 + 16) != Z_OK)
		abort();
	return unpacker;
}

void
gzip_unpacker_free(void *unpacker)
{
	if (unpacker != NULL)
		(void) inflateEnd(&((struct unpacker *) unpacker)->stream);
	free(unpacker);
}

/* Padding is what tape drives and some registries leave; anything else is a second message. */
static int
pass_padding(struct intake *intake, struct error *err)
{
	for (;;) {
		if (GET(intake_look(intake, 1, err)) == 0)
			return 0;
		for (; intake_length(intake) > 0; intake_take(intake, 1))
			if (*intake_bytes(intake) != 0)
				return fail(err, "gzip: there is something behind the end");
	}
}

/* Another member follows, or the end. */
static int
go_on(struct unpacker *self, struct intake *intake, struct error *err)
{
	ssize_t n = GET(intake_look(intake, 2, err));

	if (n < 2 || intake_bytes(intake)[0] != 0x1f || intake_bytes(intake)[1] != 0x8b) {
		TRY(pass_padding(intake, err));
		self->ended = true;
		return 0;
	}
	(void) inflateReset(&self->stream);
	self->between = false;
	return 0;
}

ssize_t
gzip_unpack(void *unpacker, struct intake *intake, void *out, size_t room, struct error *err)
{
	struct unpacker *self = unpacker;
	z_stream *stream = &self->stream;

	stream->next_out = out;
	stream->avail_out = (uInt) room;
	while (!self->ended && stream->avail_out == room) {
		if (self->between) {
			TRY(go_on(self, intake, err));
			continue;
		}
		bool dry = GET(intake_look(intake, 1, err)) == 0;
		stream->next_in = intake->window + intake->at;
		stream->avail_in = (uInt) intake_length(intake);
		int result = inflate(stream, Z_NO_FLUSH);
		intake->at = intake->end - stream->avail_in;
		self->between = result == Z_STREAM_END;
		if (result == Z_BUF_ERROR && dry)
			return fail(err, "gzip: ends too early");
		if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
			return fail(err, "gzip: %s", stream->msg != NULL ? stream->msg : "damaged");
	}
	return (ssize_t) (room - stream->avail_out);
}
