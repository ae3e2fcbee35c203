/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who can own a file here: the ids that the user namespace we are in has, and the ids outside that
 * they are on disk.
 *
 * A store that was filled in a user namespace keeps how they were mapped, in its file `owners`. With
 * other ranges the same trees would say other owners, and so would the layers made from them.
 */
#ifndef COOPERAGE_OWNERS_H
#define COOPERAGE_OWNERS_H

#include "builder/store/store.h"
#include "oci-spec/runtime_linux.h"

struct owners {
	struct oci_id_map_list users, groups;
};

/* Ours. */
int owners_read(struct owners *owners, struct arena *arena, struct error *err);

/* True where every id is itself: outside of all user namespaces. */
bool owners_are_all(const struct owners *owners);

bool owners_have_group(const struct owners *owners, uint32_t gid);

/* For store_open: fails if the store's are others than ours; more of them are welcome. */
int owners_settle(struct store *store, struct error *err);

#endif
