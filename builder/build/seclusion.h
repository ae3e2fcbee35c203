/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount namespace of our own: what a build mounts is seen by nobody else, and is gone when we are,
 * however we end.
 */
#ifndef COOPERAGE_SECLUSION_H
#define COOPERAGE_SECLUSION_H

#include "libcommon/error.h"

/*
 * For good, and for the programs we run. Mounts that the host makes or removes still reach us. What
 * shall be mounted from must be opened after it: fds of the old namespace are of no use for that.
 */
int seclusion_enter(struct error *err);

#endif
