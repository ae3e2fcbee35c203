/* SPDX-License-Identifier: Apache-2.0 */
/*
 * D-Bus is asked as little as can be, since a host where containers come and go has but one systemd.
 * A scope costs one call, an update two, and the end of a scope none: the kernel tells systemd that
 * nobody is in it any more, systemd removes it, and that it has done so is seen by its directory.
 */
#include "runtime/kernel/cgroup_scope.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/cgroup_property.h"
#include "runtime/kernel/cgroup_systemd.h"
#include "runtime/kernel/cgroup_v2.h"
#include "runtime/kernel/cgroup_wait.h"

#define KILL_SECONDS 10
#define PRUNE_TRIES 40 /* pauses that grow to 10 ms each: a third of a second */

/* ---- making ------------------------------------------------------------------------------------- */

/* What every unit of ours is. A caller's annotations come later, and what comes later wins. */
static void
add_nature(struct text_list *words, const struct cgroup_unit *unit, const char *id,
	   struct arena *arena)
{
	static const char *const accounts[] = { "CPUAccounting", "IOAccounting", "MemoryAccounting",
						"TasksAccounting" };

	cgroup_property_add_text(words, "Description",
				 arena_format(arena, "runlet container %s", id), arena);
	for (size_t i = 0; i < COUNT(accounts); i++)
		cgroup_property_add_bool(words, accounts[i], true, arena);
	cgroup_property_add_bool(words, "DefaultDependencies", false, arena);
	cgroup_property_add_text(words, "CollectMode", "inactive-or-failed", arena);
	if (unit->slice == NULL)
		return;

	/* Process 0 is whoever asks. */
	static const char *const who[] = { "PIDs", "au", "1", "0" };
	for (size_t i = 0; i < COUNT(who); i++)
		list_add(words, arena, who[i]);
	cgroup_property_add_text(words, "Slice", unit->slice, arena);
	cgroup_property_add_bool(words, "Delegate", true, arena);
}

/* Not on v2, where what systemd is not told it does not touch. */
static int
add_devices(struct text_list *words, const struct oci_device_rule_list *rules,
	    enum cgroup_layout layout, struct arena *arena, struct error *err)
{
	return layout == CGROUP_UNIFIED ? 0 : cgroup_property_add_devices(words, rules, arena, err);
}

static int
start_unit(struct cgroup *cgroup, const struct cgroup_request *request, const char **path,
	   struct arena *arena, struct error *err)
{
	static const struct oci_device_rule_list no_rules = { 0 };
	static const struct cgroup_now nothing = { 0 };
	const struct oci_resources *resources = request->resources;
	struct cgroup_unit unit;
	struct text_list words = { 0 };

	TRY(cgroup_unit_name(&unit, request->path, request->id, cgroup_systemd_is_for_user(), arena,
			     err));
	add_nature(&words, &unit, request->id, arena);
	TRY(cgroup_property_add_resources(&words, resources, cgroup->layout, &nothing, arena, err));
	TRY(add_devices(&words, resources == NULL ? &no_rules : &resources->devices, cgroup->layout,
			arena, err));
	if (request->annotations != NULL)
		TRY(cgroup_property_add_annotations(&words, request->annotations, arena, err));
	return cgroup_systemd_start(cgroup, &unit, &words, path, arena, err);
}

int
cgroup_scope_make(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena,
		  struct error *err)
{
	const char *path;
	size_t kept = 0;

	cgroup->layout = cgroup_host_layout();
	if (cgroup->layout == CGROUP_NONE)
		return fail(err,
			    "make cgroup: no cgroup file system is mounted at " CGROUP_HOST_MOUNT);
	TRY(start_unit(cgroup, request, &path, arena, err));
	TRY(cgroup_host_find(cgroup, false, arena, err));
	for (size_t i = 0; i < cgroup->count; i++) {
		struct cgroup_hierarchy hierarchy = cgroup->hierarchies[i];
		unsigned wanted = cgroup_hierarchy_is_unified(&hierarchy)
					  ? cgroup_v2_wanted(request->resources)
					  : 0;
		hierarchy.path = path;
		cgroup->hierarchies[i].fd = -1;
		if (GET(cgroup_hierarchy_adopt(&hierarchy, wanted, err)) == 0)
			cgroup->hierarchies[kept++] = hierarchy;
		else if (cgroup_host_has_root())
			return error_prefix(err, hierarchy.mount);
	}
	cgroup->count = kept;
	return 0;
}

/* ---- the keeper ---------------------------------------------------------------------------------- */

static const struct cgroup_hierarchy *
holder_of_pids(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *old = cgroup_hierarchy_with(cgroup, "pids");

	return old != NULL ? old : cgroup_hierarchy_unified(cgroup);
}

/* Where there is room for one only, the keeper has it. */
void
cgroup_scope_make_room(struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *holder = holder_of_pids(cgroup);
	uint64_t most;

	if (cgroup->keeper.pid != 0 && holder != NULL &&
	    cgroup_file_number(holder->fd, "pids.max", &most) && most == 1)
		cgroup->is_widened = cgroup_file_write(holder->fd, "pids.max", "2") == 0;
}

