/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup as text, for the state file. Writing it is cgroup_record of cgroup.h.
 */
#ifndef COOPERAGE_CGROUP_RECORD_H
#define COOPERAGE_CGROUP_RECORD_H

#include "runtime/kernel/cgroup.h"

/* What the text says, with nothing opened yet. Strings live in the arena. */
int cgroup_record_read(struct cgroup *cgroup, const char *record, struct arena *arena,
		       struct error *err);

#endif
