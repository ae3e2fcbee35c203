/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mounts that the document lists, made in its order (config.md, "Mounts").
 *
 * Each is made detached, set up detached, and attached once, by fd. The host opens what is named
 * by host paths; the guest resolves what is named by container paths, beneath its root: so the
 * guest never needs a path of the host, and a user namespace never stands in the way of a source.
 * Only who may not clone mounts on the host (rootless) has the guest do it, by absolute path.
 *
 * A struct mounts owns its fds until mounts_done.
 */
#ifndef COOPERAGE_MOUNTS_H
#define COOPERAGE_MOUNTS_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/mount_options.h"

struct mount_source;

struct mounts {
	const struct oci_mount_list *list;
	struct mount_source *sources; /* one for each of the list, in its order */
	bool own_cgroup_namespace;
	const char *label;        /* linux.mountLabel, or NULL */
	const char *label_option; /* "context=LABEL", or as run.oci.mount_context_type has it */
};

/* Host side */

/*
 * Parses all options and opens every source: bind sources are cloned detached (idmapped here if
 * they shall be). Relative sources are relative to the bundle. `config` must outlive the struct.
 */
int mounts_open(struct mounts *mounts, const struct oci_config *config, int bundle,
		bool own_user_namespace, struct arena *arena, struct error *err);
void mounts_done(struct mounts *mounts);

/* True if the list mounts something on this cleaned container path ("/dev"); `bind`: only by a
 * bind. */
bool mounts_covers(const struct mounts *mounts, const char *path, bool bind);

/* Guest side */

/*
 * Makes them all below the root, while the host's "/" is still ours. Missing mount points are made:
 * a file for a file, else a directory.
 */
int mounts_make(const struct mounts *mounts, int root, const struct cgroup *cgroup,
		struct arena *arena, struct error *err);

/* When nothing more has to be written below: those whose read-only had to wait (tmpfs, /dev). */
int mounts_finish(const struct mounts *mounts, struct error *err);

#endif
