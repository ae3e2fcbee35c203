/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hooks: programs that the bundle wants run at points of the container's life, with its state on
 * their standard input (config.md, "POSIX-platform Hooks").
 */
#ifndef COOPERAGE_HOOKS_H
#define COOPERAGE_HOOKS_H

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/*
 * Runs them in order, in `directory`, until one fails. A hook has the environment that the document
 * gives it and none of ours. `kind` is for the message: "error running createRuntime hook #0". One that
 * runs is killed once there is something to read from `interrupt` (0: nowhere).
 */
int hooks_run(const struct oci_hook_list *hooks, const char *kind, const char *state, const char *directory,
	      int interrupt, struct error *err);

/* The same, but a hook that fails is warned of and the others run all the same (poststop). */
void hooks_run_all(const struct oci_hook_list *hooks, const char *kind, const char *state,
		   const char *directory);

#endif
