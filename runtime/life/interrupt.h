/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signal that ends us while we make something must not end us at once: what is half made goes first.
 * So it is held back, and noticed wherever we wait for somebody; then the story ends early, as after
 * any failure, and when all is undone we die of it.
 *
 * The struct owns its fd until interrupt_done.
 */
#ifndef COOPERAGE_INTERRUPT_H
#define COOPERAGE_INTERRUPT_H

#include <signal.h>

#include "libcommon/error.h"

struct interrupt {
	int fd; /* can be read once such a signal has come */
	sigset_t before;
	bool armed;
};

#define INTERRUPT_NONE { .fd = -1 }

/* Holds them back; not those that are ignored, as they are by what nohup starts. */
int interrupt_begin(struct interrupt *interrupt, struct error *err);

/* Waits until there is something to read. Fails if a signal came first. */
int interrupt_wait(const struct interrupt *interrupt, int fd, struct error *err);

/* Fails if one has come: the last moment to give up. */
int interrupt_check(const struct interrupt *interrupt, struct error *err);

/* All went well: they come as they did before. */
void interrupt_end(struct interrupt *interrupt);

/* Unless it has ended: we die now, if one has come. */
void interrupt_done(struct interrupt *interrupt);

#endif
