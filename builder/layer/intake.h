/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source with a window on what comes next: for those who must look before they take.
 *
 * Ownership: the source is the caller's, the window is the intake's until intake_done.
 */
#ifndef COOPERAGE_INTAKE_H
#define COOPERAGE_INTAKE_H

#include "builder/layer/stream.h"

struct intake {
	struct source *from;
	unsigned char *window;
	size_t size, at, end; /* what stands between at and end is there */
	bool ended;           /* the source has no more */
	uint64_t taken;       /* read from the source so far */
};

void intake_init(struct intake *intake, struct source *from, size_t size);
void intake_done(struct intake *intake);

/*
 * Tries to have n bytes (at most the window's size) to look at. Returns how many there are: fewer only
 * at the end. They stand at intake_bytes.
 */
ssize_t intake_look(struct intake *intake, size_t n, struct error *err);

static inline const unsigned char *
intake_bytes(const struct intake *intake)
{
	return intake->window + intake->at;
}

/* What is there to look at without reading more. */
static inline size_t
intake_length(const struct intake *intake)
{
	return intake->end - intake->at;
}

static inline void
intake_take(struct intake *intake, size_t n)
{
	assert(n <= intake_length(intake));
	intake->at += n;
}

#endif
