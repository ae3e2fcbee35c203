/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a tmpfs is about to cover, copied into it (mount option tmpcopyup).
 */
#ifndef COOPERAGE_COPY_UP_H
#define COOPERAGE_COPY_UP_H

#include "libcommon/error.h"

/*
 * Copies what is in the directory `from` into the directory `to` (both may be O_PATH): files,
 * directories, links, devices and pipes with mode, owner, times and extended attributes. Follows no
 * link. Owners that the user namespace has no number for become ours, and sockets are left out.
 */
int copy_up_tree(int from, int to, struct error *err);

#endif
