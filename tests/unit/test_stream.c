/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/layer/ahead.h"
#include "builder/layer/hash.h"
#include "builder/layer/stream.h"
#include "libcommon/arena.h"

#define ABC "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

TEST(bytes_pass_through_a_chain_and_each_link_has_its_last_word)
{
	struct error err = { 0 };
	scoped_buffer out = { 0 };
	struct stream_to_buffer end;
	scoped_hash_sink hash;

	stream_to_buffer(&end, &out);
	hash_sink_init(&hash, HASH_SHA256, &end.sink);
	CHECK_OK(stream_write(&hash.sink, "a", 1, &err), err);
	CHECK_OK(stream_write(&hash.sink, "bc", 2, &err), err);
	CHECK_OK(stream_finish(&hash.sink, &err), err);
	CHECK_TEXT(out.bytes, "abc");
	CHECK_TEXT(hash.text, ABC);
	CHECK_EQ(hash.size, 3);
}

TEST(a_digest_of_sha512_is_as_openssl_says)
{
	char text[HASH_TEXT_SIZE];

	hash_bytes(text, HASH_SHA512, "abc", 3);
	CHECK_TEXT(text, "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
			 "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(parts_of_a_key_are_told_apart)
{
	static const char *const keys[][2] = { { "ab", "c" }, { "a", "bc" }, { "abc", "" }, { "abc", NULL } };
	char text[COUNT(keys)][HASH_TEXT_SIZE];
	scoped_hash hash;

	hash_init(&hash, HASH_SHA256);
	for (size_t i = 0; i < COUNT(keys); i++) {
		hash_add_text(&hash, keys[i][0]);
		hash_add_text(&hash, keys[i][1]);
		hash_finish(&hash, text[i]);
	}
	for (size_t i = 0; i < COUNT(keys); i++)
		for (size_t j = 0; j < i; j++)
			CHECK(strcmp(text[i], text[j]) != 0);
}

static int
read_verified(const char *bytes, const char *digest, int64_t size, struct error *err)
{
	struct stream_from_memory from;
	scoped_hash_source verified;

	stream_from_memory(&from, bytes, strlen(bytes));
	TRY(hash_source_init(&verified, &from.source, "the layer", digest, size, err));
	return stream_drain(&verified.source, err);
}

TEST(a_verified_source_fails_in_place_of_its_end)
{
	struct error err = { 0 };

	CHECK_OK(read_verified("abc", ABC, 3, &err), err);
	CHECK_OK(read_verified("abc", NULL, -1, &err), err);
	CHECK_FAILS(read_verified("abd", ABC, 3, &err), err,
		    "the layer: digest mismatch: expected " ABC
		    ", found sha256:a52d159f262b2c6ddb724a61840befc36eb30c88877a4030b65cbe86298449c9");
	CHECK_FAILS(read_verified("abcd", ABC, 3, &err), err,
		    "the layer: size mismatch: expected 3 bytes, found more");
	CHECK_FAILS(read_verified("ab", ABC, 3, &err), err,
		    "the layer: size mismatch: expected 3 bytes, found 2");
	CHECK_FAILS_WITH(read_verified("ab", "md5:00", 3, &err), err, "md5");
}

/* ---- a thread that reads ahead ---------------------------------------------------------------- */

struct counting {
	struct source source;
	uint64_t given, limit;
	bool fails;
};

static ssize_t
count_on(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct counting *self = (struct counting *) source;
	unsigned char *out = bytes;

	if (self->given == self->limit)
		return self->fails ? fail(err, "the wire was cut") : 0;
	if (n > self->limit - self->given)
		n = (size_t) (self->limit - self->given);
	for (size_t i = 0; i < n; i++)
		out[i] = (unsigned char) ((self->given + i) * 7 >> 3);
	self->given += n;
	return (ssize_t) n;
}

TEST(what_is_read_ahead_comes_in_order_and_whole)
{
	struct error err = { 0 };
	struct counting plain = { { count_on }, 0, 3000001, false }, other = plain;
	scoped_hash_source direct, behind;
	scoped_ahead ahead = { 0 };

	CHECK_OK(hash_source_init(&direct, &plain.source, "plain", NULL, -1, &err), err);
	CHECK_OK(stream_drain(&direct.source, &err), err);
	CHECK_OK(ahead_init(&ahead, &other.source, &err), err);
	CHECK_OK(hash_source_init(&behind, &ahead.source, "ahead", direct.text, 3000001, &err), err);
	CHECK_OK(stream_drain(&behind.source, &err), err);
	CHECK_EQ(stream_read(&ahead.source, &err, 1, &err), 0);
}

TEST(a_failure_of_the_thread_comes_at_its_place)
{
	struct error err = { 0 };
	struct counting source = { { count_on }, 0, 2 * STREAM_BLOCK, true };
	scoped_ahead ahead = { 0 };

	CHECK_OK(ahead_init(&ahead, &source.source, &err), err);
	CHECK_FAILS(stream_drain(&ahead.source, &err), err, "the wire was cut");
}

TEST(a_thread_that_nobody_reads_from_ends)
{
	struct error err = { 0 };
	struct counting source = { { count_on }, 0, UINT64_MAX, false };
	scoped_ahead ahead = { 0 };
	char byte;

	CHECK_OK(ahead_init(&ahead, &source.source, &err), err);
	CHECK_EQ(stream_read(&ahead.source, &byte, 1, &err), 1);
}
