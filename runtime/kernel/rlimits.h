/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource limits of a process (process.rlimits).
 */
#ifndef COOPERAGE_RLIMITS_H
#define COOPERAGE_RLIMITS_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/* Sets them on a process (0: ourselves) with prlimit(2). */
int rlimits_set(pid_t pid, const struct oci_rlimit_list *rlimits, struct error *err);

#endif
