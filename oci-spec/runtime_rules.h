/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules between the members of config.json, which no single row can state: what the specification
 * demands, and what the kernel is known to refuse.
 *
 * All that is broken is told, a line each: "linux.uidMappings: needs a user namespace". What only
 * the machine can tell is not judged here: which capabilities and sysctls there are, whether a
 * joined user namespace has the maps that the document says.
 */
#ifndef COOPERAGE_RUNTIME_RULES_H
#define COOPERAGE_RUNTIME_RULES_H

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/* The whole document, its process and resources included. */
int runtime_rules_check(const struct oci_config *config, struct error *err);

/* A process by itself, as `exec --process` reads it. */
int runtime_rules_check_process(const struct oci_process *process, struct error *err);

/* Resources by themselves; for `update`, what came of merging them. */
int runtime_rules_check_resources(const struct oci_resources *resources, struct error *err);

#endif
