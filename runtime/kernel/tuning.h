/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smaller knobs of a process: oom score, scheduler, io priority, CPU affinity, memory policy,
 * personality.
 */
#ifndef COOPERAGE_TUNING_H
#define COOPERAGE_TUNING_H

#include <sys/types.h>

#include "libcommon/error.h"
#include "oci-spec/runtime_config.h"

/*
 * NULL or absent leaves the knob alone, everywhere. The caller's knobs, but for the oom score:
 * that is of a process as the caller sees it, since one that became another user may not open its
 * own. `may_fail`: one that may not be lowered, without root, stays as it is and is warned of.
 */
int tuning_set_oom_score(pid_t pid, const int32_t *score, bool may_fail, struct error *err);
int tuning_set_scheduler(const struct oci_scheduler *scheduler, struct error *err);
int tuning_set_io_priority(const struct oci_io_priority *priority, struct error *err);
/* Every CPU that the cgroup allows: what our caller was bound to does not bind a container. */
int tuning_reset_affinity(struct error *err);
int tuning_set_affinity(const char *cpus /* "0-3,7" */, struct error *err);
int tuning_set_memory_policy(const struct oci_memory_policy *policy, struct error *err);
int tuning_set_personality(const struct oci_personality *personality, struct error *err);

#endif
