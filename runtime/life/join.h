/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A further process in a living container (`exec`): both sides, since each is short.
 *
 * The host opens all that belongs to it before anything enters the container, and the guest is born
 * in the container's cgroup, non-dumpable, with no descriptor of the host's but the handshake.
 */
#ifndef COOPERAGE_JOIN_H
#define COOPERAGE_JOIN_H

#include "runtime/life/container.h"

struct join {
	struct state *state;
	const struct oci_process *process; /* filled: see bundle_fill_process */
	const struct wishes *wishes;
	struct text_list cgroups;          /* cgroups below the container's, "a/b" or "cpu,memory:a/b" */
	bool ignore_paused;
	struct arena *arena;
};

/* What is left to whoever stays in the foreground. */
struct joined {
	int guest; /* pidfd of our child */
	pid_t pid;
	int terminal;
};

#define JOINED_NONE ((struct joined){ .guest = -1, .terminal = -1 })

/* Returns once the process is the user's; fails with the guest's own words if it could not be. */
int join_run(struct joined *joined, const struct join *join, struct error *err);
void join_done(struct joined *joined);

#endif
