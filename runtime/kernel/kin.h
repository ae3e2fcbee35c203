/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who belongs to a process where no cgroup tells: its descendants, and all in its pid namespace.
 */
#ifndef COOPERAGE_KIN_H
#define COOPERAGE_KIN_H

#include "runtime/kernel/cgroup.h"

/*
 * Itself, what descends from it, and if its pid namespace is its own whoever joined that with what
 * descends from him; sorted. A picture of what /proc showed while it was looked at.
 */
int kin_find(pid_t first, bool own_pid_namespace, struct cgroup_members *members, struct arena *arena,
	     struct error *err);

/* Signals them all. One that is born at that moment may be missed. */
int kin_signal(pid_t first, bool own_pid_namespace, int signal, struct error *err);

#endif
