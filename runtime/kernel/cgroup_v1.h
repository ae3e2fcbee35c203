/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only the old hierarchies have: cpusets that admit nobody until they are filled in, and the
 * freezer.
 */
#ifndef COOPERAGE_CGROUP_V1_H
#define COOPERAGE_CGROUP_V1_H

#include "libcommon/error.h"

/* Gives each cgroup on the path that has no cpus or memory nodes those of the one above it. */
int cgroup_v1_fill_cpuset(int mount, const char *path, struct error *err);

/* Returns once it is so. Returns 1 when that took too long; then it is not frozen. */
int cgroup_v1_freeze(int dir, struct error *err);
int cgroup_v1_thaw(int dir, struct error *err);

/* Also what is below it: a frozen process does not even die of SIGKILL. */
int cgroup_v1_thaw_all(int dir, struct error *err);

int cgroup_v1_is_frozen(int dir, struct error *err);

#endif
