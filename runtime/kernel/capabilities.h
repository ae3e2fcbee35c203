/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Capabilities: names and bits, and the five sets of a process. The only room that knows libcap.
 */
#ifndef COOPERAGE_CAPABILITIES_H
#define COOPERAGE_CAPABILITIES_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

struct capability_sets {
	uint64_t bounding, effective, inheritable, permitted, ambient; /* bit N is capability N */
};

/* Names that this kernel does not have are left out, with a warning, as runc does. */
struct capability_sets capabilities_parse(const struct oci_capabilities *document);

/* "CAP_CHOWN", "chown" or "ALL". Returns 1 if there is no such capability. */
int capabilities_find(const char *name, uint64_t *bits);

/* Every name this kernel has, in its order. */
struct text_list capabilities_names(struct arena *arena);

/* True if this process may use it now (CAP_* of <linux/capability.h>). */
bool capabilities_holds(int capability);

/* Guest side, in this order around the change of ids */

/* Drops from the bounding set; needs CAP_SETPCAP, so it must come first. */
int capabilities_bound(const struct capability_sets *sets, struct error *err);

/* Keeps the permitted set over the change of uid. */
int capabilities_keep(struct error *err);

/* Makes effective what will be so for the user's process, to see what that may do; permitted stays. */
int capabilities_try(const struct capability_sets *sets, struct error *err);

/* Makes all that is permitted effective again, which the change of uid took. */
int capabilities_raise(struct error *err);

/*
 * The other four, as they shall be for the user's process. Ambient ones that are refused are
 * warned of.
 */
int capabilities_set(const struct capability_sets *sets, struct error *err);

#endif
