/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new process in new and old namespaces, as a child of ours and in its cgroup from birth.
 *
 * Where namespaces must be joined first, or a clock set, a bridge process does that and makes the
 * guest its sister; it is gone when this returns, and the story never sees it.
 */
#ifndef COOPERAGE_SPAWN_H
#define COOPERAGE_SPAWN_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "runtime/kernel/namespaces.h"

struct spawn {
	const struct namespaces *ns;
	const struct oci_time_offsets *clocks; /* NULL: as they are */
	int joins_pidfd;                       /* `exec`: enter the namespaces of this process; else -1 */
	pid_t joins_pid;
	int cgroup;                            /* to be born into, or -1 */
	no_return void (*main)(void *data);    /* the guest's, in the guest */
	void *data;
};

/* The pidfd is the caller's. */
int spawn_guest(const struct spawn *spawn, pid_t *pid, int *pidfd, struct error *err);

#endif
