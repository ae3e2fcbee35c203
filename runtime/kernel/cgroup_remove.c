/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ended container's cgroup is empty, so removing it is tried before anything is asked. Only if
 * the kernel says that it is busy are its processes killed and waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_member.h"
#include "runtime/kernel/cgroup_scope.h"
#include "runtime/kernel/cgroup_tree.h"
#include "runtime/kernel/cgroup_v2.h"
#include "runtime/kernel/cgroup_wait.h"

#define REMOVE_SECONDS 10
#define LEAVE_SECONDS 2 /* for who dies by itself */
#define NAMED 8 /* survivors, in the error */

/* Returns 1 if it is busy. */
static int
remove_directory(int parent, const char *name, struct error *err)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT || errno == ENODEV)
		return 0;
	return errno == EBUSY ? 1 : fail_errno(err, "remove cgroup %s", name);
}

static int
remove_below(int parent, const char *name, void *with, struct error *err)
{
	(void) with;
	return remove_directory(parent, name, err) < 0 ? -1 : 0; /* if it is busy, so is the top */
}

/* Returns 1 if somebody is still in it. */
static int
remove_tree(const struct cgroup_hierarchy *hierarchy, int mount, struct error *err)
{
	const struct cgroup_visit visit = { .leave = remove_below };

	TRY(cgroup_tree_walk(hierarchy->fd, &visit, err));
	return remove_directory(mount, hierarchy->path + 1, err);
}

static int
name_survivors(const struct cgroup_hierarchy *hierarchy, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_buffer names = { 0 };
	struct cgroup_members members = { 0 };

	TRY(cgroup_member_list(hierarchy->fd, &members, &arena, err));
	for (size_t i = 0; i < members.count && i < NAMED; i++)
		buffer_add_format(&names, "%s%d", i == 0 ? "" : ", ", (int) members.items[i]);
	if (members.count > NAMED)
		buffer_add_format(&names, " and %zu more", members.count - NAMED);
	if (members.count == 0)
		return fail(err, "it is busy, though no process is in it");
	return fail(err, "these processes do not end: %s", buffer_text(&names));
}

/*
 * All are killed where they are found and frozen best; then whoever is in this hierarchy alone,
 * where somebody moved him.
 */
static int
kill_members(const struct cgroup *cgroup, const struct cgroup_hierarchy *hierarchy,
	     struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_members members;

	TRY(cgroup_signal(cgroup, SIGKILL, err));
	if (hierarchy == cgroup_hierarchy_main(cgroup))
		return 0;
	TRY(cgroup_member_list(hierarchy->fd, &members, &arena, err));
	return cgroup_member_signal(&members, SIGKILL, err);
}

/* Returns 1 if somebody is in it, does not go by himself, and is not to be killed. */
static int
remove_hierarchy(const struct cgroup *cgroup, struct cgroup_hierarchy *hierarchy, bool kills,
		 struct cgroup_wait *wait, struct error *err)
{
	scoped_fd mount = -1;

	if (GET(file_open_if_there(&mount, AT_FDCWD, hierarchy->mount, O_PATH | O_DIRECTORY,
				   err)) == 1 ||
	    GET(remove_directory(mount, hierarchy->path + 1, err)) == 0)
		return 0;
	if (hierarchy->fd < 0)
		TRY(cgroup_hierarchy_open(hierarchy, err));
	if (hierarchy->fd < 0)
		return 0;
	while (GET(remove_tree(hierarchy, mount, err)) == 1) {
		if (kills)
			TRY(kill_members(cgroup, hierarchy, err));
		else if (!cgroup_wait_pause(wait))
			return 1;
		else
			continue;
		if (cgroup_hierarchy_is_unified(hierarchy) &&
		    GET(cgroup_wait_event(hierarchy->fd, "populated", 0, wait, err)) == 1)
			return name_survivors(hierarchy, err);
		if (!cgroup_wait_pause(wait))
			return name_survivors(hierarchy, err);
	}
	return 0;
}

int
cgroup_remove_unused(struct cgroup *cgroup, struct error *err)
{
	struct cgroup_wait wait = cgroup_wait_for(LEAVE_SECONDS);

	for (size_t i = cgroup->count; i-- > 0;) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];

		fd_close(&hierarchy->entry);
		if (GET(remove_hierarchy(cgroup, hierarchy, false, &wait, err)) == 1)
			log_debug("cgroup %s%s is used by others, continuing", hierarchy->mount,
				  hierarchy->path);
	}
	return 0;
}

int
cgroup_remove(struct cgroup *cgroup, struct error *err)
{
	struct cgroup_wait wait = cgroup_wait_for(REMOVE_SECONDS);
	int result = 0;

	/* Nobody enters any more, and whoever lacks descriptors shall not fail at this too. */
	for (size_t i = 0; i < cgroup->count; i++)
		fd_close(&cgroup->hierarchies[i].entry);

	if (cgroup->unit != NULL)
		TRY(cgroup_scope_end(cgroup, err));

	/* From the last, which is the unified one: the others are empty when that is. */
	for (size_t i = cgroup->count; i-- > 0;) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		struct error unheard;

		if (!hierarchy->ours)
			continue;
		if (remove_hierarchy(cgroup, hierarchy, true, &wait, result < 0 ? &unheard : err) < 0) {
			if (result == 0)
				result = error_prefixf(err, "remove cgroup %s%s", hierarchy->mount,
						       hierarchy->path);
			continue;
		}
		fd_close(&hierarchy->fd);
	}
	return result;
}
