/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathered files go into a tree: with the looks they had where they come from, but for owner and
 * permissions that the step asks for.
 *
 * Ownership: fds are the caller's. What changed since it was gathered is an error: its digest is in
 * the key already. A file never takes the place of a directory, nor the other way round.
 */
#ifndef COOPERAGE_DEPOSIT_H
#define COOPERAGE_DEPOSIT_H

#include "builder/build/accounts.h"
#include "builder/build/gather.h"
#include "builder/build/op_copy.h"

struct deposit {
	int root;   /* the tree */
	int upper;  /* where new files of it lie; -1: the tree is all there is */
	int source; /* where the files come from */
	const struct copy_step *copy;
	bool effigies; /* devices that we may not make get something to stand for them (effigy.h) */
	const struct account *owner; /* everything becomes theirs; NULL: as in the source */
	const struct gathered_list *files;
	struct arena *arena;
};

int deposit_files(const struct deposit *deposit, struct error *err);

#endif
