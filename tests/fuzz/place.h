/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For fuzzers that need files: one directory a process, in memory where there is room for such, removed
 * when the process ends by itself.
 */
#ifndef COOPERAGE_FUZZ_PLACE_H
#define COOPERAGE_FUZZ_PLACE_H

#include <fcntl.h>
#include <unistd.h>

#include "libcommon/tree.h"
#include "tests/fuzz/fuzz.h"

static char place[64]; /* its path; empty until it is made */
static int place_fd = -1;

static void
place_remove(void)
{
	struct error err;

	(void) tree_remove(AT_FDCWD, place, &err); /* a directory of ours in the system's for such */
}

/* Whether it was made just now, and is still empty. */
static bool
place_make(void)
{
	if (place_fd >= 0)
		return false;
	const char *base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	(void) snprintf(place, sizeof(place), "%s/cooperage-fuzz-XXXXXX", base);
	DEMAND(mkdtemp(place) != NULL);
	(void) atexit(place_remove);
	place_fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DEMAND(place_fd >= 0);
	return true;
}

#endif
