/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digests: of bytes that pass by (a sink, a source), of bytes at hand, and of keys made of many parts.
 *
 * The only door to OpenSSL. A struct hash owns its state until hash_done. How digests are spelled
 * is oci-spec/digest's to know.
 */
#ifndef COOPERAGE_HASH_H
#define COOPERAGE_HASH_H

#include "builder/layer/stream.h"

enum hash_algorithm { HASH_SHA256, HASH_SHA512 };

/* "sha512:", 128 digits, NUL. */
#define HASH_TEXT_SIZE 136

struct hash {
	void *state;
	enum hash_algorithm algorithm;
};

void hash_init(struct hash *hash, enum hash_algorithm algorithm);
void hash_done(struct hash *hash); /* harmless on a zeroed struct */
#define scoped_hash scoped(hash_done) struct hash

void hash_add(struct hash *hash, const void *bytes, size_t n);

/*
 * For keys: framed, so that "ab","c" and "a","bc" differ, and NULL differs from "".
 */
void hash_add_text(struct hash *hash, const char *text);
void hash_add_number(struct hash *hash, uint64_t number);

/* The digest as "sha256:…". What was added is gone; the hash can be used anew. */
void hash_finish(struct hash *hash, char text[HASH_TEXT_SIZE]);

void hash_bytes(char text[HASH_TEXT_SIZE], enum hash_algorithm algorithm, const void *bytes, size_t n);

/* The algorithm that a digest names; fails if it is none of ours. */
int hash_algorithm_of(enum hash_algorithm *algorithm, const char *digest, struct error *err);

/* Passes all on. After stream_finish, `text` is the digest and `size` how much passed. */
struct hash_sink {
	struct sink sink;
	struct hash hash;
	uint64_t size;
	char text[HASH_TEXT_SIZE];
};
void hash_sink_init(struct hash_sink *sink, enum hash_algorithm algorithm, struct sink *next);
void hash_sink_done(struct hash_sink *sink);
#define scoped_hash_sink scoped(hash_sink_done) struct hash_sink

/*
 * Reads from `from`, and fails instead of telling the end when the digest is not the expected one
 * (NULL: any), or when there are more or fewer than `size` bytes (-1: any). At the end `text` is the
 * digest. The name is for messages.
 */
struct hash_source {
	struct source source, *from;
	struct hash hash;
	const char *expected, *name;
	int64_t size, seen;
	bool ended;
	char text[HASH_TEXT_SIZE];
};
int hash_source_init(struct hash_source *source, struct source *from, const char *name,
		     const char *expected, int64_t size, struct error *err);
void hash_source_done(struct hash_source *source);
#define scoped_hash_source scoped(hash_source_done) struct hash_source

#endif
