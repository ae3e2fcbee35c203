/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting for the kernel, with an end: for v2 by being told, for v1 by asking again, ever more
 * patiently.
 */
#ifndef COOPERAGE_CGROUP_WAIT_H
#define COOPERAGE_CGROUP_WAIT_H

#include "libcommon/error.h"

struct cgroup_wait {
	int64_t until;  /* milliseconds of the monotonic clock */
	unsigned pause; /* microseconds until it is asked again */
};

struct cgroup_wait cgroup_wait_for(unsigned seconds);

/* Sleeps a little longer each time. False, at once, when the time is over. */
bool cgroup_wait_pause(struct cgroup_wait *wait);

/*
 * Until cgroup.events in the directory says "key value". Returns 1 when the time is over, 0 also if
 * the cgroup is gone.
 */
int cgroup_wait_event(int dir, const char *key, uint64_t value, const struct cgroup_wait *wait,
		      struct error *err);

#endif
