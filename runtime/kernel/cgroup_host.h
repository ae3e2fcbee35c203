/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the host has: which hierarchies, mounted where, and where in them we are ourselves.
 *
 * The host's /proc and mounts are trusted here; this is never asked from inside a container.
 */
#ifndef COOPERAGE_CGROUP_HOST_H
#define COOPERAGE_CGROUP_HOST_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "runtime/kernel/cgroup.h"

#define CGROUP_HOST_MOUNT "/sys/fs/cgroup"
#define CGROUP_HOST_UNIFIED "/sys/fs/cgroup/unified" /* in a hybrid */

enum cgroup_layout cgroup_host_layout(void);

/*
 * Fills in the layout and each mounted hierarchy's controllers and mount; `path` is our own cgroup
 * there. On a host with v2 alone nothing is read unless `own` asks for our own cgroup.
 */
int cgroup_host_find(struct cgroup *cgroup, bool own, struct arena *arena, struct error *err);

/* The same from the texts of /proc/self/cgroup and /proc/self/mountinfo. */
void cgroup_host_match(struct cgroup *cgroup, const char *cgroups, const char *mounts,
		       struct arena *arena);

/* Where a process is in the unified hierarchy, or in that of systemd where there is no other. */
int cgroup_host_place_of(const char **path, pid_t pid, enum cgroup_layout layout,
			 struct arena *arena, struct error *err);

/* True for the host's root: not for another user, nor for root in a user namespace. */
bool cgroup_host_has_root(void);

#endif
