/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime's own binary, out of reach of the container (CVE-2019-5736).
 *
 * Whoever is in a container's pid namespace with us can open /proc/PID/exe, and write to what it
 * finds once nobody executes it. So the commands whose process ends up in a container first run
 * themselves again from a memfd that is sealed: nothing that is found there can be written to, and
 * it is not the file on disk. A flag on a mount would not do, since a mount can be remounted.
 */
#ifndef COOPERAGE_SEALED_H
#define COOPERAGE_SEALED_H

#include "libcommon/error.h"

/*
 * Returns 0 at once if we already run from something that cannot be written (a sealed memfd, a
 * file with fs-verity). Otherwise executes a sealed copy with the same arguments and environment,
 * and returns only to fail.
 */
int sealed_enter(char *const argv[], struct error *err);

#endif
