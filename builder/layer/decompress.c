/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/decompress.h"

#include <stdlib.h>
#include <string.h>

#include "builder/layer/foreign.h"
#include "builder/layer/gzip.h"
#include "builder/layer/zstd.h"

/*
 * What is a bomb: more than 4 GiB out of less than a thousandth of it. Deflate cannot pack tighter
 * than 1:1032, so a layer that is nothing but zeroes comes close; zstd knows no such bound. Below
 * that the room on the disk is the limit, which is for those to judge who write to it.
 */
#define BOMB_RATIO 1000
#define BOMB_SIZE  (UINT64_C(4) << 30)

#define WINDOW ((size_t) 256 * 1024)

struct decompress_state {
	struct intake intake;
	enum decompress_kind kind;
	void *unpacker; /* of gzip or zstd */
	struct foreign *foreign;
	uint64_t given;
};

static const struct magic {
	enum decompress_kind kind;
	const char *name;
	size_t n;
	const char *bytes;
} magics[] = {
	{ DECOMPRESS_GZIP, "gzip", 3, "\x1f\x8b\x08" },
	{ DECOMPRESS_ZSTD, "zstd", 4, "\x28\xb5\x2f\xfd" },
	{ DECOMPRESS_BZIP2, "bzip2", 3, "BZh" },
	{ DECOMPRESS_XZ, "xz", 6, "\xfd" "7zXZ\0" },
	{ DECOMPRESS_LZMA, "lzma", 3, "\x5d\0\0" },
	{ DECOMPRESS_LZ4, "lz4", 4, "\x04\x22\x4d\x18" },
};

/* A zstd stream may begin with a frame to skip: 0x184D2A50 to 0x184D2A5F. */
static bool
is_skippable(const unsigned char *bytes, size_t n)
{
	return n >= 4 && (bytes[0] & 0xf0) == 0x50 && memcmp(bytes + 1, "\x2a\x4d\x18", 3) == 0;
}

enum decompress_kind
decompress_kind_of(const void *bytes, size_t n)
{
	for (size_t i = 0; i < COUNT(magics); i++)
		if (n >= magics[i].n && memcmp(bytes, magics[i].bytes, magics[i].n) == 0)
			return magics[i].kind;
	return is_skippable(bytes, n) ? DECOMPRESS_ZSTD : DECOMPRESS_PLAIN;
}

const char *
decompress_kind_name(enum decompress_kind kind)
{
	for (size_t i = 0; i < COUNT(magics); i++)
		if (magics[i].kind == kind)
			return magics[i].name;
	return "uncompressed";
}

static ssize_t
read_plain(struct intake *intake, void *bytes, size_t n, struct error *err)
{
	if (intake_length(intake) == 0)
		return stream_read(intake->from, bytes, n, err);
	if (n > intake_length(intake))
		n = intake_length(intake);
	memcpy(bytes, intake_bytes(intake), n);
	intake_take(intake, n);
	return (ssize_t) n;
}

static ssize_t
read_unpacked(struct decompress_state *state, void *bytes, size_t n, struct error *err)
{
	switch (state->kind) {
	case DECOMPRESS_PLAIN:
		return read_plain(&state->intake, bytes, n, err);
	case DECOMPRESS_GZIP:
		return gzip_unpack(state->unpacker, &state->intake, bytes, n, err);
	case DECOMPRESS_ZSTD:
		return zstd_unpack(state->unpacker, &state->intake, bytes, n, err);
	default:
		return foreign_read(state->foreign, bytes, n, err);
	}
}

static ssize_t
read_decompressed(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct decompress_state *state = ((struct decompress *) source)->state;
	ssize_t got = GET(read_unpacked(state, bytes, n, err));

	state->given += (uint64_t) got;
	if (state->kind != DECOMPRESS_PLAIN && state->given > BOMB_SIZE &&
	    state->given / BOMB_RATIO > state->intake.taken)
		return fail(err, "%s: a bomb: %llu MiB came out of %llu KiB", decompress_kind_name(state->kind),
			    (unsigned long long) (state->given >> 20),
			    (unsigned long long) (state->intake.taken >> 10));
	return got;
}

static int
look(struct decompress *decompress, struct source *from, struct error *err)
{
	struct decompress_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		abort();
	*decompress = (struct decompress){ .source.read = read_decompressed, .state = state };
	intake_init(&state->intake, from, WINDOW);
	size_t n = (size_t) GET(intake_look(&state->intake, DECOMPRESS_MAGIC, err));
	decompress->kind = state->kind = decompress_kind_of(intake_bytes(&state->intake), n);
	return 0;
}

static int
begin(struct decompress_state *state, struct error *err)
{
	switch (state->kind) {
	case DECOMPRESS_PLAIN:
		return 0;
	case DECOMPRESS_GZIP:
		state->unpacker = gzip_unpacker_new();
		return 0;
	case DECOMPRESS_ZSTD:
		state->unpacker = zstd_unpacker_new();
		return 0;
	default:
		return foreign_open(&state->foreign, state->kind, &state->intake, err);
	}
}

int
decompress_init(struct decompress *decompress, struct source *from, struct error *err)
{
	TRY(look(decompress, from, err));
	return begin(decompress->state, err);
}

int
decompress_init_declared(struct decompress *decompress, struct source *from,
			 enum media_compression declared, struct error *err)
{
	enum decompress_kind wanted = declared == MEDIA_GZIP   ? DECOMPRESS_GZIP
				      : declared == MEDIA_ZSTD ? DECOMPRESS_ZSTD
							       : DECOMPRESS_PLAIN;

	TRY(look(decompress, from, err));
	if (decompress->kind != wanted)
		return fail(err, "the media type says %s, but it is %s", decompress_kind_name(wanted),
			    decompress_kind_name(decompress->kind));
	return begin(decompress->state, err);
}

void
decompress_done(struct decompress *decompress)
{
	struct decompress_state *state = decompress->state;

	if (state == NULL)
		return;
	foreign_close(state->foreign);
	if (state->kind == DECOMPRESS_GZIP)
		gzip_unpacker_free(state->unpacker);
	if (state->kind == DECOMPRESS_ZSTD)
		zstd_unpacker_free(state->unpacker);
	intake_done(&state->intake);
	free(state);
	decompress->state = NULL;
}
