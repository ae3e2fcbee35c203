/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories that hold what is placed: opened by path below the root, made where they are missing.
 *
 * A path may pass through links of the tree; they lead where they would after a chroot. The last
 * directory is kept open, since entries of one directory mostly follow each other.
 *
 * A layer may leave out directories on the way and mean those that are there already. If it is known
 * what the tree will lie on, they are made as they are there, and links there are followed, too. If it
 * is not, they are made as directories mostly are, and `guessed` tells.
 */
#ifndef COOPERAGE_PARENTS_H
#define COOPERAGE_PARENTS_H

#include "builder/layer/stack.h"
#include "libcommon/arena.h"
#include "libcommon/buffer.h"
#include "libcommon/keyset.h"

struct parents {
	int root;                  /* the caller's */
	const struct stack *below; /* the caller's; NULL: it is not known */
	struct buffer path;        /* of the directory that is open */
	int fd;                    /* -1: none is */
	struct arena memory;
	struct keyset implied;     /* made without an entry */
	uint64_t guessed;          /* of these, how many have none yet */
};

void parents_init(struct parents *parents, int root, const struct stack *below);
void parents_done(struct parents *parents);

/* The directory that holds this path. Returns an O_PATH fd that stays ours, until the next call. */
int parents_open(struct parents *parents, const char *path, struct error *err);

/* The same, but nothing is made: returns 1 if it is not there. */
int parents_find(int *fd, struct parents *parents, const char *path, struct error *err);

/* A directory by its path, links followed. Returns 1 if it is not there; else 0, and `fd` is the caller's. */
int parents_open_directory(int *fd, int root, const char *path, int flags, struct error *err);

/* The directory at this path has an entry of its own after all. */
void parents_note_entry(struct parents *parents, const char *path);

/* A directory or link went: what is open may not be what its path says. */
void parents_forget(struct parents *parents);

/* The last component; the path itself if there is no slash. */
const char *parents_leaf(const char *path);

#endif
