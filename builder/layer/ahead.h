/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A source that is read by a thread of its own, some blocks ahead of who wants the bytes: so that
 * fetching, inflating and unpacking each have a processor.
 *
 * Ownership: the source behind it belongs to the caller and is the thread's alone until ahead_done.
 * The thread touches nothing else.
 */
#ifndef COOPERAGE_AHEAD_H
#define COOPERAGE_AHEAD_H

#include "builder/layer/stream.h"

struct ahead_state;

struct ahead {
	struct source source;
	struct ahead_state *state;
};

int ahead_init(struct ahead *ahead, struct source *from, struct error *err);

/* Ends the thread, even in the middle. Harmless on a zeroed struct. */
void ahead_done(struct ahead *ahead);
#define scoped_ahead scoped(ahead_done) struct ahead

#endif
