/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of users and groups inside a root tree that somebody else wrote.
 *
 * /etc/passwd and /etc/group are read as files of that tree and of no other: links stay inside it,
 * and what is no regular file, or has more than ten mebibytes, is refused. Lists live in the arena.
 */
#ifndef COOPERAGE_ACCOUNTS_H
#define COOPERAGE_ACCOUNTS_H

#include <sys/types.h>

#include "libcommon/arena.h"
#include "libcommon/error.h"

struct account {
	uid_t uid;
	gid_t gid;
};

struct account_groups {
	gid_t *items;
	size_t count;
};

/* "user", "uid", "user:group", "uid:gid"; without a group the user's own. */
int accounts_find(struct account *account, int root, const char *text, struct error *err);

/* The same for --chown: a number without a group is also the group's. */
int accounts_find_owner(struct account *account, int root, const char *text, struct error *err);

/* For a process: also the groups that list the user, unless the text names a group; and its home. */
int accounts_find_process(struct account *account, struct account_groups *groups, const char **home,
			  int root, const char *text, struct arena *arena, struct error *err);

#endif
