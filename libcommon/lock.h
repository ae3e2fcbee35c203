/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Advisory locks (flock) on an open file or directory; released when the fd closes, also by death.
 */
#ifndef COOPERAGE_LOCK_H
#define COOPERAGE_LOCK_H

#include "libcommon/error.h"

/* Waits until the lock is ours. `what` is for the message. */
int lock_shared(int fd, const char *what, struct error *err);
int lock_exclusive(int fd, const char *what, struct error *err);

void lock_release(int fd);

/* Return 1, without waiting, if somebody else holds it. */
int lock_try_shared(int fd, const char *what, struct error *err);
int lock_try_exclusive(int fd, const char *what, struct error *err);

#endif
