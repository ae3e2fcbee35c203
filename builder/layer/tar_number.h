/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers as tar archives write them: octal or binary in the fields of a block, decimal in records.
 *
 * For tar_read and its parts. Errors quote what was there.
 */
#ifndef COOPERAGE_TAR_NUMBER_H
#define COOPERAGE_TAR_NUMBER_H

#include <time.h>

#include "libcommon/error.h"

/*
 * A field: octal, perhaps with blanks before and blanks or NULs behind, or base 256. Nothing but
 * blanks and NULs is 0. Fails if it is no number or none of 64 bits with a sign.
 */
int tar_number_field(int64_t *number, const char *field, size_t size, const char *what, struct error *err);

/* Decimal digits, perhaps after "-". */
int tar_number_decimal(int64_t *number, const char *text, const char *what, struct error *err);

/* Seconds since the epoch with any fraction; what is beyond all clocks becomes the nearest. */
int tar_number_time(struct timespec *when, const char *text, struct error *err);

#endif
