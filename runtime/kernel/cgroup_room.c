/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/cgroup_v2.h"

#define TRIES 10 /* they fork meanwhile */

/* Moves those in the first lines of the list, which is as much as the buffer holds. False: nobody is left. */
static bool
move_some(int from, int to)
{
	char list[4096], number[16];
	ssize_t n = cgroup_file_read(from, "cgroup.procs", list, sizeof(list));

	if (n <= 0)
		return false;
	for (const char *at = list; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		int digits = (int) strspn(at, "0123456789");
		if (digits == 0 || (at[digits] == '\0' && (size_t) n + 2 >= sizeof(list)))
			continue; /* cut off: the next time */
		(void) snprintf(number, sizeof(number), "%.*s", digits, at);
		if (cgroup_file_write(to, "cgroup.procs", number) < 0 && errno != ESRCH)
			log_debug("move process %s out of our cgroup: %s, continuing", number, strerror(errno));
	}
	return true;
}

static void
move_callers(int own)
{
	if (mkdirat(own, CGROUP_ROOM_FOR_CALLERS, 0755) < 0 && errno != EEXIST) {
		log_debug("make room in our cgroup: %s, continuing", strerror(errno));
		return;
	}
	scoped_fd leaf = openat(own, CGROUP_ROOM_FOR_CALLERS, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	for (int tries = 0; tries < TRIES && leaf >= 0 && move_some(own, leaf); tries++)
		continue;
}

static bool
lies_below(const char *path, const char *own)
{
	const char *rest = text_equal(own, "/") ? path : text_after(path, own);

	return rest != NULL && rest[0] == '/' && rest[1] != '\0';
}

int
cgroup_room_make(const struct cgroup_hierarchy *hierarchy, const struct oci_resources *resources,
		 struct arena *arena, struct error *err)
{
	const char *own;

	if (cgroup_v2_has(hierarchy->fd, cgroup_v2_needed(resources)))
		return 0;
	TRY(cgroup_host_place_of(&own, getpid(), CGROUP_UNIFIED, arena, err));
	if (!lies_below(hierarchy->path, own))
		return 0;
	scoped_fd mount = GET(cgroup_hierarchy_open_mount(hierarchy, err));
	scoped_fd dir = GET(beneath_open(mount, own, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, err));
	move_callers(dir);
	cgroup_v2_enable(mount, hierarchy->fd, hierarchy->path, cgroup_v2_wanted(resources));
	return 0;
}
