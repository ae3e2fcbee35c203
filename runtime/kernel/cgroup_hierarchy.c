/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_member.h"
#include "runtime/kernel/cgroup_v1.h"
#include "runtime/kernel/cgroup_v2.h"

bool
cgroup_hierarchy_is_unified(const struct cgroup_hierarchy *hierarchy)
{
	return hierarchy->controllers[0] == '\0';
}

const struct cgroup_hierarchy *
cgroup_hierarchy_unified(const struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->count; i++)
		if (cgroup_hierarchy_is_unified(&cgroup->hierarchies[i]))
			return &cgroup->hierarchies[i];
	return NULL;
}

const struct cgroup_hierarchy *
cgroup_hierarchy_with(const struct cgroup *cgroup, const char *controller)
{
	for (size_t i = 0; i < cgroup->count; i++)
		if (cgroup_file_lists(cgroup->hierarchies[i].controllers, ',', controller))
			return &cgroup->hierarchies[i];
	return NULL;
}

const struct cgroup_hierarchy *
cgroup_hierarchy_of_file(const struct cgroup *cgroup, const char *file)
{
	char controller[32];
	size_t n = strcspn(file, ".");

	assert(n < sizeof(controller));
	memcpy(controller, file, n);
	controller[n] = '\0';
	return cgroup_hierarchy_with(cgroup, text_equal(controller, "io") ? "blkio" : controller);
}

const struct cgroup_hierarchy *
cgroup_hierarchy_main(const struct cgroup *cgroup)
{
	const struct cgroup_hierarchy *best = cgroup_hierarchy_unified(cgroup);

	if (best == NULL || best->fd < 0)
		best = cgroup_hierarchy_with(cgroup, "freezer");
	for (size_t i = 0; i < cgroup->count && (best == NULL || best->fd < 0); i++)
		best = &cgroup->hierarchies[i];
	return best != NULL && best->fd >= 0 ? best : NULL;
}

static const char *
relative(const char *path)
{
	return path[0] == '/' ? path + 1 : path;
}

static bool
is_denied(int code)
{
	return code == EACCES || code == EPERM || code == EROFS;
}

/* Mostly only the last directory is missing, so that is tried first. Returns 1 if it was there. */
static int
make_directory(int mount, const char *path, struct error *err)
{
	scoped_arena arena = { 0 };

	if (mkdirat(mount, path, 0755) == 0)
		return 0;
	if (errno == ENOENT) {
		char *above = arena_text(&arena, path);
		char *slash = strrchr(above, '/');
		if (slash != NULL) {
			*slash = '\0';
			TRY(file_make_directories(mount, above, 0755, err));
		}
		if (mkdirat(mount, path, 0755) == 0)
			return 0;
	}
	return errno == EEXIST ? 1 : fail_errno(err, "make cgroup /%s", path);
}

static int
refuse_used(const struct cgroup_hierarchy *hierarchy, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_members members = { 0 };

	TRY(cgroup_member_list(hierarchy->fd, &members, &arena, err));
	if (members.count > 0)
		return fail(err, "container's cgroup is not empty: process %d is in %s%s",
			    (int) members.items[0], hierarchy->mount, hierarchy->path);
	if (GET(cgroup_v1_is_frozen(hierarchy->fd, err)) == 1 || GET(cgroup_v2_is_frozen(hierarchy->fd, err)) == 1)
		return fail(err, "container's cgroup unexpectedly frozen: %s%s", hierarchy->mount,
			    hierarchy->path);
	return 0;
}

static int
make(struct cgroup_hierarchy *hierarchy, unsigned wanted, bool must_be_unused, struct error *err)
{
	scoped_fd mount = GET(cgroup_hierarchy_open_mount(hierarchy, err));
	const char *path = relative(hierarchy->path);
	int made = make_directory(mount, path, err);

	if (made < 0)
		return is_denied(err->code) ? 1 : error_prefix(err, hierarchy->mount);
	hierarchy->ours = made == 0;
	hierarchy->fd = GET(beneath_open(mount, path, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, err));
	if (!hierarchy->ours && must_be_unused)
		TRY(refuse_used(hierarchy, err));
	if (cgroup_hierarchy_is_unified(hierarchy))
		cgroup_v2_enable(mount, hierarchy->fd, path, wanted);
	else if (cgroup_file_lists(hierarchy->controllers, ',', "cpuset"))
		TRY(cgroup_v1_fill_cpuset(mount, path, err));
	return 0;
}

int
cgroup_hierarchy_make(struct cgroup_hierarchy *hierarchy, unsigned wanted, struct error *err)
{
	return make(hierarchy, wanted, true, err);
}

int
cgroup_hierarchy_adopt(struct cgroup_hierarchy *hierarchy, unsigned wanted, struct error *err)
{
	return make(hierarchy, wanted, false, err);
}

int
cgroup_hierarchy_open(struct cgroup_hierarchy *hierarchy, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *path = arena_format(&arena, "%s%s", hierarchy->mount, hierarchy->path);

	if (file_open_if_there(&hierarchy->fd, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_NOFOLLOW,
			       err) < 0)
		return error_prefix(err, "cgroup");
	return 0;
}

int
cgroup_hierarchy_descend(struct cgroup_hierarchy *hierarchy, const char *below, struct arena *arena,
			 struct error *err)
{
	if (hierarchy->fd < 0)
		return fail(err, "cgroup %s%s is gone", hierarchy->mount, hierarchy->path);
	scoped_fd fd =
		beneath_open(hierarchy->fd, below, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0, err);

	if (fd < 0)
		return error_prefixf(err, "cgroup %s%s", hierarchy->mount, hierarchy->path);
	fd_close(&hierarchy->fd);
	hierarchy->fd = fd_take(&fd);
	hierarchy->path = path_clean(arena, arena_format(arena, "%s/%s", hierarchy->path, below));
	return 0;
}

int
cgroup_hierarchy_open_mount(const struct cgroup_hierarchy *hierarchy, struct error *err)
{
	return file_open(AT_FDCWD, hierarchy->mount, O_PATH | O_DIRECTORY, err);
}
