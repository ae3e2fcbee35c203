/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libFuzzer calls, and replay.c where there is no libFuzzer: one function a program, which takes
 * any bytes, always returns 0, and dies where it finds a bug. Not to crash is little: each demands
 * what the headers of the code under it promise.
 */
#ifndef COOPERAGE_FUZZ_H
#define COOPERAGE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#define DEMAND(condition)                                                                          \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(void) fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__,          \
				       #condition);                                                \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

/* Nobody is refused without a word, or with words that would be two lines. */
#define DEMAND_REASON(err) DEMAND((err).text[0] != '\0' && strchr((err).text, '\n') == NULL)

struct fuzz_input {
	const uint8_t *at;
	size_t left;
};

/* The next line as a text without its end, in the arena; what follows a NUL in it is lost. "" at the end. */
static inline char *
fuzz_line(struct fuzz_input *input, struct arena *arena)
{
	const uint8_t *end = input->left == 0 ? NULL : memchr(input->at, '\n', input->left);
	size_t n = end == NULL ? input->left : (size_t) (end - input->at);
	char *line = arena_copy(arena, input->at, n);

	n += end != NULL;
	input->at += n;
	input->left -= n;
	return line;
}

/* All that is left, likewise. */
static inline char *
fuzz_rest(struct fuzz_input *input, struct arena *arena)
{
	char *rest = arena_copy(arena, input->at, input->left);

	input->at += input->left;
	input->left = 0;
	return rest;
}

static inline bool
fuzz_lists_are_equal(const struct text_list *a, const struct text_list *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

#endif
