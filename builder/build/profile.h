/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system calls a container may make unless somebody says otherwise.
 *
 * What programs are known to need is allowed. What would let them reach for the kernel (modules,
 * tracing of others, namespaces, mounts, io_uring, rare socket families) gets EPERM; what is not
 * known here, because it is newer, ENOSYS, so that programs fall back to what is older.
 */
#ifndef COOPERAGE_PROFILE_H
#define COOPERAGE_PROFILE_H

#include "libcommon/arena.h"
#include "oci-spec/runtime_seccomp.h"

/* Lives in the arena. */
const struct oci_seccomp *profile_seccomp(struct arena *arena);

#endif