/*
 * On v2 the guest is born in the cgroup. On v1 it goes there by itself, a little later; but if nobody
 * were in systemd's own hierarchy meanwhile, systemd would clear it away.
 */
static int
hold_place(const struct cgroup *cgroup, pid_t guest, struct error *err)
{
	const struct cgroup_hierarchy *systemd = cgroup_hierarchy_with(cgroup, "name=systemd");
	char text[16];

	if (cgroup_birthplace(cgroup) >= 0 || systemd == NULL)
		return 0;
	(void) snprintf(text, sizeof(text), "%d", (int) guest);
	return file_write_at(systemd->fd, "cgroup.procs", text, err);
}

int
cgroup_scope_settle(struct cgroup *cgroup, pid_t guest, struct error *err)
{
	TRY(hold_place(cgroup, guest, err));
	cgroup_systemd_leave(cgroup);
	if (!cgroup->is_widened)
		return 0;
	cgroup->is_widened = false;
	return file_write_at(holder_of_pids(cgroup)->fd, "pids.max", "1", err);
}

/* ---- later ---------------------------------------------------------------------------------------- */

/* "QUOTA PERIOD" on v2, two files on v1. */
static void
read_bandwidth(struct cgroup_now *now, const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const struct cgroup_hierarchy *cpu = cgroup_hierarchy_with(cgroup, "cpu");
	char text[64] = "";

	if (unified != NULL && cgroup_file_read(unified->fd, "cpu.max", text, sizeof(text)) > 0) {
		if (sscanf(text, "%" SCNd64 " %" SCNu64, &now->quota, &now->period) != 2)
			(void) sscanf(text, "max %" SCNu64, &now->period);
	} else if (cpu != NULL) {
		if (cgroup_file_read(cpu->fd, "cpu.cfs_quota_us", text, sizeof(text)) > 0)
			now->quota = strtoll(text, NULL, 10);
		(void) cgroup_file_number(cpu->fd, "cpu.cfs_period_us", &now->period);
	}
}

static struct cgroup_now
what_holds(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	struct cgroup_now now = { 0 };
	uint64_t memory = 0;

	if (unified != NULL && cgroup_file_number(unified->fd, "memory.max", &memory) && memory <= INT64_MAX)
		now.memory = (int64_t) memory;
	read_bandwidth(&now, cgroup);
	return now;
}

int
cgroup_scope_update(const struct cgroup *cgroup, const struct oci_resources *resources,
		    struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list words = { 0 };
	const struct cgroup_now now = what_holds(cgroup);

	TRY(cgroup_property_add_resources(&words, resources, cgroup->layout, &now, &arena, err));
	if (resources->devices.count > 0)
		TRY(add_devices(&words, &resources->devices, cgroup->layout, &arena, err));
	return cgroup_systemd_set(cgroup, &words, err);
}

/* The hierarchy by which systemd itself knows who is in a unit. NULL if the cgroup is in none. */
static const struct cgroup_hierarchy *
systemds_own(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	return unified != NULL ? unified : cgroup_hierarchy_with(cgroup, "name=systemd");
}

/* Returns 1 if its directory is gone. */
static int
look_for(const struct cgroup_hierarchy *hierarchy, struct arena *arena, struct error *err)
{
	return file_look_for(AT_FDCWD, arena_format(arena, "%s%s", hierarchy->mount, hierarchy->path), err);
}

static int
kill_all(const struct cgroup *cgroup, const struct cgroup_hierarchy *own, struct error *err)
{
	const struct cgroup_wait wait = cgroup_wait_for(KILL_SECONDS);

	if (own->fd < 0)
		return 0;
	TRY(cgroup_signal(cgroup, SIGKILL, err));
	if (cgroup_hierarchy_is_unified(own) &&
	    GET(cgroup_wait_event(own->fd, "populated", 0, &wait, err)) == 1)
		log_debug("unit %s: some processes do not end, continuing", cgroup->unit);
	return 0;
}

static bool
is_pruned(const struct cgroup_hierarchy *own, struct arena *arena)
{
	struct cgroup_wait wait = cgroup_wait_for(1);
	struct error unknown;

	for (unsigned tries = 0; tries < PRUNE_TRIES; tries++) {
		if (look_for(own, arena, &unknown) == 1)
			return true;
		(void) cgroup_wait_pause(&wait);
	}
	return false;
}

/* A scope that systemd does not hear of ends once its directory is gone, which is up to our caller. */
int
cgroup_scope_end(struct cgroup *cgroup, struct error *err)
{
	scoped_arena arena = { 0 };
	const bool is_slice = cgroup_unit_is_slice(cgroup->unit);
	const struct cgroup_hierarchy *own = systemds_own(cgroup);
	struct error unknown;

	cgroup_systemd_abandon(cgroup);
	if (own != NULL && GET(look_for(own, &arena, err)) == 1)
		return 0;
	if (own != NULL && kill_all(cgroup, own, err) < 0) /* or systemd was faster than we */
		return look_for(own, &arena, &unknown) == 1 ? 0 : -1;
	if (own != NULL && !is_slice && is_pruned(own, &arena))
		return 0;
	if (cgroup_systemd_stop(cgroup, err) == 0)
		return 0;
	if (is_slice)
		return -1;
	log_warn("%s, continuing", err->text);
	return 0;
}
