/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

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

/*
 * Locks of open file descriptions (fcntl(2), Linux 3.15): unlike those of flock they can be asked for
 * without being taken, so that who only looks is never in the way.
 */
static const struct flock mark = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1 };

int
lock_mark(int fd, const char *what, struct error *err)
{
	struct flock wish = mark;

	return fcntl(fd, F_OFD_SETLK, &wish) < 0 ? fail_errno(err, "mark %s", what) : 0;
}

void
lock_unmark(int fd)
{
	struct flock wish = mark;

	wish.l_type = F_UNLCK;
	(void) fcntl(fd, F_OFD_SETLK, &wish); /* what was marked can be unmarked */
}

int
lock_is_marked(int fd, const char *what, struct error *err)
{
	struct flock found = mark;

	found.l_type = F_WRLCK; /* what a mark would be in the way of */
	if (fcntl(fd, F_OFD_GETLK, &found) < 0)
		return fail_errno(err, "look for a mark on %s", what);
	return found.l_type != F_UNLCK;
}
