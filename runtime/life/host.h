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
};

#define CREATED_NONE ((struct created){ .state = STATE_NONE, .guest = -1, .terminal = -1 })

/* A container that fails to be created leaves nothing behind. `root` is the state root. */
int host_create(struct created *created, const struct container *c, const char *root, struct error *err);
void host_created_done(struct created *created);

/* Opens the gate of a created container and runs the poststart hooks. */
int host_start(struct state *state, struct error *err);

#endif
