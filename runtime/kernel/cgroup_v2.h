/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unified hierarchy: its directories, which controllers they have, and the files that the
 * kernel itself gives to each (freeze, kill, events).
 */
#ifndef COOPERAGE_CGROUP_V2_H
#define COOPERAGE_CGROUP_V2_H

#include "libcommon/error.h"
#include "oci-spec/runtime_resources.h"
#include "runtime/kernel/cgroup.h"

/* Which controllers the limits need, beside those that every container has for its statistics. */
unsigned cgroup_v2_wanted(const struct oci_resources *resources);

/* Which ones they cannot do without; and whether a cgroup has these. */
unsigned cgroup_v2_needed(const struct oci_resources *resources);
bool cgroup_v2_has(int dir, unsigned controllers);

/*
 * Makes the children of each cgroup above `path` have them, as far as we may; what is missing then
 * is said by whoever needs it.
 */
void cgroup_v2_enable(int mount, int dir, const char *path, unsigned wanted);

/* The owner of what a container may manage itself. The rest stays root's. */
int cgroup_v2_delegate(int dir, uint32_t uid, struct error *err);

/* Returns once it is so. Returns 1 when that took too long; then it is not frozen. */
int cgroup_v2_freeze(int dir, struct error *err);
int cgroup_v2_thaw(int dir, struct error *err);

int cgroup_v2_is_frozen(int dir, struct error *err);
bool cgroup_v2_is_populated(int dir);

/* SIGKILL to all in it and below it, at once. Returns 1 where the kernel cannot (before 5.14). */
int cgroup_v2_kill(int dir, struct error *err);

#endif
