/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is in one directory of a hierarchy and below it.
 */
#ifndef COOPERAGE_CGROUP_MEMBER_H
#define COOPERAGE_CGROUP_MEMBER_H

#include "runtime/kernel/cgroup.h"

/* Sorted, each once; without those whose pid our namespace does not know. */
int cgroup_member_list(int dir, struct cgroup_members *members, struct arena *arena,
		       struct error *err);

/* Sends the signal to each. Those that are gone by now are no error. */
int cgroup_member_signal(const struct cgroup_members *members, int signal, struct error *err);

#endif
