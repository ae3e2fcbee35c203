/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Read by hand and not by a library, for what libarchive does not let one see or decide: it passes over
 * PAX records that do not parse and global headers, cuts names at a NUL, translates names through the
 * locale, and does not tell which of two sizes it believed. Each of these has been an attack.
 */
#include "builder/layer/tar_read.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "builder/layer/intake.h"
#include "builder/layer/tar_member.h"
#include "builder/layer/tar_number.h"
#include "libcommon/buffer.h"

#define WINDOW ((size_t) 256 * 1024)

const struct tar_limits tar_read_limits = {
	.entries = 10000000,
	.bytes = 0,
	.file_size = UINT64_C(1) << 43,
	.header = 1024 * 1024,
	.path = 32 * 1024,
	.depth = 1024,
	.attributes = 128,
	.attribute_size = 64 * 1024,
	.attributes_size = 1024 * 1024,
	.pieces = 256 * 1024,
};

struct tar_reader_state {
	struct intake intake;
	const struct tar_limits *limits;
	bool ended;
	uint64_t entries, bytes; /* so far */

	struct tar_member member;
	uint64_t left;   /* stored bytes that were not read */
	size_t padding;  /* behind them */
	size_t shown;    /* bytes of the window that the caller still looks at */
	bool is_sparse;
	struct tar_sparse sparse;
	size_t piece;    /* which one is next or being read */
	uint64_t done;   /* of that piece; of a plain file, of all */
};

void
tar_read_open(struct tar_reader *reader, struct source *source, const struct tar_limits *limits)
{
	struct tar_reader_state *state = calloc(1, sizeof(*state));

	if (state == NULL)
		abort();
	intake_init(&state->intake, source, WINDOW);
	state->limits = limits != NULL ? limits : &tar_read_limits;
	tar_member_forget(&state->member);
	reader->state = state;
}

void
tar_read_close(struct tar_reader *reader)
{
	struct tar_reader_state *state = reader->state;

	if (state == NULL)
		return;
	intake_done(&state->intake);
	tar_member_done(&state->member);
	tar_sparse_done(&state->sparse);
	free(state);
	reader->state = NULL;
}

/* ---- bytes ------------------------------------------------------------------------------------ */

static int
skip(struct tar_reader_state *state, uint64_t n, struct error *err)
{
	while (n > 0) {
		size_t there = (size_t) GET(intake_look(&state->intake, 1, err));
		if (there == 0)
			return fail(err, "the archive ends in the middle of a member");
		there = there < n ? there : (size_t) n;
		intake_take(&state->intake, there);
		n -= there;
	}
	return 0;
}

/* A whole block. Returns 1 if the archive ends here. */
static int
read_block(struct tar_reader_state *state, union tar_block *block, struct error *err)
{
	ssize_t n = GET(intake_look(&state->intake, TAR_BLOCK, err));

	if (n == 0)
		return 1;
	if (n < TAR_BLOCK)
		return fail(err, "the archive ends in the middle of a block");
	memcpy(block, intake_bytes(&state->intake), TAR_BLOCK);
	intake_take(&state->intake, TAR_BLOCK);
	return 0;
}

/* The body of a header that is about the next one. The claim is judged before anything is allocated. */
static int
read_body(struct tar_reader_state *state, struct buffer *body, const union tar_block *block, const char *what,
	  struct error *err)
{
	int64_t size;

	TRY(tar_number_field(&size, block->size, sizeof(block->size), "size", err));
	if (size < 0 || (uint64_t) size > state->limits->header)
		return fail(err, "%s of %" PRId64 " bytes is larger than %zu", what, size, state->limits->header);
	buffer_clear(body);
	for (size_t left = (size_t) size; left > 0;) {
		size_t there = (size_t) GET(intake_look(&state->intake, 1, err));
		if (there == 0)
			return fail(err, "the archive ends in the middle of %s", what);
		there = there < left ? there : left;
		buffer_add(body, intake_bytes(&state->intake), there);
		intake_take(&state->intake, there);
		left -= there;
	}
	buffer_add(body, "", 0);
	return skip(state, tar_block_padding((uint64_t) size), err);
}

/* ---- the end ---------------------------------------------------------------------------------- */

static bool
is_zero(const void *bytes, size_t n)
{
	const char *at = bytes;

	return n == 0 || (at[0] == '\0' && memcmp(at, at + 1, n - 1) == 0);
}

