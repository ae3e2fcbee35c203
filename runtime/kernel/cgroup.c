/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a cgroup is done here hierarchy by hierarchy; how, is known to the files beside
 * this one. A container that nobody limits still gets a cgroup in each hierarchy: it is how its
 * processes are found, frozen and counted.
 */
#include "runtime/kernel/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/cgroup_limits.h"
#include "runtime/kernel/cgroup_member.h"
#include "runtime/kernel/cgroup_path.h"
#include "runtime/kernel/cgroup_record.h"
#include "runtime/kernel/cgroup_scope.h"
#include "runtime/kernel/cgroup_systemd.h"
#include "runtime/kernel/cgroup_room.h"
#include "runtime/kernel/cgroup_v1.h"
#include "runtime/kernel/cgroup_v2.h"

enum cgroup_layout
cgroup_find_layout(void)
{
	return cgroup_host_layout();
}

/*
 * In v2 a cgroup with processes, as ours is, cannot have children with limits; so the container's
 * is made beside it. Where that is not ours to write to, below it is better than nothing.
 */
static void
choose_place(struct cgroup_hierarchy *hierarchy, const struct cgroup_request *request, struct arena *arena)
{
	const bool is_unified = cgroup_hierarchy_is_unified(hierarchy);
	const char *own = hierarchy->path;

	hierarchy->path = cgroup_path_choose(arena, request->path, request->id,
					     cgroup_path_base(arena, own, is_unified));
	if (is_unified && cgroup_path_is_relative(request->path))
		hierarchy->second = cgroup_path_choose(arena, request->path, request->id,
						       cgroup_path_base(arena, own, false));
}

static int
make_in(struct cgroup_hierarchy *hierarchy, const struct cgroup_request *request, struct error *err)
{
	const bool is_unified = cgroup_hierarchy_is_unified(hierarchy);
	const unsigned wanted = is_unified ? cgroup_v2_wanted(request->resources) : 0;
	int denied = GET(cgroup_hierarchy_make(hierarchy, wanted, err));

	if (denied == 0 || hierarchy->second == NULL)
		return denied;
	hierarchy->path = hierarchy->second;
	return cgroup_hierarchy_make(hierarchy, wanted, err);
}

/*
 * Makes all, and forgets those that we may do without; `denied` says why. Who named a path wants one at
 * least.
 */
static int
make_hierarchies(struct cgroup *cgroup, const struct cgroup_request *request, struct error *denied, struct error *err)
{
	size_t kept = 0;

	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		int refused = GET(make_in(hierarchy, request, err));

		if (refused == 1) {
			*denied = *err;
			(void) error_prefix(denied, hierarchy->mount);
			if (request->may_fail)
				continue;
			*err = *denied;
			return -1;
		}
		struct cgroup_hierarchy made = *hierarchy;
		hierarchy->fd = -1;
		hierarchy->ours = false;
		cgroup->hierarchies[kept++] = made;
	}
	cgroup->count = kept;
	if (kept > 0 || denied->code == 0 || text_is_empty(request->path))
		return 0;
	*err = *denied;
	return -1;
}

/* Limits that were asked for, and nothing that could have them: what runc says is looked for. */
static int
explain_lack(const struct error *denied, struct error *err)
{
	scoped_arena arena = { 0 };

	return fail(err,
		    "%s%s%s; rootless needs no limits + no cgrouppath when no permission is granted "
		    "for cgroups",
		    arena_text(&arena, err->text), denied->code != 0 ? ": " : "", denied->text);
}

static int
make_all(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
	 struct error *err)
{
	const struct cgroup_hierarchy *unified;
	struct error denied = { 0 };

	if (request->driver == CGROUP_SYSTEMD)
		TRY(cgroup_scope_make(cgroup, request, arena, err));
	else
		TRY(make_hierarchies(cgroup, request, &denied, err));
	unified = cgroup_hierarchy_unified(cgroup);
	if (request->may_fail && unified != NULL)
		TRY(cgroup_room_make(unified, request->resources, arena, err));
	if (request->delegate && cgroup->layout == CGROUP_UNIFIED && unified != NULL)
		TRY(cgroup_v2_delegate(unified->fd, request->root_uid, err));
	TRY(cgroup_open_entries(cgroup, err));
	if (cgroup_limits_set(cgroup, request->resources, err) < 0)
		return cgroup->count == 0 ? explain_lack(&denied, err) : -1;
	cgroup_scope_make_room(cgroup);
	return 0;
}

/* One that was there before and is empty becomes ours too, once nothing can go wrong any more. */
static void
adopt(struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->count; i++)
		cgroup->hierarchies[i].ours = true;
	cgroup->made = cgroup->count > 0;
}

