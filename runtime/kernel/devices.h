/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /dev: the default devices and links (config-linux.md, "Default Devices", runtime-linux.md, "Dev
 * symbolic links"), and those that linux.devices lists.
 *
 * A struct devices owns its fds until devices_done.
 */
#ifndef COOPERAGE_DEVICES_H
#define COOPERAGE_DEVICES_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_linux.h"

struct device_source;

struct devices {
	struct device_source *sources; /* all that shall be there, the default ones first */
	size_t count;                  /* of them */
	int null; /* a detached clone of the host's /dev/null, proven to be 1:3 */
};

/* clang-format off */
#define DEVICES_NONE { .null = -1 }
/* clang-format on */

/* Host side. What a user namespace forbids to make is cloned here, to be bound. */
int devices_open(struct devices *devices, const struct oci_device_list *listed,
		 bool own_user_namespace, struct arena *arena, struct error *err);
void devices_done(struct devices *devices);

/* Guest side, while the host's "/" is still ours */

/*
 * Makes nodes and links below root/dev. `bound_dev`: the bundle binds a /dev of its own, which is
 * left as it is but for listed devices. Existing nodes that match are kept (config-linux.md).
 */
int devices_make(struct devices *devices, int root, bool bound_dev, struct error *err);

#endif