/* All of the source is read, so that whoever computes a digest on the way sees every byte. */
static int
end_archive(struct tar_reader_state *state, struct error *err)
{
	if (tar_member_is_announced(&state->member))
		return fail(err, "the archive ends with a header about a member that does not come");
	state->ended = true;
	while (GET(intake_look(&state->intake, 1, err)) > 0)
		intake_take(&state->intake, intake_length(&state->intake));
	return 0;
}

/* Two blocks of zeroes are the end; one of them and then the end of the file is, too. */
static int
end_at_zeroes(struct tar_reader_state *state, struct error *err)
{
	ssize_t n = GET(intake_look(&state->intake, TAR_BLOCK, err));

	if (!is_zero(intake_bytes(&state->intake), n < TAR_BLOCK ? (size_t) n : TAR_BLOCK))
		return fail(err, "a single block of zeroes stands before more members");
	return end_archive(state, err);
}

/* ---- headers that are about the next one ------------------------------------------------------ */

static int
check_sum(const union tar_block *block, struct error *err)
{
	int64_t claimed;
	int64_t sum = tar_block_sum(block), other = 8 * ' ';

	TRY(tar_number_field(&claimed, block->checksum, sizeof(block->checksum), "checksum", err));
	if (claimed == sum)
		return 0;
	/* Some old programs took bytes for signed numbers. */
	for (size_t i = 0; i < TAR_BLOCK; i++)
		other += (signed char) block->bytes[i];
	for (size_t i = 0; i < sizeof(block->checksum); i++)
		other -= (signed char) block->checksum[i];
	if (claimed == other)
		return 0;
	return fail(err, "a header has the wrong checksum: this is no tar archive, or a damaged one");
}

static int
read_pax(struct tar_reader_state *state, const union tar_block *block, struct error *err)
{
	if (state->member.pax.there)
		return fail(err, "a PAX header follows another");
	TRY(read_body(state, &state->member.pax.body, block, "a PAX header", err));
	return tar_pax_parse(&state->member.pax, state->limits, err);
}

static int
read_pax_global(struct tar_reader_state *state, const union tar_block *block, struct error *err)
{
	TRY(read_body(state, &state->member.raw, block, "a global PAX header", err));
	return tar_pax_parse_global(&state->member.raw, err);
}

/* The name and a NUL; more behind it would be seen by some and not by others. */
static int
read_gnu_text(struct tar_reader_state *state, struct buffer *text, const union tar_block *block,
	      struct error *err)
{
	TRY(read_body(state, text, block, "a long name", err));
	size_t n = strlen(buffer_text(text));
	if (!is_zero(buffer_text(text) + n, text->length - n))
		return fail(err, "a long name has a NUL in it");
	return 0;
}

/* ---- sparse files ----------------------------------------------------------------------------- */

/* GNU's own: four pieces in the header, and blocks of 21 more behind it. */
static int
read_gnu_map(struct tar_reader_state *state, const union tar_block *block, uint64_t *size, struct error *err)
{
	union tar_block more = *block;
	int64_t real_size;
	char goes_on = block->gnu.more;

	TRY(tar_sparse_add_block(&state->sparse, block->gnu.pieces, COUNT(block->gnu.pieces), err));
	TRY(tar_number_field(&real_size, block->gnu.real_size, sizeof(block->gnu.real_size), "size", err));
	while (goes_on != '\0' && goes_on != '0') {
		if (GET(read_block(state, &more, err)) == 1)
			return fail(err, "the archive ends in its sparse map");
		TRY(tar_sparse_add_block(&state->sparse, more.extension.pieces, COUNT(more.extension.pieces), err));
		goes_on = more.extension.more;
	}
	if (real_size < 0)
		return fail(err, "its size is negative");
	*size = (uint64_t) real_size;
	return 0;
}

/* A line of the map that PAX 1.0 puts before the data. */
static int
read_map_line(struct tar_reader_state *state, int64_t *number, uint64_t *used, struct error *err)
{
	char digits[24];

	for (size_t n = 0; n < sizeof(digits); n++) {
		if (*used == state->left || GET(intake_look(&state->intake, 1, err)) == 0)
			return fail(err, "its sparse map is cut");
		digits[n] = (char) *intake_bytes(&state->intake);
		intake_take(&state->intake, 1);
		++*used;
		if (digits[n] != '\n')
			continue;
		digits[n] = '\0';
		return tar_number_decimal(number, digits, "sparse map", err);
	}
	return fail(err, "its sparse map makes no sense");
}