static void
undo(struct cgroup *cgroup)
{
	struct error unheard;

	/* If it was descriptors that we lacked, these are what removing can have. */
	for (size_t i = 0; i < cgroup->count; i++)
		fd_close(&cgroup->hierarchies[i].fd);
	(void) cgroup_remove(cgroup, &unheard); /* the first error is the one to tell */
	cgroup_done(cgroup);
}

int
cgroup_plan(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
	    struct error *err)
{
	*cgroup = (struct cgroup){ .driver = request->driver };
	if (request->driver != CGROUP_FILES)
		return 0;
	TRY(cgroup_path_check(request->path, err));
	TRY(cgroup_host_find(cgroup, cgroup_path_is_relative(request->path), arena, err));
	if (cgroup->count == 0 && !request->may_fail)
		return fail(err,
			    "make cgroup: no cgroup file system is mounted at " CGROUP_HOST_MOUNT);
	for (size_t i = 0; i < cgroup->count; i++)
		choose_place(&cgroup->hierarchies[i], request, arena);
	return 0;
}

int
cgroup_make(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
	    struct error *err)
{
	if (request->driver == CGROUP_DISABLED)
		return 0;
	if (make_all(cgroup, request, arena, err) < 0) {
		undo(cgroup);
		return -1;
	}
	adopt(cgroup);
	return 0;
}

int
cgroup_birthplace(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	return unified == NULL ? -1 : unified->fd;
}

const char *
cgroup_birth_name(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	return unified == NULL ? NULL : unified->path;
}

int
cgroup_settle(struct cgroup *cgroup, pid_t guest, struct error *err)
{
	return cgroup->keeper.pid == 0 ? 0 : cgroup_scope_settle(cgroup, guest, err);
}

int
cgroup_open_entries(struct cgroup *cgroup, struct error *err)
{
	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];

		if (hierarchy->fd < 0)
			return fail(err, "cgroup %s%s is gone", hierarchy->mount, hierarchy->path);
		if (cgroup_hierarchy_is_unified(hierarchy))
			continue;
		fd_close(&hierarchy->entry);
		hierarchy->entry = file_open(hierarchy->fd, "tasks", O_WRONLY, err);
		if (hierarchy->entry < 0)
			return error_prefixf(err, "%s%s", hierarchy->mount, hierarchy->path);
	}
	return 0;
}

/* True if the wish ("cpu,memory:a/b", or "a/b" for all) means this hierarchy. */
static bool
is_meant(const struct cgroup_hierarchy *hierarchy, const char *wish, const char *colon,
	 struct arena *arena)
{
	if (colon == NULL)
		return true;

	struct text_list names =
		text_split(arena, arena_copy(arena, wish, (size_t) (colon - wish)), ',');
	FOR_EACH(name, &names)
		if (cgroup_file_lists(hierarchy->controllers, ',', *name))
			return true;
	return false;
}

int
cgroup_descend(struct cgroup *cgroup, const char *wish, struct arena *arena, struct error *err)
{
	const char *colon = strchr(wish, ':');
	const char *below = colon == NULL ? wish : colon + 1;
	size_t moved = 0;

	TRY(cgroup_path_check_below(below, err));
	for (size_t i = 0; i < cgroup->count; i++) {
		if (!is_meant(&cgroup->hierarchies[i], wish, colon, arena))
			continue;
		TRY(cgroup_hierarchy_descend(&cgroup->hierarchies[i], below, arena, err));
		moved++;
	}
	if (moved == 0)
		return fail(err, "cgroup: \"%s\" names no hierarchy that the container is in",
			    wish);
	return 0;
}

int
cgroup_follow(struct cgroup *cgroup, pid_t pid, struct arena *arena, struct error *err)
{
	char given[512];
	const char *place;

	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];

		if (!cgroup_hierarchy_is_unified(hierarchy) || hierarchy->fd < 0 ||
		    cgroup_file_read(hierarchy->fd, "cgroup.subtree_control", given,
				     sizeof(given)) <= 0)
			continue;
		TRY(cgroup_host_place_of(&place, pid, CGROUP_UNIFIED, arena, err));
		const char *below = text_after(place, hierarchy->path);
		if (below == NULL || (below[0] != '/' && below[0] != '\0'))
			return fail(err, "process %d has left its cgroup %s%s for %s", (int) pid,
				    hierarchy->mount, hierarchy->path, place);
		TRY(cgroup_hierarchy_descend(hierarchy, below, arena, err));
	}
	return 0;
}

int
cgroup_admit(const struct cgroup *cgroup, pid_t pid, struct error *err)
{
	char text[16];

	(void) snprintf(text, sizeof(text), "%d", (int) pid);
	for (size_t i = 0; i < cgroup->count; i++) {
		const struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		if (file_write_at(hierarchy->fd, "cgroup.procs", text, err) < 0)
			return error_prefixf(err, "%s%s", hierarchy->mount, hierarchy->path);
	}
	return 0;
}

