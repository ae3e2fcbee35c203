/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points in time as text (RFC 3339, UTC), out and in.
 */
#ifndef COOPERAGE_TIMESTAMP_H
#define COOPERAGE_TIMESTAMP_H

#include <time.h>

#include "libcommon/error.h"

#define TIMESTAMP_SIZE 40

/* RFC 3339 knows the years 0000 to 9999: their first and last second. */
#define TIMESTAMP_FIRST (-62167219200)
#define TIMESTAMP_LAST	253402300799

struct timespec timestamp_now(void);

/* "2026-11-21T02:03:04.123456789Z"; without a fraction when it is zero. From first to last second. */
void timestamp_write(char text[TIMESTAMP_SIZE], struct timespec when);

/* Any RFC 3339 time, with fraction and offset. */
int timestamp_read(struct timespec *when, const char *text, struct error *err);

#endif
