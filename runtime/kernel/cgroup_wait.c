/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/cgroup_file.h"

#define FIRST_PAUSE 50 /* microseconds */
#define LAST_PAUSE 10000

static int64_t
now(void)
{
	struct timespec time;

	(void) clock_gettime(CLOCK_MONOTONIC, &time); /* cannot fail for this clock */
	return (int64_t) time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct cgroup_wait
cgroup_wait_for(unsigned seconds)
{
	return (struct cgroup_wait){ .until = now() + (int64_t) seconds * 1000,
				     .pause = FIRST_PAUSE };
}

bool
cgroup_wait_pause(struct cgroup_wait *wait)
{
	struct timespec pause = { .tv_nsec = (long) wait->pause * 1000 };

	if (now() >= wait->until)
		return false;
	(void) nanosleep(&pause, NULL); /* a signal makes it shorter, which is fine */
	wait->pause = wait->pause * 2 > LAST_PAUSE ? LAST_PAUSE : wait->pause * 2;
	return true;
}

int
cgroup_wait_event(int dir, const char *key, uint64_t value, const struct cgroup_wait *wait,
		  struct error *err)
{
	scoped_fd fd = openat(dir, "cgroup.events", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0
							  : fail_errno(err, "open cgroup.events");
	for (;;) {
		char text[256];
		uint64_t is;
		ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

		if (n < 0 && errno == ENODEV) /* removed while we had it open */
			return 0;
		if (n < 0 && errno != EINTR)
			return fail_errno(err, "read cgroup.events");
		text[n < 0 ? 0 : n] = '\0';
		if (cgroup_file_key(text, key, &is) && is == value)
			return 0;

		int64_t left = wait->until - now();
		if (left <= 0)
			return 1;
		struct pollfd events = { .fd = fd, .events = POLLPRI };
		(void) poll(&events, 1, (int) left); /* whatever it says, the file is read again */
	}
}
