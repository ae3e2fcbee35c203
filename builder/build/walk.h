/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory tree in one pass: parents before what is in them, names in the order of their bytes,
 * links not followed.
 *
 * Ownership: fds that a visit sees are the walk's. Knows nothing about what the files are for.
 */
#ifndef COOPERAGE_WALK_H
#define COOPERAGE_WALK_H

#include <sys/stat.h>

#include "libcommon/error.h"

struct walk_visit {
	int directory; /* that has it */
	const char *name;
	const char *path; /* from where the walk began, "a/b"; until the visit ends */
	size_t depth;     /* 0 right below where it began */
	const struct stat *about;
};

#define WALK_PASS 1 /* the visitor does not want to enter this directory */

typedef int (*walk_fn)(void *data, const struct walk_visit *visit, struct error *err);

/* `directory` itself is not visited. */
int walk_below(int directory, walk_fn visit, void *data, struct error *err);

#endif
