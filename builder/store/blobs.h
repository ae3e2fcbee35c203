/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content by digest. Nothing comes out that was not verified on the way: documents whole, before a
 * byte is used; streams while they are read, failing in place of their end.
 *
 * A blob found damaged is moved to quarantine/ and named in the error: from then on it is absent,
 * and is fetched or built again.
 */
#ifndef COOPERAGE_BLOBS_H
#define COOPERAGE_BLOBS_H

#include "builder/layer/hash.h"
#include "builder/layer/stream.h"
#include "builder/store/store.h"

/* Manifests, indexes and configs above this are refused, as by all peers. */
#define BLOBS_DOCUMENT_LIMIT ((size_t) 4 * 1024 * 1024)

/*
 * The last sink of a chain. stream_finish verifies what was expected and makes the blob appear, if
 * it is not there already; then `digest` and `size` tell what it is.
 */
struct blob_writer {
	struct sink sink;
	struct store *store;
	int fd;
	struct hash hash;
	struct buffer pending;    /* gathered, so that small pieces make no small writes */
	char name[STORE_NAME_SIZE]; /* in the session's directory */
	char digest[HASH_TEXT_SIZE];
	int64_t size;
	const char *expected;     /* NULL: whatever it is */
	int64_t expected_size;    /* -1: whatever it is; more is refused as soon as it comes */
};
int blobs_create(struct blob_writer *writer, struct store *store, const char *expected,
		 int64_t expected_size, struct error *err);
void blobs_writer_done(struct blob_writer *writer); /* what is not finished, is removed */
#define scoped_blob_writer scoped(blobs_writer_done) struct blob_writer

/* A document that is at hand. */
int blobs_put(struct store *store, const void *bytes, size_t n, char digest[HASH_TEXT_SIZE],
	      struct error *err);

/*
 * Takes the blob into use. Returns 1 if it is not there, or is damaged so that even its size is not as
 * expected (-1: any size will do). Fails if it is sound, and the expectation a lie. What it returns 0 for
 * is there until the store is closed.
 */
int blobs_find(struct store *store, const char *digest, int64_t size, struct error *err);

/* All of a document, verified. Returns 1 if it is not there. */
int blobs_read(struct store *store, const char *digest, struct arena *arena, char **bytes, size_t *n,
	       struct error *err);

/* A blob as a source that verifies. */
struct blob_reader {
	struct source source;
	struct store *store;
	int fd;
	int64_t size;
	char digest[HASH_TEXT_SIZE];
	struct stream_from_fd file;
	struct hash_source verified;
};

/* Returns 1 if it is not there. */
int blobs_open(struct blob_reader *reader, struct store *store, const char *digest, struct error *err);
void blobs_reader_done(struct blob_reader *reader);
#define scoped_blob_reader scoped(blobs_reader_done) struct blob_reader

/* Moves it to quarantine/; it is absent from now on. */
int blobs_quarantine(struct store *store, const char *digest, struct error *err);

/* Each blob's digest and size, in no order. A function that returns < 0 ends it. */
int blobs_each(struct store *store, int (*visit)(void *, const char *digest, int64_t size, struct error *),
	       void *data, struct error *err);

#endif
