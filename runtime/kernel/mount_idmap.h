/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The user namespaces through whose maps binds are seen (config.md, "uidMappings"; options idmap
 * and ridmap). Most containers have one map for all their volumes, so the last one made is kept.
 *
 * A struct mount_idmap owns its fd until mount_idmap_done.
 */
#ifndef COOPERAGE_MOUNT_IDMAP_H
#define COOPERAGE_MOUNT_IDMAP_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"
#include "runtime/kernel/mount_options.h"

struct mount_idmap {
	struct oci_id_map_list uids, gids; /* of the namespace kept */
	int fd;                            /* -1: none yet */
};

/* clang-format off */
#define MOUNT_IDMAP_NONE { .fd = -1 }
/* clang-format on */

/*
 * The namespace that this mount asks for: by mappings of its own, by an option with text, or that
 * of the container. Returns its fd, which stays the struct's.
 */
int mount_idmap_open(struct mount_idmap *idmap, const struct oci_mount *mount,
		     const struct mount_options *options, const struct oci_linux *linux_,
		     struct arena *arena, struct error *err);
void mount_idmap_done(struct mount_idmap *idmap);

/* True if the mount is to be seen through other ids at all. */
bool mount_idmap_is_asked(const struct oci_mount *mount, const struct mount_options *options);

/*
 * Reads "uids=0-100000-10#10-200000-5;gids=@0-1-10": file system id, host id, count; with "@" the
 * host id is one of the container, to be looked up in `linux_`.
 */
int mount_idmap_parse(struct oci_id_map_list *uids, struct oci_id_map_list *gids, const char *text,
		      const struct oci_linux *linux_, struct arena *arena, struct error *err);

#endif
