/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is special about a type of mount: a row for each that differs from "ask the kernel for a
 * file system of this name".
 */
#ifndef COOPERAGE_MOUNT_KINDS_H
#define COOPERAGE_MOUNT_KINDS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "runtime/kernel/mount_options.h"
#include "runtime/kernel/mount_target.h"

/* One mount of the list, when its turn has come. */
struct mount_job {
	const char *type, *source;
	const char *label;      /* linux.mountLabel as an option, "context=LABEL"; or NULL */
	const char *root_label; /* the label alone, for the root of the file system; or NULL */
	const struct mount_options *options;
	const struct mount_target *target;
	struct arena *arena;
};

struct mount_kind {
	const char *type;
	bool ordinary;      /* see mount_target_open_ordinary */
	bool late_readonly; /* written to until all is set up: "ro" waits for mounts_finish */
	bool labelled;      /* takes linux.mountLabel as an option */

	/* Returns the fd of a detached mount. */
	int (*make)(const struct mount_job *job, struct error *err);
};

/* Never NULL: the last row takes every other name. */
const struct mount_kind *mount_kinds_find(const char *type);

#endif
