/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which files a COPY takes: from sources as they are written to a list, in the order in which they
 * are copied, each with where it lands and what is in it. The list is what the step's key says of
 * the files, and then what is copied; so that nothing can come between the two unseen.
 *
 * Everything lives in the arena. Never leaves the root, whatever links say.
 */
#ifndef COOPERAGE_GATHER_H
#define COOPERAGE_GATHER_H

#include "builder/build/digests.h"
#include "builder/dockerfile/ignore.h"
#include "libcommon/list.h"

enum gathered_role {
	GATHERED_FILE,      /* named by a source: may be called otherwise where it lands */
	GATHERED_DIRECTORY, /* named by a source: what is in it is copied, and it only says where to */
	GATHERED_BELOW, /* in such a directory, or on the way to something that keeps its path */
};

struct gathered {
	enum gathered_role role;
	const char *source; /* below the root, no links in it */
	const char *target; /* below the destination; "" of a DIRECTORY: the destination itself */
	struct stat about;
	char digest[DIGESTS_TEXT_SIZE];
};

struct gathered_list {
	struct gathered *items;
	size_t count;
};

struct gather {
	int root;                    /* the caller's */
	const struct ignore *ignore; /* below the root; NULL: nothing */
	const char *ignore_name;     /* for complaints */
	struct ignore exclude;       /* patterns, below what a source names */
	bool effigies;               /* devices may be hidden in it (effigy.h) */
	bool parents;                /* paths are kept from "/./" on, or from the root */
	struct digests *digests;     /* NULL: nothing is remembered */
	struct arena *arena;
	struct gathered_list list;
};

/* Adds what a source names. A path that is not there is an error; a pattern may match nothing. */
int gather_source(struct gather *gather, const char *source, struct error *err);

#endif
