/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last mile, shared by create and exec: a privileged process inside the container turns into
 * the user's. The only place in the tree that drops a privilege.
 *
 * Texts live in the arena. Knows nothing of hosts, gates and handshakes.
 */
#ifndef COOPERAGE_BECOME_H
#define COOPERAGE_BECOME_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/seccomp.h"

struct become {
	const struct oci_process *process;
	const struct oci_linux *linux_;
	const struct seccomp_filter *filter;
	const char *keyring;   /* the name of a new session keyring; NULL keeps the caller's */
	int procfs;            /* private; closed by the exec */
	bool keep_groups;      /* run.oci.keep_original_groups */
	unsigned listen_fds, preserve_fds;
	struct arena *arena;

	/* Found by become_surrender */
	char **args, **env;
	struct text_list hook_env; /* the same environment, for hooks that have none */
	bool filtered;         /* the filter is in force */
	const char *program;
	int listener;          /* of the filter, if it notifies; else -1 */
};

/* What the container's process is before it is anything else: once, early, still privileged. */
int become_session(const struct become *become, struct error *err);

/* The lowest fd that the user's process does not inherit from our caller. */
unsigned become_first_fd(const struct become *become);

/* Gives up every privilege that the user's process shall not have. Nothing here can be undone. */
int become_surrender(struct become *become, struct error *err);

/* Puts the filter in force now, if it is not; become_exec does it as late as it can. */
int become_filter(struct become *become, struct error *err);

/* Becomes the user's process; returns only to fail. */
int become_exec(struct become *become, struct error *err);

#endif
