/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mount of the list as it is prepared: its words understood, its source open.
 *
 * A struct mount_source owns its fds until mount_source_done.
 */
#ifndef COOPERAGE_MOUNT_SOURCE_H
#define COOPERAGE_MOUNT_SOURCE_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/mount_idmap.h"
#include "runtime/kernel/mount_kinds.h"
#include "runtime/kernel/mount_options.h"
#include "runtime/kernel/mount_target.h"

struct mount_source {
	struct mount_options options;
	const struct mount_kind *kind; /* NULL for a bind */
	const char *destination;       /* in the container: cleaned, begins with "/" */

	/* Of a bind */
	const char *host_path;     /* absolute: the guest has to clone it (rootless) */
	const char *inside;        /* below the container's root: cloned when its turn comes */
	const char *link;          /* copy-symlink: what the source, a link, says */
	unsigned long propagation; /* MS_*: where the options say nothing */
	enum mount_shape shape;
	bool foreign;       /* cloned by the host for a user namespace not its own */
	int user_namespace; /* of its id map, where the guest has to set it; else -1 */

	int fd;                   /* the mount: detached, then attached */
	struct mount_change rest; /* what must wait until it is attached, on old kernels */
	bool has_rest;
};

/* What all sources of a container have in common. */
struct mount_context {
	const struct oci_config *config;
	const char *root; /* the container's, as the host knows it; NULL: not asked yet */
	int bundle;
	bool own_user_namespace;
	struct mount_idmap idmap;
	struct arena *arena;
};

/* Host side */
int mount_source_open(struct mount_source *source, struct mount_context *context,
		      const struct oci_mount *mount, struct error *err);
void mount_source_done(struct mount_source *source);

/* Guest side: what is left to do once it is attached; nothing on kernels from 5.12 on. */
int mount_source_settle(struct mount_source *source, struct error *err);

/* Guest side: what only the guest can clone. */
int mount_source_clone(struct mount_source *source, int root, struct error *err);

#endif
