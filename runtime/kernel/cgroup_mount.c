/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The container's cgroup is bound where it wants to see it. Below a cgroup namespace that is the
 * same as a mount of its own, which would cost a super block more and be refused to many user
 * namespaces; without one it is the only way not to show the whole of v1.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/filesystem.h"
#include "runtime/kernel/mount_options.h"
#include "runtime/kernel/remount.h"

/* No device or program was ever found in a cgroup. */
#define ALWAYS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Attaches the mount with these attributes, as early as the kernel can set them. */
static int
attach(int mount, int target, const struct mount_change *change, struct error *err)
{
	int later = GET(detached_change(mount, change, err));

	TRY(detached_attach(mount, target, err));
	return later == 1 ? remount_change(mount, change, err) : 0;
}

static struct mount_change
change_to(uint64_t attributes)
{
	return (struct mount_change){ .top = { .set = attributes, .propagation = MS_PRIVATE } };
}

static int
bind(const char *path, int target, uint64_t attributes, struct error *err)
{
	const struct mount_change change = change_to(attributes);
	scoped_fd mount = GET(detached_clone(AT_FDCWD, path, 0, err));

	return attach(mount, target, &change, err);
}

/* ---- without a cgroup of its own ------------------------------------------------------------- */

/*
 * What is shown then is its caller's, so nothing of it may be written to: neither by way of another
 * mount of the same directories (CVE-2023-25809).
 */
static int
show_host(const char *path, int target, uint64_t attributes, struct error *err)
{
	const struct mount_change change = {
		.tree = { .set = attributes | MOUNT_ATTR_RDONLY, .propagation = MS_PRIVATE },
	};
	scoped_fd mount = GET(detached_clone(AT_FDCWD, path, AT_RECURSIVE, err));

	return attach(mount, target, &change, err);
}

static int
show_namespace(int target, uint64_t attributes, struct error *err)
{
	const struct filesystem fresh = {
		.type = "cgroup2",
		.source = "cgroup2",
		.attributes = attributes | MOUNT_ATTR_RDONLY,
	};
	scoped_fd mount = GET(filesystem_make(&fresh, err));

	return detached_attach(mount, target, err);
}

static int
show_callers(int target, bool own_namespace, uint64_t attributes, struct error *err)
{
	struct error ignored;

	if (own_namespace && cgroup_host_layout() == CGROUP_UNIFIED &&
	    show_namespace(target, attributes, &ignored) == 0)
		return 0;
	return show_host(CGROUP_HOST_MOUNT, target, attributes, err);
}

/* ---- with one -------------------------------------------------------------------------------- */

static int
bind_hierarchy(const struct cgroup_hierarchy *hierarchy, int target, uint64_t attributes,
	       struct error *err)
{
	scoped_arena arena = { 0 };

	return bind(arena_format(&arena, "%s%s", hierarchy->mount, hierarchy->path), target,
		    attributes, err);
}

/* Without a namespace all of the tree is in sight, as programs that manage cgroups expect. */
static int
show_unified(const struct cgroup_hierarchy *hierarchy, int target, bool own_namespace,
	     uint64_t attributes, struct error *err)
{
	if (own_namespace)
		return bind_hierarchy(hierarchy, target, attributes, err);
	if (!cgroup_host_has_root())
		attributes |= MOUNT_ATTR_RDONLY;
	return bind(hierarchy->mount, target, attributes, err);
}

/* "cpu" → "cpu,cpuacct": each controller is found by its own name too. */
static int
link_controllers(int directory, const char *controllers, const char *name, struct error *err)
{
	scoped_arena arena = { 0 };
	struct text_list list = text_split(&arena, controllers, ',');

	FOR_EACH(controller, &list) {
		if (text_after(*controller, "name=") != NULL || text_equal(*controller, name) ||
		    list.count < 2)
			continue;
		if (symlinkat(name, directory, *controller) < 0)
			return fail_errno(err, "link cgroup controller %s", *controller);
	}
	return 0;
}

static int
show_hierarchy(const struct cgroup_hierarchy *hierarchy, int directory, uint64_t attributes,
	       struct error *err)
{
	const char *name = path_base(hierarchy->mount);

	if (mkdirat(directory, name, 0755) < 0)
		return fail_errno(err, "make directory %s for a cgroup", name);

	scoped_fd target = GET(file_open(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, err));
	TRY(bind_hierarchy(hierarchy, target, attributes, err));
	return link_controllers(directory, hierarchy->controllers, name, err);
}

static int
show_legacy(const struct cgroup *cgroup, int target, uint64_t attributes, struct error *err)
{
	const char *words[] = { "mode=755", "size=64k" };
	const struct text_list data = { words, COUNT(words) };
	const struct filesystem shelf = {
		.type = "tmpfs",
		.source = "tmpfs",
		.data = &data,
		.attributes = attributes & ~(uint64_t) MOUNT_ATTR_RDONLY,
	};
	const struct mount_change change = change_to(attributes);
	scoped_fd directory = GET(filesystem_make(&shelf, err));

	TRY(detached_attach(directory, target, err));
	for (size_t i = 0; i < cgroup->count; i++)
		TRY(show_hierarchy(&cgroup->hierarchies[i], directory, attributes, err));
	if ((attributes & MOUNT_ATTR_RDONLY) == 0)
		return 0;
	return GET(detached_change(directory, &change, err)) == 1
		       ? remount_change(directory, &change, err)
		       : 0;
}

static uint64_t
attributes_of(unsigned long flags)
{
	return (mount_options_attributes(flags) & ~(uint64_t) MOUNT_ATTR__ATIME) | ALWAYS;
}

int
cgroup_mount(const struct cgroup *cgroup, int target, bool own_namespace, bool readonly,
	     unsigned long flags, struct error *err)
{
	const uint64_t attributes = attributes_of(flags) | (readonly ? MOUNT_ATTR_RDONLY : 0);

	if (cgroup->count == 0)
		return show_callers(target, own_namespace, attributes, err);
	if (cgroup->layout == CGROUP_UNIFIED)
		return show_unified(cgroup_hierarchy_unified(cgroup), target, own_namespace,
				    attributes, err);
	return show_legacy(cgroup, target, attributes, err);
}

int
cgroup_mount_unified(const struct cgroup *cgroup, int target, bool own_namespace,
		     unsigned long flags, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);
	const uint64_t attributes = attributes_of(flags);

	if (unified != NULL)
		return show_unified(unified, target, own_namespace, attributes, err);
	return show_host(cgroup_host_layout() == CGROUP_UNIFIED ? CGROUP_HOST_MOUNT
								: CGROUP_HOST_UNIFIED,
			 target, attributes, err);
}
