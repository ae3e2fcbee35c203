/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/lock.h"

#include <errno.h>
#include <sys/file.h>

static int
take(int fd, int operation, const char *what, struct error *err)
{
	int result;

	do
		result = flock(fd, operation);
	while (result < 0 && errno == EINTR);
	if (result < 0 && errno == EWOULDBLOCK && (operation & LOCK_NB) != 0)
		return 1;
	return result < 0 ? fail_errno(err, "lock %s", what) : 0;
}

int
lock_shared(int fd, const char *what, struct error *err)
{
	return take(fd, LOCK_SH, what, err);
}

int
lock_exclusive(int fd, const char *what, struct error *err)
{
	return take(fd, LOCK_EX, what, err);
}

int
lock_try_shared(int fd, const char *what, struct error *err)
{
	return take(fd, LOCK_SH | LOCK_NB, what, err);
}

int
lock_try_exclusive(int fd, const char *what, struct error *err)
{
	return take(fd, LOCK_EX | LOCK_NB, what, err);
}

void
lock_release(int fd)
{
	(void) flock(fd, LOCK_UN); /* cannot fail where there is a lock; and where there is none, nor need it */
}
