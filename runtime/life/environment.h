/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment of the user's process.
 */
#ifndef COOPERAGE_ENVIRONMENT_H
#define COOPERAGE_ENVIRONMENT_H

#include "libcommon/arena.h"
#include "libcommon/error.h"
#include "libcommon/list.h"

/*
 * What the document lists, of several with one name the last; HOME from `home` in place of any that
 * is listed, if that is not NULL; and with listen_fds > 0 what sd_listen_fds(3) looks for. NULL-ended.
 */
char **environment_make(const struct text_list *listed, const char *home, unsigned listen_fds,
			struct arena *arena);

/* The value of a variable in such an array, or NULL. */
const char *environment_find(char *const *environment, const char *name);

/* How many fds our own caller passes by LISTEN_FDS; 0 if none. */
unsigned environment_listen_fds(void);

/* Whether those that --preserve-fds promises, which follow them, have come to us too. */
int environment_check_fds(unsigned listen_fds, unsigned preserve_fds, struct error *err);

#endif
