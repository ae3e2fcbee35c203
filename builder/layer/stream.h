/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on their way: a chain of sinks, each knowing who it writes to, and its mirror, sources.
 *
 *	diff → tar_write → hash (diff id) → compress → hash (digest) → blob
 *	file → hash (digest) → decompress → hash (diff id) → tar_read → tar_apply
 *
 * Ownership: a sink or source lives inside a struct of whoever has a door to close; a chain owns
 * none of its links. Knows nothing about what the bytes mean.
 */
#ifndef COOPERAGE_STREAM_H
#define COOPERAGE_STREAM_H

#include <sys/types.h>

#include "libcommon/buffer.h"
#include "libcommon/error.h"

/* How much is worth moving at a time. */
#define STREAM_BLOCK ((size_t) 256 * 1024)

struct sink {
	int (*write)(struct sink *sink, const void *bytes, size_t n, struct error *err);
	int (*finish)(struct sink *sink, struct error *err); /* what is kept back goes on; NULL: nothing */
	struct sink *next;                                   /* NULL: the last */
};

int stream_write(struct sink *sink, const void *bytes, size_t n, struct error *err);

/* No more will come: each link of the chain says its last, in order. */
int stream_finish(struct sink *sink, struct error *err);

struct source {
	/* At most n bytes. Returns how many; 0 at the end, and again however often it is asked. */
	ssize_t (*read)(struct source *source, void *bytes, size_t n, struct error *err);
};

ssize_t stream_read(struct source *source, void *bytes, size_t n, struct error *err);

/* Until n bytes are there or the end is. Returns how many. */
ssize_t stream_read_all(struct source *source, void *bytes, size_t n, struct error *err);

/* All that comes; the sink is not finished. */
int stream_copy(struct source *source, struct sink *sink, struct error *err);

/* All that comes, to nowhere: whoever verifies on the way sees the end. */
int stream_drain(struct source *source, struct error *err);

/* ---- ends of chains --------------------------------------------------------------------------- */

struct stream_to_fd {
	struct sink sink;
	int fd;           /* the caller's */
	const char *name; /* for messages */
	uint64_t size;    /* written so far */
};
void stream_to_fd(struct stream_to_fd *end, int fd, const char *name);

struct stream_to_buffer {
	struct sink sink;
	struct buffer *buffer; /* the caller's */
};
void stream_to_buffer(struct stream_to_buffer *end, struct buffer *buffer);

/* Takes all and keeps nothing; for when only what stands before it counts. */
struct stream_to_nowhere {
	struct sink sink;
};
void stream_to_nowhere(struct stream_to_nowhere *end);

struct stream_from_fd {
	struct source source;
	int fd;           /* the caller's; read from where it stands */
	const char *name; /* for messages */
};
void stream_from_fd(struct stream_from_fd *start, int fd, const char *name);

struct stream_from_memory {
	struct source source;
	const char *bytes; /* the caller's */
	size_t n;
};
void stream_from_memory(struct stream_from_memory *start, const void *bytes, size_t n);

#endif
