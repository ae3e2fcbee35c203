/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the state of containers is kept, and whose word is taken for it.
 *
 * What stands there decides which process is killed and which cgroup is removed, so it must be ours:
 * what another user prepared is refused, even if we are root and could read it.
 */
#ifndef COOPERAGE_STATE_ROOT_H
#define COOPERAGE_STATE_ROOT_H

#include <errno.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"

/*
 * The default: /run/runlet for root. For a user it is below XDG_RUNTIME_DIR, if that is set and his;
 * else below /run/user/UID, if that is there; else it is /tmp/runlet-UID.
 */
const char *state_root_default(struct arena *arena);

/* Opens it; `make`: also if it is not there. Returns the fd; errno says ENOENT in err->code. */
int state_root_open(const char *root, bool make, struct error *err);

/*
 * Fails unless the directory belongs to us, or to root, whom we trust; `name` is for the message. What is
 * another user's has a code that no system call gives.
 */
enum { STATE_FOREIGN = EKEYREJECTED };
int state_root_check(int dir, const char *name, struct error *err);

#endif
