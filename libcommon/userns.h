/* SPDX-License-Identifier: Apache-2.0 */
/*
 * User namespaces from outside: one with nobody in it, and the helpers of the shadow suite, newuidmap and
 * newgidmap, which let a user have the ids that /etc/subuid and /etc/subgid give him.
 */
#ifndef COOPERAGE_USERNS_H
#define COOPERAGE_USERNS_H

#include <sys/types.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

enum userns_side { USERNS_USERS, USERNS_GROUPS };

/*
 * A child that was born into a user namespace and does nothing; it ends with us. So we are outside still,
 * where the helpers take us for the user that we are. Returns its pid and *pidfd, which the caller
 * ends by process_destroy(); or -1 with errno.
 */
pid_t userns_placeholder(int *pidfd);

/* The absolute path of newuidmap or newgidmap, in directories of the system; NULL if it is not there. */
const char *userns_helper(enum userns_side side, struct arena *arena);

/*
 * Has the helper at `path` write the map of a process: `numbers` are three for each line, id inside, id
 * outside and count. If it fails, says why it has no privilege, if it has none, and what it said.
 */
int userns_ask_helper(const char *path, enum userns_side side, pid_t pid, const struct text_list *numbers,
		      struct arena *arena, struct error *err);

#endif