static int
read_map_ahead(struct tar_reader_state *state, struct error *err)
{
	uint64_t used = 0;
	int64_t count, offset, size;

	TRY(read_map_line(state, &count, &used, err));
	if (count < 0 || (uint64_t) count > state->limits->pieces)
		return fail(err, "its sparse map has %" PRId64 " pieces, and %zu are allowed", count,
			    state->limits->pieces);
	for (int64_t i = 0; i < count; i++) {
		TRY(read_map_line(state, &offset, &used, err));
		TRY(read_map_line(state, &size, &used, err));
		TRY(tar_sparse_add(&state->sparse, offset, size, err));
	}
	size_t padding = tar_block_padding(used);
	if (used + padding > state->left)
		return fail(err, "its sparse map is cut");
	TRY(skip(state, padding, err));
	state->left -= used + padding;
	return 0;
}

static int
read_pax_map(struct tar_reader_state *state, uint64_t *size, struct error *err)
{
	struct tar_pax *pax = &state->member.pax;
	const char *real_size = pax->sparse_real_size != NULL ? pax->sparse_real_size : pax->sparse_size;
	int64_t number;

	if (real_size == NULL)
		return fail(err, "its sparse map does not say how large it is");
	TRY(tar_number_decimal(&number, real_size, "size", err));
	if (number < 0)
		return fail(err, "its size is negative");
	*size = (uint64_t) number;
	if (pax->sparse_major != NULL && strcmp(pax->sparse_major, "1") == 0 && pax->sparse_minor != NULL &&
	    strcmp(pax->sparse_minor, "0") == 0)
		return read_map_ahead(state, err);
	if (pax->sparse_major != NULL && strcmp(pax->sparse_major, "0") != 0)
		return fail(err, "its sparse map is of a version that is not known: %.16s", pax->sparse_major);
	if (pax->sparse_map != NULL)
		return tar_sparse_add_text(&state->sparse, pax->sparse_map, err);
	for (size_t i = 0; i < pax->sparse.count; i++)
		TRY(tar_sparse_add(&state->sparse, (int64_t) pax->sparse.items[i].offset,
				   (int64_t) pax->sparse.items[i].size, err));
	return 0;
}

static bool
has_pax_map(const struct tar_pax *pax)
{
	return pax->sparse_map != NULL || pax->sparse_major != NULL || pax->sparse.count > 0 ||
	       pax->sparse_size != NULL || pax->sparse_real_size != NULL;
}

/* How much is stored, and how large the file is. */
static int
read_size(struct tar_reader_state *state, struct entry *entry, const union tar_block *block, struct error *err)
{
	int64_t stored;

	TRY(tar_member_number(&stored, state->member.pax.size, block->size, sizeof(block->size), "size", err));
	if (stored < 0)
		return fail(err, "its size is negative");
	if (entry->is_hard_link && stored > 0)
		return fail(err, "it is a hard link and has %" PRId64 " bytes: some would skip them, some would not",
			    stored);
	if (S_ISDIR(entry->mode) && block->type != TAR_DIRECTORY && stored > 0)
		return fail(err, "it is a file of %" PRId64 " bytes that is named like a directory", stored);
	if (!S_ISREG(entry->mode)) /* everybody ignores what stands there */
		return 0;
	entry->size = state->left = (uint64_t) stored;
	state->padding = tar_block_padding(state->left);
	state->is_sparse = !entry->is_hard_link && (block->type == TAR_GNU_SPARSE || has_pax_map(&state->member.pax));
	if (state->is_sparse) {
		TRY(block->type == TAR_GNU_SPARSE ? read_gnu_map(state, block, &entry->size, err)
						  : read_pax_map(state, &entry->size, err));
		TRY(tar_sparse_check(&state->sparse, entry->size, state->left, err));
	}
	if (entry->size > state->limits->file_size)
		return fail(err, "it has %" PRIu64 " bytes, and %" PRIu64 " are allowed", entry->size,
			    state->limits->file_size);
	state->bytes += state->left;
	if (state->limits->bytes > 0 && state->bytes > state->limits->bytes)
		return fail(err, "the archive unpacks to more than %" PRIu64 " bytes", state->limits->bytes);
	return 0;
}

