/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks go round in a ring: filled by whoever writes, packed by any thread, written out in their
 * order by whoever writes. Only `state` of a block is shared, and only under the mutex; all else of it
 * belongs to who the state says.
 */
#include "builder/layer/compress.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/layer/gzip.h"
#include "builder/layer/zstd.h"
#include "libcommon/number.h"

#define THREADS_MAX 64

struct codec {
	const char *name;
	enum media_compression kind;
	int level, level_max;
	size_t block;
	void *(*packer_new)(int level);
	void (*packer_free)(void *packer);
	size_t (*bound)(size_t n);
	size_t (*pack)(void *packer, const void *bytes, size_t n, void *out, size_t room);
};

static const struct codec codecs[] = {
	{ "gzip", MEDIA_GZIP, GZIP_LEVEL_DEFAULT, GZIP_LEVEL_MAX, GZIP_BLOCK, gzip_packer_new,
	  gzip_packer_free, gzip_bound, gzip_pack },
	{ "zstd", MEDIA_ZSTD, ZSTD_LEVEL_DEFAULT, ZSTD_LEVEL_MAX, ZSTD_BLOCK, zstd_packer_new,
	  zstd_packer_free, zstd_bound, zstd_pack },
};

enum block_state {
	BLOCK_FREE,  /* the writer's, to fill */
	BLOCK_FULL,  /* waits for a thread */
	BLOCK_TAKEN, /* a thread's */
	BLOCK_DONE,  /* the writer's, to write out */
};

struct block {
	char *in, *out;
	size_t in_size, out_size;
	enum block_state state;
};

struct compress_state {
	const struct codec *codec;
	int level;
	unsigned thread_count, block_count;
	struct block blocks[2 * THREADS_MAX + 1];
	unsigned filling, writing; /* which block */
	bool any;                  /* was handed on */
	void *packer;              /* without threads */

	pthread_t threads[THREADS_MAX];
	pthread_mutex_t mutex;
	pthread_cond_t full, done;
	bool leaving;
};

static const struct codec *
find_codec(enum media_compression kind)
{
	for (size_t i = 0; i < COUNT(codecs); i++)
		if (codecs[i].kind == kind)
			return &codecs[i];
	return NULL;
}

/* ---- packing ---------------------------------------------------------------------------------- */

static void
pack(const struct codec *codec, void *packer, struct block *block)
{
	block->out_size = codec->pack(packer, block->in, block->in_size, block->out, codec->bound(codec->block));
}

static struct block *
find_full(struct compress_state *state)
{
	/* The oldest first, since that is what the writer waits for. */
	for (unsigned i = 0; i < state->block_count; i++) {
		struct block *block = &state->blocks[(state->writing + i) % state->block_count];
		if (block->state == BLOCK_FULL)
			return block;
	}
	return NULL;
}

static void *
work(void *data)
{
	struct compress_state *state = data;
	void *packer = state->codec->packer_new(state->level);

	(void) pthread_mutex_lock(&state->mutex);
	for (;;) {
		struct block *block = find_full(state);
		if (block == NULL && state->leaving)
			break;
		if (block == NULL) {
			(void) pthread_cond_wait(&state->full, &state->mutex);
			continue;
		}
		block->state = BLOCK_TAKEN;
		(void) pthread_mutex_unlock(&state->mutex);
		pack(state->codec, packer, block);
		(void) pthread_mutex_lock(&state->mutex);
		block->state = BLOCK_DONE;
		(void) pthread_cond_signal(&state->done);
	}
	(void) pthread_mutex_unlock(&state->mutex);
	state->codec->packer_free(packer);
	return NULL;
}

/* ---- the writer ------------------------------------------------------------------------------- */

static void
hand_over(struct compress_state *state)
{
	struct block *block = &state->blocks[state->filling];

	state->filling = (state->filling + 1) % state->block_count;
	state->any = true;
	if (state->thread_count == 0) {
		pack(state->codec, state->packer, block);
		block->state = BLOCK_DONE;
		return;
	}
	(void) pthread_mutex_lock(&state->mutex);
	block->state = BLOCK_FULL;
	(void) pthread_cond_signal(&state->full);
	(void) pthread_mutex_unlock(&state->mutex);
}

/* Is the oldest block packed? Waits for it if told to. A free block is one that was never filled. */
static bool
is_done(struct compress_state *state, bool wait)
{
	struct block *block = &state->blocks[state->writing];

	(void) pthread_mutex_lock(&state->mutex);
	while (wait && block->state != BLOCK_DONE && block->state != BLOCK_FREE)
		(void) pthread_cond_wait(&state->done, &state->mutex);
	bool done = block->state == BLOCK_DONE;
	(void) pthread_mutex_unlock(&state->mutex);
	return done;
}

/* Writes out what is packed, in order; all of it, or so much that there is a block to fill. */
static int
write_out(struct compress *self, bool all, struct error *err)
{
	struct compress_state *state = self->state;

	for (;;) {
		struct block *block = &state->blocks[state->writing];
		bool must = all || state->filling == state->writing;

		if (!is_done(state, must))
			return 0;
		TRY(stream_write(self->sink.next, block->out, block->out_size, err));
		(void) pthread_mutex_lock(&state->mutex);
		block->state = BLOCK_FREE;
		block->in_size = 0;
		state->writing = (state->writing + 1) % state->block_count;
		(void) pthread_mutex_unlock(&state->mutex);
	}
}

