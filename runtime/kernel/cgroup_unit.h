/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What systemd calls a container's cgroup: rules about text, no system calls.
 *
 * A unit owns nothing; its texts live in the arena given.
 */
#ifndef COOPERAGE_CGROUP_UNIT_H
#define COOPERAGE_CGROUP_UNIT_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct cgroup_unit {
	const char *name; /* "docker-4f1.scope", or a slice */
	const char
		*slice; /* that a scope is in, "system.slice"; NULL for a slice: its name says it */
	bool for_user;  /* by the user's systemd, not by the system's */
};

/*
 * From cgroupsPath, "SLICE:PREFIX:NAME": PREFIX-NAME.scope in SLICE, or NAME itself if that is a
 * slice. Without a slice it is system.slice or, for a user, user.slice; without a path
 * runlet-ID.scope in there. What no unit's name may contain is written as systemd-escape does.
 */
int cgroup_unit_name(struct cgroup_unit *unit, const char *wish, const char *id, bool for_user,
		     struct arena *arena, struct error *err);

/* True for what a record may say: characters of a unit's name, and the kinds that we make. */
bool cgroup_unit_is_name(const char *name);

bool cgroup_unit_is_slice(const char *name);

#endif
