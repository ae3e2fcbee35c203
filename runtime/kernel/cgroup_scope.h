/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup under systemd's management: which unit it is, what of its limits systemd must know, and
 * when it is over. What the files of the cgroup say is the others' work, as for any cgroup.
 */
#ifndef COOPERAGE_CGROUP_SCOPE_H
#define COOPERAGE_CGROUP_SCOPE_H

#include "runtime/kernel/cgroup.h"

/*
 * Makes the unit, and in each hierarchy that systemd leaves to us a cgroup at the same place. The
 * cgroup has a keeper in it. What fails is to be undone with cgroup_remove.
 */
int cgroup_scope_make(struct cgroup *cgroup, const struct cgroup_request *request,
		      struct arena *arena, struct error *err);

/* After the limits are set: where they leave room for one process, the keeper has it, and a guest
 * could not be born. Holds until cgroup_scope_settle. */
void cgroup_scope_make_room(struct cgroup *cgroup);

/* The guest is born: the keeper goes. */
int cgroup_scope_settle(struct cgroup *cgroup, pid_t guest, struct error *err);

/* Tells systemd of new limits; comes before the files, which say it more exactly. */
int cgroup_scope_update(const struct cgroup *cgroup, const struct oci_resources *resources,
			struct error *err);

/* Kills who is in it, and returns once systemd has let go of it. */
int cgroup_scope_end(struct cgroup *cgroup, struct error *err);

#endif
