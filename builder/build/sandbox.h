/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime, called by name as anybody else would call it: a bundle in, an exit status out.
 *
 * Whatever ends us ends all that runs in there: the runtime is the first process of a pid namespace
 * of ours, and is told to die with us. Knows nothing of images or steps.
 */
#ifndef COOPERAGE_SANDBOX_H
#define COOPERAGE_SANDBOX_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct sandbox {
	const char *runtime; /* the program */
	const char *bundle;  /* the directory */
	const char *
		state; /* where the runtime keeps what it must remember; NULL: where it always does */
	const char *id;
	/* Given what it prints, as it comes. */
	void (*output)(void *data, const char *bytes, size_t n);
	void *data;
};

/* `status` is what the container's process ended with, or 128 and the signal that ended it. */
int sandbox_run(const struct sandbox *sandbox, int *status, struct error *err);

/*
 * The same in the foreground, as a user runs a container: with our standard files (standard input only
 * if it is interactive) and the signals that are sent to us, and as a process like others.
 */
int sandbox_attend(const struct sandbox *sandbox, bool interactive, int *status, struct error *err);

/*
 * Where the runtime keeps what it must remember of the containers of builds: one place in the store,
 * since it also keeps what it has compiled there. What containers of dead builds left is removed.
 */
struct store;
int sandbox_find_state(const char **path, const char *runtime, struct store *store,
		       struct arena *arena, struct error *err);

/* What a container of this build is called. */
const char *sandbox_name(const struct store *store, const char *step, struct arena *arena);

/*
 * Which program: what was asked for, else `runlet` beside our own program, else in PATH. An absolute
 * path, in the arena.
 */
int sandbox_find_runtime(const char **path, const char *wanted, struct arena *arena,
			 struct error *err);

#endif
