/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The start gate: a created container waits here until `runlet start`.
 *
 * A socket in the state directory. The guest holds the listening end, which closes when it becomes
 * the user's process: so whether somebody listens tells "created" from "running" even if a `start`
 * was killed half-way, and whoever starts it learns from the same connection that the exec worked
 * (it closes) or why it did not (an error arrives).
 *
 * The fds belong to the struct until gate_done. Knows nothing about what is behind it.
 */
#ifndef COOPERAGE_GATE_H
#define COOPERAGE_GATE_H

#include "libcommon/error.h"

struct gate {
	int listening;
	int caller; /* guest side: who opened the gate */
};

#define GATE_NONE { .listening = -1, .caller = -1 }

/* Host side */
int gate_make(struct gate *gate, int state_dir, struct error *err);
void gate_done(struct gate *gate);

/* 1 if a guest waits at the gate, 0 if not. */
int gate_is_closed(int state_dir, struct error *err);

/*
 * Lets the guest pass and returns once it has become the user's process; fails with its own words
 * if it could not. Returns 1, having done nothing, if nobody waits there.
 */
int gate_open(int state_dir, struct error *err);

/* Guest side */

/* Waits until it is opened. Meanwhile a signal that would end an ordinary process ends us. */
int gate_wait(struct gate *gate, struct error *err);

/* Tells whoever opened it that there will be no user's process, and why. */
void gate_report(struct gate *gate, const struct error *why);

#endif
