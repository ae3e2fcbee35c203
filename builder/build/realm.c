/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child is born into the namespace and does nothing: so we are outside still, where newuidmap and
 * newgidmap take us for the user that we are. Once the maps are written, we go in to it.
 *
 * Without ranges, or without those two programs, there is one id in it, our own: what belongs to
 * anybody else can then not be unpacked, and is an error that names it (place.c).
 */
#include "builder/build/realm.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <sys/types.h>
#include <unistd.h>

#include "builder/build/allotment.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/process.h"
#include "libcommon/userns.h"

/* ---- the maps -------------------------------------------------------------------------------- */

/* It is set-uid root, and looks into the same files again. */
static int
ask_helper(const char *path, enum userns_side side, pid_t pid, const struct oci_id_map_list *map,
	   struct arena *arena, struct error *err)
{
	struct text_list numbers = runtime_linux_id_numbers(map, arena);

	return userns_ask_helper(path, side, pid, &numbers, arena, err);
}

/* Nobody in there may drop a group: files that deny it access would be open (user_namespaces(7)). */
static int
map_ourselves(pid_t pid, struct arena *arena, struct error *err)
{
	const char *process = arena_format(arena, "/proc/%d", (int) pid);
	const char *user = arena_format(arena, "0 %u 1", geteuid());
	const char *group = arena_format(arena, "0 %u 1", getegid());

	TRY(file_write_at(AT_FDCWD, arena_format(arena, "%s/uid_map", process), user, err));
	TRY(file_write_at(AT_FDCWD, arena_format(arena, "%s/setgroups", process), "deny", err));
	return file_write_at(AT_FDCWD, arena_format(arena, "%s/gid_map", process), group, err);
}

static int
map_ids(pid_t pid, struct error *err)
{
	scoped_arena arena = { 0 };
	const struct passwd *user = getpwuid(geteuid());
	const char *name = user == NULL ? NULL : user->pw_name;
	const char *for_users = userns_helper(USERNS_USERS, &arena);
	const char *for_groups = userns_helper(USERNS_GROUPS, &arena);
	struct oci_id_map_list users, groups;

	TRY(allotment_read(&users, "/etc/subuid", name, geteuid(), geteuid(), &arena, err));
	TRY(allotment_read(&groups, "/etc/subgid", name, geteuid(), getegid(), &arena, err));
	if (for_users == NULL || for_groups == NULL || users.count < 2 || groups.count < 2) {
		log_debug("there are no other ids for us: %s",
			  for_users == NULL || for_groups == NULL
				  ? "newuidmap or newgidmap is not there"
				  : "/etc/subuid or /etc/subgid has none");
		return map_ourselves(pid, &arena, err);
	}
	TRY(ask_helper(for_users, USERNS_USERS, pid, &users, &arena, err));
	return ask_helper(for_groups, USERNS_GROUPS, pid, &groups, &arena, err);
}

/* ---- the namespace --------------------------------------------------------------------------- */

static int
explain(struct error *err)
{
	switch (errno) {
	case EPERM:
	case EACCES:
		return fail_errno(err,
				  "make a user namespace, as all but root need one "
				  "(kernel.unprivileged_userns_clone, AppArmor or a sandbox may be in the way)");
	case ENOSPC:
		return fail(err,
			    "make a user namespace: user.max_user_namespaces allows no more");
	default: return fail_errno(err, "make a user namespace");
	}
}

int
realm_enter(struct error *err)
{
	int pidfd = -1;

	if (geteuid() == 0)
		return 0;
	pid_t pid = userns_placeholder(&pidfd);
	if (pid < 0)
		return explain(err);
	scoped_fd placeholder = pidfd;
	int result = map_ids(pid, err);
	if (result < 0)
		(void) error_prefix(err, "map ids");
	else if (setns(placeholder, CLONE_NEWUSER) < 0)
		result = fail_errno(err, "enter the user namespace");
	process_destroy(placeholder);
	return result < 0 ? -1 : 1;
}
