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

	return unified == NULL || unified->fd < 0 ? 1 : cgroup_v2_kill(unified->fd, err);
}

/* Whoever froze them, they must run to die. */
static int
let_die(const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");

	TRY(cgroup_thaw(cgroup, err));
	return freezer == NULL || freezer->fd < 0 ? 0 : cgroup_v1_thaw_all(freezer->fd, err);
}

static int
signal_members(const struct cgroup *cgroup, int signal, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_members members;

	TRY(cgroup_members(cgroup, &members, &arena, err));
	return cgroup_member_signal(&members, signal, err);
}

/* Nobody but us would thaw it: once is not enough where the first time fails. */
static int
thaw_surely(const struct cgroup *cgroup, struct error *err)
{
	if (cgroup_thaw(cgroup, err) == 0)
		return 0;
	log_debug("%s, once more", err->text);
	return cgroup_thaw(cgroup, err);
}

/* Frozen while they are signalled, and afterwards as they were before, whatever went wrong. */
static int
signal_while_frozen(const struct cgroup *cgroup, int signal, struct error *err)
{
	struct error ignored;
	const bool was_frozen = GET(cgroup_is_frozen(cgroup, err)) == 1;

	if (!was_frozen && cgroup_freeze(cgroup, &ignored) < 0)
		log_debug("%s, continuing", ignored.text);

	int result = signal_members(cgroup, signal, err);
	if (!was_frozen && thaw_surely(cgroup, result < 0 ? &ignored : err) < 0)
		return -1;
	return result;
}

/* A signal that ends us must not leave them frozen either. */
static int
signal_frozen(const struct cgroup *cgroup, int signal, struct error *err)
{
	sigset_t all, before;

	(void) sigfillset(&all);
	if (sigprocmask(SIG_BLOCK, &all, &before) < 0)
		return fail_errno(err, "hold signals back");
	int result = signal_while_frozen(cgroup, signal, err);
	(void) sigprocmask(SIG_SETMASK, &before, NULL); /* cannot fail when it could before */
	return result;
}

int
cgroup_signal(const struct cgroup *cgroup, int signal, struct error *err)
{
	if (cgroup_hierarchy_main(cgroup) == NULL)
		return 0;
	if (signal != SIGKILL)
		return signal_frozen(cgroup, signal, err);
	if (GET(kill_at_once(cgroup, err)) == 1)
		TRY(signal_frozen(cgroup, signal, err));
	return let_die(cgroup, err);
}
