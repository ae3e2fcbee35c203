/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of processes is old when it is read: they fork, and their pids are used again. So they are
 * frozen while they are signalled, unless the kernel kills all at once by itself.
 */
#include <signal.h>

#include "libcommon/log.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_member.h"
#include "runtime/kernel/cgroup_v1.h"
#include "runtime/kernel/cgroup_v2.h"

/* Returns 1 if the kernel cannot, or has nothing to do it with. */
static int
kill_at_once(const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");

	if (unified == NULL || unified->fd < 0 || GET(cgroup_v2_kill(unified->fd, err)) == 1)
		return 1;
	/* What the v1 freezer holds does not even die of SIGKILL. */
	return freezer == NULL || freezer->fd < 0 ? 0 : cgroup_v1_thaw(freezer->fd, err);
}

static int
signal_members(const struct cgroup *cgroup, int signal, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_members members;

	TRY(cgroup_members(cgroup, &members, &arena, err));
	return cgroup_member_signal(&members, signal, err);
}

int
cgroup_signal(const struct cgroup *cgroup, int signal, struct error *err)
{
	struct error ignored;

	if (cgroup_hierarchy_main(cgroup) == NULL)
		return 0;
	if (signal == SIGKILL && GET(kill_at_once(cgroup, err)) == 0)
		return 0;

	bool was_frozen = cgroup_is_frozen(cgroup);
	if (!was_frozen && cgroup_freeze(cgroup, &ignored) < 0)
		log_debug("%s, continuing", ignored.text);

	int result = signal_members(cgroup, signal, err);
	if (was_frozen && signal != SIGKILL)
		return result;
	return cgroup_thaw(cgroup, result < 0 ? &ignored : err) < 0 ? -1 : result;
}