/* ---- an entry --------------------------------------------------------------------------------- */

static int
make_entry(struct tar_reader_state *state, struct entry *entry, const union tar_block *block, struct error *err)
{
	scoped_buffer name = { 0 };

	*entry = (struct entry){ 0 };
	state->left = state->done = 0;
	state->padding = state->piece = 0;
	state->is_sparse = false;
	state->sparse.limit = state->limits->pieces;
	tar_sparse_clear(&state->sparse);
	if (++state->entries > state->limits->entries)
		return fail(err, "the archive has more than %" PRIu64 " members", state->limits->entries);
	buffer_add_text(&name, tar_member_name(&state->member, block));
	if (tar_member_fill(&state->member, entry, block, buffer_text(&name), state->limits, err) < 0 ||
	    read_size(state, entry, block, err) < 0)
		return error_prefixf(err, "\"%.300s\"", entry_shown(buffer_text(&name)).text);
	return 1;
}

/* What is left of the entry before, and all that was only about it. */
static int
leave_entry(struct tar_reader_state *state, struct error *err)
{
	intake_take(&state->intake, state->shown);
	state->shown = 0;
	TRY(skip(state, state->left, err));
	TRY(skip(state, state->padding, err));
	state->left = 0;
	state->padding = 0;
	tar_member_forget(&state->member);
	return 0;
}

/* Returns 1 with an entry, 0 if there is none: the header was about the next one, or it is the end. */
static int
read_member(struct tar_reader_state *state, struct entry *entry, struct error *err)
{
	union tar_block block;

	if (GET(read_block(state, &block, err)) == 1)
		return end_archive(state, err);
	if (is_zero(&block, sizeof(block)))
		return end_at_zeroes(state, err);
	TRY(check_sum(&block, err));
	switch (block.type) {
	case TAR_PAX:
		return read_pax(state, &block, err);
	case TAR_PAX_GLOBAL:
		return read_pax_global(state, &block, err);
	case TAR_GNU_NAME:
		state->member.has_gnu_name = true;
		return read_gnu_text(state, &state->member.gnu_name, &block, err);
	case TAR_GNU_LINK:
		state->member.has_gnu_link = true;
		return read_gnu_text(state, &state->member.gnu_link, &block, err);
	case TAR_GNU_VOLUME: /* the label of a tape */
		return read_body(state, &state->member.raw, &block, "a label", err);
	default:
		return make_entry(state, entry, &block, err);
	}
}

bool
tar_read_begins(const void *bytes, size_t n)
{
	union tar_block block;
	struct error unused;

	if (n < sizeof(block))
		return false;
	memcpy(&block, bytes, sizeof(block));
	return !is_zero(&block, sizeof(block)) && check_sum(&block, &unused) == 0;
}

int
tar_read_next(struct tar_reader *reader, struct entry *entry, struct error *err)
{
	struct tar_reader_state *state = reader->state;

	if (state->ended)
		return 0;
	TRY(leave_entry(state, err));
	while (!state->ended)
		if (GET(read_member(state, entry, err)) == 1)
			return 1;
	return 0;
}

int
tar_read_piece(struct tar_reader *reader, const void **bytes, size_t *n, uint64_t *offset, struct error *err)
{
	struct tar_reader_state *state = reader->state;
	uint64_t begin = 0, size = state->left + state->done;

	intake_take(&state->intake, state->shown);
	state->shown = 0;
	if (state->left == 0)
		return 0;
	while (state->is_sparse && state->done == state->sparse.items[state->piece].size) {
		state->piece++;
		state->done = 0;
	}
	if (state->is_sparse) {
		begin = state->sparse.items[state->piece].offset;
		size = state->sparse.items[state->piece].size;
	}
	size_t there = (size_t) GET(intake_look(&state->intake, 1, err));
	if (there == 0)
		return fail(err, "\"%s\": the archive ends in the middle of it",
			    entry_shown(buffer_text(&state->member.path)).text);
	*n = there < size - state->done ? there : (size_t) (size - state->done);
	*bytes = intake_bytes(&state->intake);
	*offset = begin + state->done;
	state->shown = *n;
	state->done += *n;
	state->left -= *n;
	return 1;
}
