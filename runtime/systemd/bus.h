/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking to a manager of systemd: the system's or a user's. The one door to libsystemd.
 *
 * A manager listens in two places. The socket that systemctl uses leads straight to it: no daemon
 * passes the messages on, so a host where containers come and go by the hundred keeps its bus for
 * others, and nobody is asked who we are. It is open to root, or to the user, and to nobody else.
 * systemd(1) does not promise that it stays. The bus is what is promised, and is taken where the
 * first is shut: what is said is the same, but nine messages go over it where one would do.
 *
 * A struct bus owns its connection until bus_done. Properties are words as busctl takes them: name,
 * signature, and what the signature asks for ("PIDs" "au" "1" "812"). A name after "?" is left out
 * if this systemd does not know it.
 */
#ifndef COOPERAGE_BUS_H
#define COOPERAGE_BUS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct sd_bus;

struct bus {
	struct sd_bus *connection;
	const char *name; /* for messages: "the system's systemd" */
	struct arena *arena;
	const char *job, *result; /* that we wait for, and how it ended */
};

void bus_done(struct bus *bus);
#define scoped_bus scoped(bus_done) struct bus

int bus_open(struct bus *bus, bool for_user, struct arena *arena, struct error *err);

/* Returns once the unit is there; one that failed before under this name is forgotten. */
int bus_start(struct bus *bus, const char *unit, char **properties, struct error *err);

/* Returns once they are in force. */
int bus_set(struct bus *bus, const char *unit, char **properties, struct error *err);

/* Returns once it is gone, with all that is in it; one that is not there is no error. */
int bus_stop(struct bus *bus, const char *unit, struct error *err);

/* The slice's cgroup, "/user.slice". */
int bus_slice_cgroup(struct bus *bus, const char *unit, const char **path, struct error *err);

#endif
