/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for limits below our own cgroup. In v2 a cgroup that has processes gives its children no
 * controllers, and who was given a cgroup mostly sits in it. So its processes, which are his, move to a
 * child of it: the same that a container engine's or systemd's own set-up does.
 */
#ifndef COOPERAGE_CGROUP_ROOM_H
#define COOPERAGE_CGROUP_ROOM_H

#include "runtime/kernel/cgroup.h"

/* Where they go; no container's id can be this. */
#define CGROUP_ROOM_FOR_CALLERS "runlet@callers"

/*
 * Does nothing unless the limits need a controller that the cgroup lacks and it lies below our own. What
 * could not be done shows when the limit is set, and is told then.
 */
int cgroup_room_make(const struct cgroup_hierarchy *hierarchy, const struct oci_resources *resources,
		     struct arena *arena, struct error *err);

#endif
