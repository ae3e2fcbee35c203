/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What time it is in an image. The same input shall give the same bytes on every run, so the clock
 * has no say unless it is asked to have one:
 *
 *	- SOURCE_DATE_EPOCH, from the environment or as an argument, is the time of everything that is
 *	  made, and no file is later.
 *	- Without it, each step happens at the newest of the times that came into it: of the image it
 *	  began with, of the files that were copied. What its command makes while it runs is of that time.
 *
 * What a step changed last time, taken from the cache, keeps the time it had.
 */
#ifndef COOPERAGE_EPOCH_H
#define COOPERAGE_EPOCH_H

#include <time.h>

#include "libcommon/error.h"

/* Files of `from` or later become of `to`. */
struct epoch_cut {
	struct timespec from, to;
};

/* "1700000000": seconds. */
int epoch_read(struct timespec *epoch, const char *text, struct error *err);

bool epoch_is_later(struct timespec a, struct timespec b);

/* The clock as the kernel stamps files with it. */
struct timespec epoch_now(void);

/* The root of the tree is one of its files. */
int epoch_cut_tree(int root, const struct epoch_cut *cut, struct error *err);

#endif