int
cgroup_enter(const struct cgroup *cgroup, struct error *err)
{
	for (size_t i = 0; i < cgroup->count; i++) {
		const struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		if (hierarchy->entry >= 0 && write(hierarchy->entry, "0", 1) < 0)
			return fail_errno(err, "enter cgroup %s%s", hierarchy->mount,
					  hierarchy->path);
	}
	return 0;
}

static int
open_recorded(struct cgroup *cgroup, const char *record, bool only_freezers, struct arena *arena, struct error *err)
{
	TRY(cgroup_record_read(cgroup, record, arena, err));

	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");
	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		if (only_freezers && hierarchy != unified && hierarchy != freezer)
			continue;
		if (cgroup_hierarchy_open(hierarchy, err) < 0) {
			cgroup_done(cgroup);
			return -1;
		}
	}
	return 0;
}

int
cgroup_open(struct cgroup *cgroup, const char *record, struct arena *arena, struct error *err)
{
	return open_recorded(cgroup, record, false, arena, err);
}

int
cgroup_open_freezers(struct cgroup *cgroup, const char *record, struct arena *arena, struct error *err)
{
	return open_recorded(cgroup, record, true, arena, err);
}

void
cgroup_done(struct cgroup *cgroup)
{
	cgroup_systemd_abandon(cgroup);
	for (size_t i = 0; i < cgroup->count; i++) {
		fd_close(&cgroup->hierarchies[i].fd);
		fd_close(&cgroup->hierarchies[i].entry);
	}
	cgroup->count = 0;
}

int
cgroup_update(const struct cgroup *cgroup, const struct oci_resources *resources, struct error *err)
{
	scoped_arena arena = { 0 };
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	for (size_t i = 0; i < cgroup->count; i++) {
		const struct cgroup_hierarchy *hierarchy = &cgroup->hierarchies[i];
		if (hierarchy->fd < 0)
			return fail(err, "cgroup %s%s is gone", hierarchy->mount, hierarchy->path);
	}
	if (cgroup->unit != NULL)
		TRY(cgroup_scope_update(cgroup, resources, err));
	if (unified != NULL) {
		scoped_fd mount = GET(cgroup_hierarchy_open_mount(unified, err));
		cgroup_v2_enable(mount, unified->fd, unified->path, cgroup_v2_wanted(resources));
		if (!cgroup_host_has_root())
			TRY(cgroup_room_make(unified, resources, &arena, err));
	}
	if (cgroup_limits_change(cgroup, resources, err) == 0)
		return 0;
	if (cgroup->count > 0 || cgroup->driver == CGROUP_DISABLED)
		return -1;
	return explain_lack(&(struct error){ 0 }, err);
}

int
cgroup_freeze(const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");
	int late;

	if (unified != NULL && unified->fd >= 0)
		late = GET(cgroup_v2_freeze(unified->fd, err));
	else if (freezer != NULL && freezer->fd >= 0)
		late = GET(cgroup_v1_freeze(freezer->fd, err));
	else
		return fail(err, "freeze the cgroup: there is none, or none that can freeze");
	return late == 0 ? 0
			 : fail(err, "freeze the cgroup: some processes would not stop in time");
}

/* Whoever froze it, and by whichever means. */
int
cgroup_thaw(const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");

	if (unified != NULL && unified->fd >= 0)
		TRY(cgroup_v2_thaw(unified->fd, err));
	return freezer != NULL && freezer->fd >= 0 ? cgroup_v1_thaw(freezer->fd, err) : 0;
}

int
cgroup_is_frozen(const struct cgroup *cgroup, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *freezer = cgroup_hierarchy_with(cgroup, "freezer");

	if (unified != NULL && unified->fd >= 0 && GET(cgroup_v2_is_frozen(unified->fd, err)) == 1)
		return 1;
	return freezer != NULL && freezer->fd >= 0 ? cgroup_v1_is_frozen(freezer->fd, err) : 0;
}

int
cgroup_members(const struct cgroup *cgroup, struct cgroup_members *members, struct arena *arena,
	       struct error *err)
{
	const struct cgroup_hierarchy *main = cgroup_hierarchy_main(cgroup);

	*members = (struct cgroup_members){ 0 };
	return main == NULL ? 0 : cgroup_member_list(main->fd, members, arena, err);
}

uint64_t
cgroup_oom_kills(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *old = cgroup_hierarchy_with(cgroup, "memory");
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *holder = old != NULL ? old : unified;
	char text[1024];
	uint64_t kills;

	if (holder == NULL || holder->fd < 0 ||
	    cgroup_file_read(holder->fd, old != NULL ? "memory.oom_control" : "memory.events", text,
			     sizeof(text)) < 0 ||
	    !cgroup_file_key(text, "oom_kill", &kills))
		return 0;
	return kills;
}
