/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How containers end: signals, and removing what is left of them.
 */
#ifndef COOPERAGE_ENDING_H
#define COOPERAGE_ENDING_H

#include "runtime/life/state.h"

/*
 * To the container's first process; a SIGKILL also to the others where they share a pid namespace with
 * the host. Fails in the words of engines.md if none is there.
 */
int ending_signal(const struct state *state, int signal, struct error *err);

/* To every process in its cgroup, also when the first one is gone; without one, to all that belong to that. */
int ending_signal_all(const struct state *state, int signal, struct error *err);

enum ending_force { ENDING_IF_STOPPED, ENDING_BY_FORCE };

/* Kills what lives (by force only), removes the cgroup and the state, runs the poststop hooks. */
int ending_delete(struct state *state, enum ending_force force, struct error *err);

/* Stops its processes, or lets them go on. */
int ending_pause(const struct state *state, struct error *err);
int ending_resume(const struct state *state, struct error *err);

#endif
