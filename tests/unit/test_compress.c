/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/layer/compress.h"
#include "builder/layer/decompress.h"
#include "builder/layer/hash.h"
#include "scratch.h"

#define SIZE ((size_t) 9 * 1024 * 1024 + 12345)

/* Neither nothing nor noise. */
static char *
make_bytes(size_t n)
{
	char *bytes = malloc(n);
	uint32_t state = 1;

	for (size_t i = 0; i < n; i++) {
		state = state * 1664525 + 1013904223;
		bytes[i] = (i / 1000) % 3 == 0 ? (char) (state >> 24) : (char) ('a' + (state >> 28));
	}
	return bytes;
}

static int
pack(struct buffer *out, const void *bytes, size_t n, struct compress_options options, struct error *err)
{
	struct stream_to_buffer end;
	scoped_compress compress = { 0 };

	stream_to_buffer(&end, out);
	TRY(compress_init(&compress, &options, &end.sink, err));
	for (size_t at = 0; at < n; at += 77777)
		TRY(stream_write(&compress.sink, (const char *) bytes + at, n - at < 77777 ? n - at : 77777, err));
	return stream_finish(&compress.sink, err);
}

static int
unpack(struct buffer *out, const void *bytes, size_t n, struct error *err)
{
	struct stream_from_memory from;
	struct stream_to_buffer end;
	scoped_decompress decompress = { 0 };

	stream_from_memory(&from, bytes, n);
	stream_to_buffer(&end, out);
	TRY(decompress_init(&decompress, &from.source, err));
	return stream_copy(&decompress.source, &end.sink, err);
}

static void
check_round_trip(enum media_compression kind, size_t n)
{
	struct error err = { 0 };
	char *bytes = make_bytes(n);
	scoped_buffer one = { 0 }, many = { 0 }, back = { 0 };

	CHECK_OK(pack(&one, bytes, n, (struct compress_options){ .kind = kind, .threads = 1 }, &err), err);
	CHECK_OK(pack(&many, bytes, n, (struct compress_options){ .kind = kind, .threads = 5 }, &err), err);
	CHECK_EQ(one.length, many.length);
	CHECK(one.length == 0 || memcmp(one.bytes, many.bytes, one.length) == 0);
	CHECK_OK(unpack(&back, one.bytes, one.length, &err), err);
	CHECK_EQ(back.length, n);
	CHECK(n == 0 || memcmp(back.bytes, bytes, n) == 0);
	free(bytes);
}

TEST(gzip_gives_the_same_bytes_with_any_number_of_threads)
{
	check_round_trip(MEDIA_GZIP, SIZE);
}

TEST(zstd_gives_the_same_bytes_with_any_number_of_threads)
{
	check_round_trip(MEDIA_ZSTD, SIZE);
}

TEST(what_is_not_compressed_stays_as_it_is)
{
	check_round_trip(MEDIA_PLAIN, 100000);
}

TEST(nothing_at_all_is_compressed_too)
{
	check_round_trip(MEDIA_GZIP, 0);
	check_round_trip(MEDIA_ZSTD, 0);
}

TEST(a_block_that_is_exactly_full_is_no_special_case)
{
	check_round_trip(MEDIA_GZIP, (size_t) 2 * 1024 * 1024);
	check_round_trip(MEDIA_ZSTD, (size_t) 8 * 1024 * 1024);
}

TEST(what_does_not_compress_has_room_enough)
{
	struct error err = { 0 };
	size_t n = (size_t) 3 * 1024 * 1024;
	char *bytes = malloc(n);
	scoped_buffer packed = { 0 }, back = { 0 };
	uint64_t state = 88172645463325252ULL;

	for (size_t i = 0; i < n; i++) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		bytes[i] = (char) (state >> 32);
	}
	CHECK_OK(pack(&packed, bytes, n, (struct compress_options){ .kind = MEDIA_GZIP, .level = 9 }, &err), err);
	CHECK_OK(unpack(&back, packed.bytes, packed.length, &err), err);
	CHECK_EQ(back.length, n);
	CHECK(memcmp(back.bytes, bytes, n) == 0);
	free(bytes);
}

