/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User and group ids of a user namespace: written from outside, taken up from inside.
 */
#ifndef COOPERAGE_IDMAP_H
#define COOPERAGE_IDMAP_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_linux.h"

/* Host side */

/*
 * Writes uid_map and gid_map of a process in a user namespace of its own; the group map needs
 * setgroups denied first when we lack the privilege (user_namespaces(7)). What the kernel refuses
 * to us, newuidmap and newgidmap are asked for, by absolute path.
 */
int idmap_write(pid_t pid, const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
		struct error *err);

/* A user namespace with these maps and nobody in it, for idmapped mounts. Returns its fd. */
int idmap_namespace(const struct oci_id_map_list *uids, const struct oci_id_map_list *gids,
		    struct error *err);

/* Guest side */

/* Becomes root of the user namespace just entered; without it we would be nobody there. */
int idmap_become_root(struct error *err);

/* Either side: the host id that a container's id stands for. Returns 1 if it is not mapped. */
int idmap_find(const struct oci_id_map_list *map, uint32_t container_id, uint32_t *host_id);

/* True if /proc/self/setgroups says deny. */
bool idmap_denies_groups(void);

#endif
