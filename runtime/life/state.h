/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory of a container, <root>/<id>: what is known of it between two commands.
 *
 *	state.json   the record below
 *	config.json  the document it was created from, byte for byte
 *	gate         the socket of gate.h, while it waits to be started
 *
 * The status is never stored: it is what the process, the gate and the cgroup say now. A directory
 * whose record is missing or damaged still names a container, one that can be deleted.
 *
 * A struct state owns its fds until state_done; texts live in the arena it was opened with.
 */
#ifndef COOPERAGE_STATE_H
#define COOPERAGE_STATE_H

#include "libcommon/arena.h"
#include "libcommon/buffer.h"
#include "libcommon/error.h"
#include "libcommon/process.h"
#include "oci-spec/runtime_config.h"
#include "oci-spec/runtime_state.h"

struct state_record {
	const char *id, *bundle, *rootfs, *created, *owner;
	const char *cgroup; /* of cgroup_record */
	int64_t pid;        /* 0 until there is one */
	uint64_t pidfd_inode, start_time;
	bool ready;         /* everything was set up: what is not ready died in its creation */
	bool own_pid_namespace;
	struct pair_list annotations;
};

struct state {
	const char *id;
	int root, dir;
	int pidfd; /* of the process, if it lives; else -1 */
	struct state_record record;
	struct arena *arena;
};

#define STATE_NONE { .root = -1, .dir = -1, .pidfd = -1 }

/* An id is a name for files, cgroups and sockets: letters, digits and "_+-." (not "." or ".."). */
int state_check_id(const char *id, struct error *err);

/*
 * Makes the directory, and the root if it must. Fails if there is a container of this name. As long as
 * it is not released, by us or by our end, it is a container that is being created.
 */
int state_claim(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err);

void state_release(struct state *state);

/* Writes the record, whole or not at all. */
int state_write(const struct state *state, struct error *err);

/* Opens it, record and process. A damaged record is empty. Returns 1 if there is no such container. */
int state_find(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err);

/* The same, but a container that does not exist is an error, in the words that engines look for. */
int state_open(struct state *state, const char *root, const char *id, struct arena *arena, struct error *err);

/* 1 or 0. */
int state_has_creator(const struct state *state, struct error *err);

/* Reads the record again: it was being created, and may be complete now. */
int state_refresh(struct state *state, struct error *err);

/* True if somebody has removed the directory. */
bool state_is_removed(const struct state *state);

/* As of now. Fails if it cannot be told: no status is guessed. */
int state_status(enum oci_status *status, const struct state *state, struct error *err);

/* The document that the container was created from. */
int state_read_config(const struct state *state, const struct oci_config **config, struct error *err);

/* What others see of it, as of now: for `state` with rootfs, created and owner; for hooks without. */
void state_describe(const struct state *state, enum oci_status status, bool for_hooks, struct oci_state *out);

/* The same as JSON on one line, as hooks read it. */
const char *state_text(const struct state *state, enum oci_status status, int64_t pid);

/* Removes the directory and all in it; not another that has its name by now. */
int state_remove(struct state *state, struct error *err);
void state_done(struct state *state);

/* The ids of all containers below the root, sorted. */
int state_list(struct text_list *ids, const char *root, struct arena *arena, struct error *err);

#endif