TEST(other_programs_read_what_we_pack)
{
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();
	char *bytes = make_bytes(SIZE);
	static const struct compress_options ways[] = { { .kind = MEDIA_GZIP }, { .kind = MEDIA_ZSTD } };

	for (size_t i = 0; i < COUNT(ways); i++) {
		struct stream_to_fd end;
		scoped_compress compress = { 0 };
		scoped_fd fd = openat(scratch.fd, i == 0 ? "x.gz" : "x.zst", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		stream_to_fd(&end, fd, "x");
		CHECK_OK(compress_init(&compress, &ways[i], &end.sink, &err), err);
		CHECK_OK(stream_write(&compress.sink, bytes, SIZE, &err), err);
		CHECK_OK(stream_finish(&compress.sink, &err), err);
	}
	free(bytes);
	scratch_run(&scratch, "gzip -dc x.gz > a");
	CHECK_TEXT(scratch_says(&scratch, "stat -c %%s a"), "9449529");
	CHECK_TEXT(scratch_says(&scratch, "! command -v zstd > /dev/null || zstd -qdc x.zst | cmp - a"), "");
}

/* ---- hostile ---------------------------------------------------------------------------------- */

#define GZIP_OF_HI "\x1f\x8b\x08\0\0\0\0\0\0\x03\xcb\xc8\x04\0\xac\x2a\x93\xd8\x02\0\0\0"
#define SIZE_OF_HI ((size_t) 22)

static int
unpack_after(struct buffer *out, const char *bytes, size_t n, const char *more, size_t more_n, struct error *err)
{
	scoped_buffer all = { 0 };

	buffer_clear(out);
	buffer_add(&all, bytes, n);
	buffer_add(&all, more, more_n);
	return unpack(out, all.bytes, all.length, err);
}

TEST(several_gzip_members_are_one_stream)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };

	CHECK_OK(unpack_after(&out, GZIP_OF_HI, SIZE_OF_HI, GZIP_OF_HI, SIZE_OF_HI, &err), err);
	CHECK_TEXT(out.bytes, "hihi");
}

TEST(behind_the_last_member_there_may_be_zeroes_and_nothing_else)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };

	CHECK_OK(unpack_after(&out, GZIP_OF_HI, SIZE_OF_HI, "\0\0\0\0\0", 5, &err), err);
	CHECK_TEXT(out.bytes, "hi");
	CHECK_FAILS(unpack_after(&out, GZIP_OF_HI, SIZE_OF_HI, "smuggled", 8, &err), err,
		    "gzip: there is something behind the end");
	CHECK_FAILS(unpack_after(&out, GZIP_OF_HI, SIZE_OF_HI, "\0\0x", 3, &err), err,
		    "gzip: there is something behind the end");
}

TEST(a_gzip_that_is_cut_or_damaged_is_an_error)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	char damaged[SIZE_OF_HI];

	for (size_t n = 3; n < SIZE_OF_HI; n++)
		CHECK_FAILS_WITH(unpack_after(&out, GZIP_OF_HI, n, "", 0, &err), err, "gzip: ");
	memcpy(damaged, GZIP_OF_HI, SIZE_OF_HI);
	damaged[15] ^= 1;
	CHECK_FAILS(unpack_after(&out, damaged, SIZE_OF_HI, "", 0, &err), err, "gzip: incorrect data check");
}

TEST(all_fields_of_a_gzip_header_are_passed_over)
{
	static const char full[] = "\x1f\x8b\x08\x1f\0\0\0\0\0\x03\x02\0ab" "name\0" "comment\0";
	struct error err = { 0 };
	scoped_buffer out = { 0 }, all = { 0 };
	uint32_t crc = 0xffffffff;

	/* the header's own checksum: the lower half of a CRC-32 */
	for (size_t i = 0; i < sizeof(full) - 1; i++) {
		crc ^= (unsigned char) full[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xedb88320 : 0);
	}
	crc = ~crc;
	buffer_add(&all, full, sizeof(full) - 1);
	buffer_add_char(&all, (char) (crc & 0xff));
	buffer_add_char(&all, (char) (crc >> 8 & 0xff));
	CHECK_OK(unpack_after(&out, all.bytes, all.length, &GZIP_OF_HI[10], SIZE_OF_HI - 10, &err), err);
	CHECK_TEXT(out.bytes, "hi");
}

TEST(zstd_skips_what_is_to_be_skipped_and_takes_many_frames)
{
	struct error err = { 0 };
	scoped_buffer frame = { 0 }, out = { 0 }, all = { 0 };
	static const char skip[] = "\x52\x2a\x4d\x18\x04\0\0\0abcd";

	CHECK_OK(pack(&frame, "hi", 2, (struct compress_options){ .kind = MEDIA_ZSTD }, &err), err);
	buffer_add(&all, skip, sizeof(skip) - 1);
	buffer_add(&all, frame.bytes, frame.length);
	buffer_add(&all, skip, sizeof(skip) - 1);
	buffer_add(&all, frame.bytes, frame.length);
	CHECK_OK(unpack(&out, all.bytes, all.length, &err), err);
	CHECK_TEXT(out.bytes, "hihi");
}

TEST(a_zstd_that_is_cut_damaged_or_followed_by_something_is_an_error)
{
	struct error err = { 0 };
	scoped_buffer frame = { 0 }, out = { 0 };

	CHECK_OK(pack(&frame, "hello hello hello", 17, (struct compress_options){ .kind = MEDIA_ZSTD }, &err), err);
	for (size_t n = 4; n < frame.length; n++)
		CHECK_FAILS_WITH(unpack_after(&out, frame.bytes, n, "", 0, &err), err, "zstd: ");
	CHECK_FAILS_WITH(unpack_after(&out, frame.bytes, frame.length, "junk", 4, &err), err, "zstd: ");
	frame.bytes[frame.length - 1] ^= 1; /* the checksum */
	CHECK_FAILS_WITH(unpack_after(&out, frame.bytes, frame.length, "", 0, &err), err, "checksum");
}

