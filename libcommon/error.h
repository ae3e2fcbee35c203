/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error, by value: born in main, filled once, prefixed on the way up, printed once.
 *
 * A struct error owns nothing, so it can be copied, dropped, and sent to another process in one
 * write. Knows nothing about how it is shown.
 */
#ifndef COOPERAGE_ERROR_H
#define COOPERAGE_ERROR_H

#include "libcommon/base.h"

struct error {
	int code;        /* an errno, or 0 when no system call is to blame */
	char text[4096]; /* a sentence without newline or full stop; a wrong document may fill several lines */
};

/* Always -1, so that it can be returned. A text too long for the struct is cut. */
int fail(struct error *err, const char *format, ...) printf_like(2, 3);

/* The same, with ": " and what errno means at the end. */
int fail_errno(struct error *err, const char *format, ...) printf_like(2, 3);

/* Puts "WHERE: " in front of each line that is there. Always -1. */
int error_prefix(struct error *err, const char *where);

/* The same, with a format. */
int error_prefixf(struct error *err, const char *format, ...) printf_like(2, 3);

/* One more line; the first one if there is none yet. Says "… and more" once when there is no room. */
int error_add(struct error *err, const char *format, ...) printf_like(2, 3);

#endif
