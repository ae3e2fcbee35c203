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

#define SPAWN_KEEPS_MAX 32

struct spawn {
	const struct namespaces *ns;
	const struct oci_time_offsets *clocks; /* NULL: as they are */
	int joins_pidfd;                       /* `exec`: enter the namespaces of this process; else -1 */
	pid_t joins_pid;
	uint64_t *left;                        /* `exec`: gets what is left for the guest to enter, CLONE_NEWCGROUP or 0 */
	int cgroup;                            /* to be born into, or -1 */
	const char *cgroup_name;               /* in messages */
	unsigned inherits;                     /* `exec`: as fd_close_but's `first`: what is the caller's below it … */
	const int *keeps;                      /* … and these are all that enter the container; NULL: all of ours */
	size_t keeps_count;
	no_return void (*main)(void *data);    /* the guest's, in the guest */
	void *data;
};

/* The pidfd is the caller's. */
int spawn_guest(const struct spawn *spawn, pid_t *pid, int *pidfd, struct error *err);

#endif