static int
write_compressed(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	struct compress *self = (struct compress *) sink;
	struct compress_state *state = self->state;
	const char *at = bytes;

	while (n > 0) {
		struct block *block = &state->blocks[state->filling];
		size_t room = state->codec->block - block->in_size, part = n < room ? n : room;

		memcpy(block->in + block->in_size, at, part);
		block->in_size += part;
		at += part;
		n -= part;
		if (block->in_size < state->codec->block)
			break;
		hand_over(state);
		TRY(write_out(self, false, err));
	}
	return 0;
}

/* Nothing at all is a member too. */
static int
finish_compressed(struct sink *sink, struct error *err)
{
	struct compress *self = (struct compress *) sink;

	if (self->state->blocks[self->state->filling].in_size > 0 || !self->state->any)
		hand_over(self->state);
	return write_out(self, true, err);
}

/* ---- life ------------------------------------------------------------------------------------- */

static unsigned
count_threads(const struct compress_options *options)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = options->threads != 0 ? options->threads : processors > 0 ? (unsigned) processors : 1;

	return threads > THREADS_MAX ? THREADS_MAX : threads;
}

/* One thread would only make us wait: then we pack ourselves. */
static void
start_threads(struct compress_state *state, unsigned wanted)
{
	while (wanted > 1 && state->thread_count < wanted &&
	       pthread_create(&state->threads[state->thread_count], NULL, work, state) == 0)
		state->thread_count++;
	if (state->thread_count == 0)
		state->packer = state->codec->packer_new(state->level);
}

static void *
demand(size_t size)
{
	void *memory = calloc(1, size);

	if (memory == NULL)
		abort();
	return memory;
}

static int
write_plain(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	return stream_write(sink->next, bytes, n, err);
}

int
compress_init(struct compress *compress, const struct compress_options *options, struct sink *next,
	      struct error *err)
{
	const struct codec *codec = find_codec(options->kind);

	*compress = (struct compress){ .sink = { .write = write_plain, .next = next } };
	if (codec == NULL)
		return 0;
	if (options->level < 0 || options->level > codec->level_max)
		return fail(err, "%s has levels from 1 to %d, not %d", codec->name, codec->level_max,
			    options->level);

	struct compress_state *state = demand(sizeof(*state));
	unsigned threads = count_threads(options);
	compress->state = state;
	compress->sink.write = write_compressed;
	compress->sink.finish = finish_compressed;
	state->codec = codec;
	state->level = options->level != 0 ? options->level : codec->level;
	state->block_count = threads > 1 ? 2 * threads + 1 : 1;
	for (unsigned i = 0; i < state->block_count; i++) {
		state->blocks[i].in = demand(codec->block);
		state->blocks[i].out = demand(codec->bound(codec->block));
	}
	(void) pthread_mutex_init(&state->mutex, NULL);
	(void) pthread_cond_init(&state->full, NULL);
	(void) pthread_cond_init(&state->done, NULL);
	start_threads(state, threads);
	return 0;
}

void
compress_done(struct compress *compress)
{
	struct compress_state *state = compress->state;

	if (state == NULL)
		return;
	(void) pthread_mutex_lock(&state->mutex);
	state->leaving = true;
	(void) pthread_cond_broadcast(&state->full);
	(void) pthread_mutex_unlock(&state->mutex);
	for (unsigned i = 0; i < state->thread_count; i++)
		(void) pthread_join(state->threads[i], NULL);
	if (state->packer != NULL)
		state->codec->packer_free(state->packer);
	for (unsigned i = 0; i < state->block_count; i++) {
		free(state->blocks[i].in);
		free(state->blocks[i].out);
	}
	(void) pthread_cond_destroy(&state->done);
	(void) pthread_cond_destroy(&state->full);
	(void) pthread_mutex_destroy(&state->mutex);
	free(state);
	compress->state = NULL;
}

/* ---- words ------------------------------------------------------------------------------------ */

int
compress_read_options(struct compress_options *options, const char *text, struct error *err)
{
	const char *colon = strchrnul(text, ':');
	size_t n = (size_t) (colon - text);
	int64_t level = 0;

	*options = (struct compress_options){ .kind = MEDIA_PLAIN, .threads = options->threads };
	for (size_t i = 0; i < COUNT(codecs); i++) {
		if (strlen(codecs[i].name) != n || strncmp(text, codecs[i].name, n) != 0)
			continue;
		if (*colon == ':')
			TRY(number_signed(&level, colon + 1, 1, codecs[i].level_max, err));
		options->kind = codecs[i].kind;
		options->level = (int) level;
		return 0;
	}
	if (strcmp(text, "uncompressed") == 0 || strcmp(text, "none") == 0)
		return 0;
	return fail(err, "unknown compression \"%s\", expected one of: gzip zstd uncompressed", text);
}
