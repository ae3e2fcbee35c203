/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two blocks go back and forth between the thread, which fills them, and the reader: as many as are
 * needed to keep both busy, since a block is large.
 */
#include "builder/layer/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS 4

struct ahead_block {
	char *bytes;
	size_t n;   /* 0: the end */
	bool is_full;
};

struct ahead_state {
	struct source *from;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	struct ahead_block blocks[BLOCKS];
	unsigned reading;
	size_t at; /* in the block that is read */
	bool leaving, failed;
	struct error failure;
};

/* Waits until the block is as wanted; false if the other side has left. */
static bool
wait_for(struct ahead_state *state, const struct ahead_block *block, bool full)
{
	(void) pthread_mutex_lock(&state->mutex);
	while (block->is_full != full && !state->leaving)
		(void) pthread_cond_wait(&state->changed, &state->mutex);
	bool there = block->is_full == full;
	(void) pthread_mutex_unlock(&state->mutex);
	return there && !(state->leaving && !full);
}

static void
mark(struct ahead_state *state, struct ahead_block *block, bool full)
{
	(void) pthread_mutex_lock(&state->mutex);
	block->is_full = full;
	(void) pthread_cond_signal(&state->changed);
	(void) pthread_mutex_unlock(&state->mutex);
}

static void *
fill_blocks(void *data)
{
	struct ahead_state *state = data;

	for (unsigned i = 0;; i = (i + 1) % BLOCKS) {
		struct ahead_block *block = &state->blocks[i];
		if (!wait_for(state, block, false))
			return NULL;
		ssize_t got = stream_read_all(state->from, block->bytes, STREAM_BLOCK, &state->failure);
		state->failed = got < 0;
		block->n = got < 0 ? 0 : (size_t) got;
		bool last = block->n == 0;
		mark(state, block, true); /* from here on the block is the reader's */
		if (last)
			return NULL;
	}
}

static ssize_t
read_ahead(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct ahead_state *state = ((struct ahead *) source)->state;
	struct ahead_block *block = &state->blocks[state->reading];

	(void) wait_for(state, block, true);
	if (block->n == 0) {
		if (!state->failed)
			return 0;
		*err = state->failure;
		return -1;
	}
	if (n > block->n - state->at)
		n = block->n - state->at;
	memcpy(bytes, block->bytes + state->at, n);
	state->at += n;
	if (state->at == block->n) {
		state->at = 0;
		state->reading = (state->reading + 1) % BLOCKS;
		mark(state, block, false);
	}
	return (ssize_t) n;
}

int
ahead_init(struct ahead *ahead, struct source *from, struct error *err)
{
	struct ahead_state *state = calloc(1, sizeof(*state));

	*ahead = (struct ahead){ .source.read = read_ahead };
	if (state == NULL)
		abort();
	state->from = from;
	for (unsigned i = 0; i < BLOCKS; i++)
		if ((state->blocks[i].bytes = malloc(STREAM_BLOCK)) == NULL)
			abort();
	(void) pthread_mutex_init(&state->mutex, NULL);
	(void) pthread_cond_init(&state->changed, NULL);
	if ((errno = pthread_create(&state->thread, NULL, fill_blocks, state)) != 0) {
		for (unsigned i = 0; i < BLOCKS; i++)
			free(state->blocks[i].bytes);
		free(state);
		return fail_errno(err, "start a thread");
	}
	ahead->state = state;
	return 0;
}

void
ahead_done(struct ahead *ahead)
{
	struct ahead_state *state = ahead->state;

	if (state == NULL)
		return;
	(void) pthread_mutex_lock(&state->mutex);
	state->leaving = true;
	(void) pthread_cond_signal(&state->changed);
	(void) pthread_mutex_unlock(&state->mutex);
	(void) pthread_join(state->thread, NULL);
	for (unsigned i = 0; i < BLOCKS; i++)
		free(state->blocks[i].bytes);
	(void) pthread_cond_destroy(&state->changed);
	(void) pthread_mutex_destroy(&state->mutex);
	free(state);
	ahead->state = NULL;
}
