/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that have several names, by the first of them that was met.
 *
 * Ownership: names are copied; all dies with inodes_done.
 */
#ifndef COOPERAGE_INODES_H
#define COOPERAGE_INODES_H

#include <sys/types.h>

#include "libcommon/arena.h"

struct inodes_slot;

struct inodes {
	struct inodes_slot *slots; /* a power of two of them, at most half in use */
	size_t size, count;
	struct arena names;
};

void inodes_done(struct inodes *inodes);

/* The name under which this file was met first; NULL, and remembers it, if this is the first time. */
const char *inodes_add(struct inodes *inodes, dev_t device, ino_t inode, const char *name);

#endif
