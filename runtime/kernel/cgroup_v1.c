/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_v1.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "libcommon/arena.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_tree.h"
#include "runtime/kernel/cgroup_wait.h"

#define FREEZE_SECONDS 10
#define CPULIST_SIZE 4096

static int
inherit(int parent, int child, const char *file, struct error *err)
{
	char text[CPULIST_SIZE];
	ssize_t n = cgroup_file_read(child, file, text, sizeof(text));

	if (n > 0)
		return 0;
	if (n < 0)
		return fail_errno(err, "read %s", file);
	if (cgroup_file_read(parent, file, text, sizeof(text)) < 0)
		return fail_errno(err, "read %s of the parent", file);
	return file_write_at(child, file, text, err);
}

int
cgroup_v1_fill_cpuset(int mount, const char *path, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list parts = text_split(&arena, path[0] == '/' ? path + 1 : path, '/');
	scoped_fd parent = GET(file_open(mount, ".", O_PATH | O_DIRECTORY, err));

	FOR_EACH(part, &parts) {
		scoped_fd child =
			GET(file_open(parent, *part, O_PATH | O_DIRECTORY | O_NOFOLLOW, err));

		TRY(inherit(parent, child, "cpuset.cpus", err));
		TRY(inherit(parent, child, "cpuset.mems", err));
		fd_close(&parent);
		parent = fd_take(&child);
	}
	return 0;
}

static bool
state_is(int dir, const char *state)
{
	char text[32];

	return cgroup_file_read(dir, "freezer.state", text, sizeof(text)) >= 0 &&
	       text_equal(text, state);
}

/*
 * The state is worked out when it is read, so asking is what makes it FROZEN; a task that was just
 * moved in may have been missed, which writing it once more mends.
 */
int
cgroup_v1_freeze(int dir, struct error *err)
{
	struct cgroup_wait wait = cgroup_wait_for(FREEZE_SECONDS);

	do {
		TRY(file_write_at(dir, "freezer.state", "FROZEN", err));
		if (state_is(dir, "FROZEN"))
			return 0;
	} while (cgroup_wait_pause(&wait));
	TRY(cgroup_v1_thaw(dir, err));
	return 1;
}

int
cgroup_v1_thaw(int dir, struct error *err)
{
	if (cgroup_file_write(dir, "freezer.state", "THAWED") < 0 && errno != ENOENT &&
	    errno != ENODEV)
		return fail_errno(err, "write \"THAWED\" to freezer.state");
	return 0;
}

static int
thaw_directory(int dir, void *with, struct error *err)
{
	(void) with;
	return cgroup_v1_thaw(dir, err);
}

int
cgroup_v1_thaw_all(int dir, struct error *err)
{
	const struct cgroup_visit visit = { .enter = thaw_directory };

	return cgroup_tree_walk(dir, &visit, err);
}

int
cgroup_v1_is_frozen(int dir, struct error *err)
{
	char text[32];

	if (cgroup_file_read(dir, "freezer.state", text, sizeof(text)) >= 0)
		return text_equal(text, "FROZEN");
	return errno == ENOENT || errno == ENODEV ? 0 : fail_errno(err, "read freezer.state");
}
