/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup that systemd makes: as the scope (or slice) that it keeps for a container. What is asked
 * of it is asked by a program of its own, runlet-systemd, since libsystemd cannot be part of ours;
 * it is looked for beside us, then where it is installed.
 *
 * A scope is there as long as somebody is in it. Until the guest is, it is that program, the keeper;
 * it goes when it is told to, and also when we are gone, and with it a scope that nobody else is in.
 */
#ifndef COOPERAGE_CGROUP_SYSTEMD_H
#define COOPERAGE_CGROUP_SYSTEMD_H

#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_unit.h"

/* True if the program is there. */
bool cgroup_systemd_is_there(void);

/* True where it is the user's systemd that we may ask, and not the system's. */
bool cgroup_systemd_is_for_user(void);

/*
 * Makes the unit with these properties and fills in unit and keeper. Gives where it is in systemd's
 * own hierarchy. What fails leaves nothing.
 */
int cgroup_systemd_start(struct cgroup *cgroup, const struct cgroup_unit *unit,
			 const struct text_list *properties, const char **path, struct arena *arena,
			 struct error *err);

/* Lets the keeper go and waits for that: the unit stays. It may be dead: the guest is in there. */
void cgroup_systemd_leave(struct cgroup *cgroup);

/* The same, and the unit goes too if nobody else is in it. Harmless if there is no keeper. */
void cgroup_systemd_abandon(struct cgroup *cgroup);

/* Returns once they are in force. */
int cgroup_systemd_set(const struct cgroup *cgroup, const struct text_list *properties,
		       struct error *err);

/* Returns once the unit is gone. What is in it should have been killed: systemd is patient. */
int cgroup_systemd_stop(const struct cgroup *cgroup, struct error *err);

#endif
