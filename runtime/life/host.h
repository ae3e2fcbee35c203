/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HOST SIDE of create: everything from a judged bundle to a container that waits to be started.
 * Faces guest.h.
 */
#ifndef COOPERAGE_HOST_H
#define COOPERAGE_HOST_H

#include "runtime/life/container.h"

/* What is left to whoever stays in the foreground. */
struct created {
	struct state state;
	int guest;    /* pidfd of our child */
	pid_t pid;
	int terminal; /* the master, if wishes->keeps_terminal; else -1 */
	struct interrupt interrupt; /* for who does more: interrupt_end */
};

#define CREATED_NONE ((struct created){ .state = STATE_NONE, .guest = -1, .terminal = -1, \
				   .interrupt = INTERRUPT_NONE })

/*
 * A container that fails to be created leaves nothing behind, also if it is a signal that we die of then.
 * Once it is created such a signal is held back until our end. `root` is the state root.
 */
int host_create(struct created *created, const struct container *c, const char *root, struct error *err);
void host_created_done(struct created *created);

/* Opens the gate of a created container and runs the poststart hooks. */
int host_start(struct state *state, struct error *err);

#endif