TEST(a_zstd_with_a_huge_window_is_refused)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	/* magic, no size, no checksum; a window of 2 to the 31; an empty last block */
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\0\0";

	CHECK_FAILS_WITH(unpack(&out, frame, sizeof(frame) - 1, &err), err, "zstd: ");
}

TEST(a_zstd_that_wants_a_dictionary_is_refused)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	static const char frame[] = "\x28\xb5\x2f\xfd\x21\x07\x02\x11\0\0hi";

	CHECK_FAILS_WITH(unpack(&out, frame, sizeof(frame) - 1, &err), err, "zstd: ");
}

TEST(the_media_type_rules_and_other_bytes_are_named)
{
	struct error err = { 0 };
	struct stream_from_memory from;

	stream_from_memory(&from, GZIP_OF_HI, SIZE_OF_HI);
	scoped_decompress decompress = { 0 };
	CHECK_FAILS(decompress_init_declared(&decompress, &from.source, MEDIA_ZSTD, &err), err,
		    "the media type says zstd, but it is gzip");
	decompress_done(&decompress);
	stream_from_memory(&from, "", 0);
	CHECK_FAILS(decompress_init_declared(&decompress, &from.source, MEDIA_GZIP, &err), err,
		    "the media type says gzip, but it is uncompressed");
}

TEST(archives_of_users_may_be_bzip2_xz_or_lz4)
{
	static const char *const tools[] = { "bzip2", "xz", "lzma", "lz4" };
	struct error err = { 0 };
	scoped_scratch struct scratch scratch = scratch_make();

	scratch_run(&scratch, "seq 1 200000 > plain");
	for (size_t i = 0; i < COUNT(tools); i++) {
		if (strcmp(scratch_says(&scratch, "command -v %s > /dev/null || echo missing", tools[i]), "") != 0) {
			print_message("%s is not installed\n", tools[i]);
			continue;
		}
		scratch_run(&scratch, "%s -c < plain > packed", tools[i]);
		scoped_fd fd = openat(scratch.fd, "packed", O_RDONLY | O_CLOEXEC);
		scoped_buffer out = { 0 };
		struct stream_from_fd from;
		struct stream_to_buffer end;
		scoped_decompress decompress = { 0 };

		stream_from_fd(&from, fd, "packed");
		stream_to_buffer(&end, &out);
		CHECK_OK(decompress_init(&decompress, &from.source, &err), err);
		CHECK_TEXT(decompress_kind_name(decompress.kind), tools[i]);
		CHECK_OK(stream_copy(&decompress.source, &end.sink, &err), err);
		CHECK_EQ(out.length, 1288895);
	}
}

TEST(a_bomb_is_refused_before_it_has_gone_off)
{
	struct error err = { 0 };
	scoped_buffer frame = { 0 }, bomb = { 0 };
	char *zeroes = calloc(1, (size_t) 4 * 1024 * 1024);
	struct stream_from_memory from;
	scoped_decompress decompress = { 0 };

	CHECK_OK(pack(&frame, zeroes, (size_t) 4 * 1024 * 1024, (struct compress_options){ .kind = MEDIA_ZSTD }, &err),
		 err);
	free(zeroes);
	for (int i = 0; i < 3000; i++)
		buffer_add(&bomb, frame.bytes, frame.length);
	stream_from_memory(&from, bomb.bytes, bomb.length);
	CHECK_OK(decompress_init(&decompress, &from.source, &err), err);
	CHECK_FAILS_WITH(stream_drain(&decompress.source, &err), err, "zstd: a bomb: 4096 MiB came out of ");
}

TEST(a_way_to_compress_is_a_word_and_perhaps_a_level)
{
	struct error err = { 0 };
	struct compress_options options = { .threads = 3 };

	CHECK_OK(compress_read_options(&options, "zstd:9", &err), err);
	CHECK(options.kind == MEDIA_ZSTD && options.level == 9 && options.threads == 3);
	CHECK_OK(compress_read_options(&options, "gzip", &err), err);
	CHECK(options.kind == MEDIA_GZIP && options.level == 0);
	CHECK_OK(compress_read_options(&options, "none", &err), err);
	CHECK(options.kind == MEDIA_PLAIN);
	CHECK_FAILS(compress_read_options(&options, "lzip", &err), err,
		    "unknown compression \"lzip\", expected one of: gzip zstd uncompressed");
	CHECK_FAILS_WITH(compress_read_options(&options, "gzip:10", &err), err, "10");
}
