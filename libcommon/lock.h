/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advisory locks (flock) on an open file or directory; released when the fd closes, also by death. And
 * marks, which keep nobody out but can be seen, and are gone in the same way.
 */
#ifndef COOPERAGE_LOCK_H
#define COOPERAGE_LOCK_H

#include "libcommon/error.h"

/* Waits until the lock is ours. `what` is for the message. */
int lock_shared(int fd, const char *what, struct error *err);
int lock_exclusive(int fd, const char *what, struct error *err);

/* Return 1, without waiting, if somebody else holds it. */
int lock_try_shared(int fd, const char *what, struct error *err);
int lock_try_exclusive(int fd, const char *what, struct error *err);

/* Several may make one. */
int lock_mark(int fd, const char *what, struct error *err);
void lock_unmark(int fd);

/* 1 if somebody else's open file has marked it, 0 if not. */
int lock_is_marked(int fd, const char *what, struct error *err);

#endif
