/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mounts.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/bind.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/mount_kinds.h"
#include "runtime/kernel/mount_target.h"
#include "runtime/kernel/remount.h"

struct mount_source {
	struct mount_options options;
	const struct mount_kind *kind; /* NULL for a bind */
	const char *destination;       /* cleaned, begins with "/" */
	const char *path;          /* of a bind's source when the guest has to clone it, absolute */
	unsigned long propagation; /* of a bind that says nothing of it */
	struct mount_change rest;  /* what must wait until it is attached, on old kernels */
	enum mount_shape shape;
	int fd; /* the mount: detached, then attached */
	bool has_rest;
};

/* config.md: the type is ignored when the options say bind; engines write "bind", "rbind" or
 * "none". */
static bool
is_bind(const struct oci_mount *mount, const struct mount_options *options)
{
	return options->bind || text_equal(mount->type, "bind") || text_equal(mount->type, "rbind");
}

static int
check_options(const struct mount_source *source, struct error *err)
{
	const struct mount_options *options = &source->options;

	if (source->kind == NULL && options->data.count > 0)
		return fail(err, "a bind mount cannot have options of a file system: \"%s\"",
			    options->data.items[0]);
	if (source->kind != NULL && options->idmap)
		return fail(err, "only bind mounts can have id maps");
	return 0;
}

/* Where in the container; the fine judgement follows when it is opened. */
static int
check_destination(const struct mount_source *source, struct error *err)
{
	const char *path = source->destination, *below = text_after(path, "/proc");
	bool is_proc = source->kind != NULL && text_equal(source->kind->type, "proc");

	if (text_equal(path, "/"))
		return fail(err, "the root itself cannot be mounted over");
	if (below == NULL || (*below != '\0' && *below != '/'))
		return 0;
	if (*below == '\0' && !is_proc && source->kind != NULL)
		return fail(err, "\"/proc\" cannot be mounted because it is not of type proc");
	if (*below == '/' && !mount_target_may_lie_in_proc(path))
		return fail(err, "\"%s\" cannot be mounted because it is inside /proc", path);
	return 0;
}

/* What is below /proc in a container is believed, so only a real procfs may be bound there. */
static int
check_bound_proc(const struct mount_source *source, int fd, struct error *err)
{
	struct statfs fs;

	if (!text_equal(source->destination, "/proc"))
		return 0;
	if (fstatfs(fd, &fs) < 0)
		return fail_errno(err, "look at the source");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return fail(err, "\"/proc\" cannot be mounted because it is not of type proc");
	return 0;
}

/* A private mount sees nothing of what the host does later; who wants to see it says so. */
static unsigned long
find_propagation(const struct oci_config *config)
{
	switch (config->linux_ != NULL ? (int) config->linux_->rootfs_propagation : 0) {
	case OCI_PROPAGATION_SHARED:
	case OCI_PROPAGATION_RSHARED:
	case OCI_PROPAGATION_SLAVE:
	case OCI_PROPAGATION_RSLAVE:
		return MS_SLAVE;
	default:
		return MS_PRIVATE;
	}
}

static int
change_bind(struct mount_source *source, bool locked, struct error *err)
{
	const struct bind bind = {
		.options = &source->options,
		.propagation = source->propagation,
		.locked = locked,
		.user_namespace = -1,
	};

	source->has_rest = GET(bind_change(source->fd, &bind, &source->rest, err)) != 0;
	return 0;
}

static int
judge_bind(struct mount_source *source, struct error *err)
{
	struct stat st;

	if (fstat(source->fd, &st) < 0)
		return fail_errno(err, "look at the source");
	source->shape = S_ISDIR(st.st_mode) ? MOUNT_SHAPE_DIRECTORY : MOUNT_SHAPE_FILE;
	return check_bound_proc(source, source->fd, err);
}

/* The path of an fd of ours, for the guest, which cannot use the fd: its mounts are copies. */
static int
name_source(const char **name, int bundle, const char *path, struct arena *arena, struct error *err)
{
	char link[32], target[4096];
	scoped_fd fd = openat(bundle, path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "open \"%s\"", path);
	(void) snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, target, sizeof(target));
	if (n < 0 || n == sizeof(target))
		return fail_errno(err, "find the path of \"%s\"", path);
	*name = arena_copy(arena, target, (size_t) n);
	return 0;
}

static int
open_bind(struct mounts *mounts, struct mount_source *source, const struct oci_mount *mount,
	  int bundle, struct arena *arena, struct error *err)
{
	if (text_is_empty(mount->source))
		return fail(err, "a bind mount needs a source");
	source->fd = detached_clone(bundle, mount->source, source->options.recursive, err);
	if (source->fd < 0 && err->code == EPERM)
		return name_source(&source->path, bundle, mount->source, arena, err);
	if (source->fd < 0)
		return -1;
	TRY(judge_bind(source, err));
	return change_bind(source, mounts->own_user_namespace, err);
}

static int
open_source(struct mounts *mounts, struct mount_source *source, const struct oci_mount *mount,
	    int bundle, struct arena *arena, struct error *err)
{
	source->options = mount_options_parse(&mount->options, arena);
	source->destination = path_join(arena, "/", mount->destination);
	source->shape = MOUNT_SHAPE_DIRECTORY;
	if (is_bind(mount, &source->options))
		source->options.recursive =
			source->options.recursive || text_equal(mount->type, "rbind");
	else
		source->kind = mount_kinds_find(mount->type);
	TRY(check_options(source, err));
	TRY(check_destination(source, err));
	if (source->kind == NULL)
		return open_bind(mounts, source, mount, bundle, arena, err);
	if (text_is_empty(mount->type))
		return fail(err, "a mount that is no bind needs a type");
	return 0;
}

static bool
has_namespace(const struct oci_config *config, enum oci_namespace_type type)
{
	if (config->linux_ == NULL)
		return false;
	FOR_EACH (namespace, &config->linux_->namespaces) {
		if (namespace->type == type)
			return true;
	}
	return false;
}

int
mounts_open(struct mounts *mounts, const struct oci_config *config, int bundle,
	    bool own_user_namespace, struct arena *arena, struct error *err)
{
	const struct oci_mount_list *list = &config->mounts;

	*mounts = (struct mounts){
		.list = list,
		.sources = arena_alloc(arena, (list->count + 1) * sizeof(*mounts->sources)),
		.own_user_namespace = own_user_namespace,
		.own_cgroup_namespace = has_namespace(config, OCI_NAMESPACE_CGROUP),
		.label = config->linux_ != NULL ? config->linux_->mount_label : NULL,
	};
	for (size_t i = 0; i < list->count; i++)
		mounts->sources[i].fd = -1;
	for (size_t i = 0; i < list->count; i++) {
		mounts->sources[i].propagation = find_propagation(config);
		if (open_source(mounts, &mounts->sources[i], &list->items[i], bundle, arena, err) <
		    0)
			return error_prefixf(err, "mounts[%zu] (\"%s\")", i,
					     list->items[i].destination);
	}
	return 0;
}

void
mounts_done(struct mounts *mounts)
{
	for (size_t i = 0; mounts->list != NULL && i < mounts->list->count; i++)
		fd_close(&mounts->sources[i].fd);
	*mounts = (struct mounts){ 0 };
}

bool
mounts_covers(const struct mounts *mounts, const char *path, bool bind)
{
	for (size_t i = 0; i < mounts->list->count; i++) {
		const struct mount_source *source = &mounts->sources[i];

		if (text_equal(source->destination, path) && (source->kind == NULL || !bind))
			return true;
	}
	return false;
}

/* In the guest's mount namespace, whose "/" is still a copy of the host's. */
static int
clone_late(struct mount_source *source, struct error *err)
{
	source->fd = GET(detached_clone(AT_FDCWD, source->path, source->options.recursive, err));
	TRY(judge_bind(source, err));
	return change_bind(source, false, err);
}

/* New file systems are private when they are born, so only these words mean something to them. */
static int
share(struct mount_source *source, struct error *err)
{
	unsigned long wanted = source->options.propagation & (MS_SHARED | MS_UNBINDABLE);

	source->rest = (struct mount_change) {
		.tree = {
			.set = source->options.rset,
			.clear = source->options.rclear,
			.propagation = wanted,
		},
	};
	source->has_rest = GET(detached_change(source->fd, &source->rest, err)) != 0;
	return 0;
}

static int
attach(struct mount_source *source, const struct mount_target *target, struct error *err)
{
	TRY(detached_attach(source->fd, target->fd, err));
	return source->has_rest ? remount_change(source->fd, &source->rest, err) : 0;
}

static int
make_bind(struct mount_source *source, int root, struct error *err)
{
	struct mount_target target;

	if (source->path != NULL)
		TRY(clone_late(source, err));
	TRY(mount_target_open(&target, root, source->destination, source->shape, err));

	scoped_fd fd = target.fd;
	TRY(attach(source, &target, err));
	(void) fd;
	fd_close(&source->fd);
	return 0;
}

static int
make_cgroup(const struct mounts *mounts, const struct mount_source *source, int target,
	    const struct cgroup *cgroup, struct error *err)
{
	unsigned long flags = source->options.set;

	return cgroup_mount(cgroup, target, mounts->own_cgroup_namespace, (flags & MS_RDONLY) != 0,
			    flags, err);
}

static int
make_kind(const struct mounts *mounts, size_t i, int root, const struct cgroup *cgroup,
	  struct arena *arena, struct error *err)
{
	const struct oci_mount *mount = &mounts->list->items[i];
	struct mount_source *source = &mounts->sources[i];
	struct mount_target target;

	if (source->kind->ordinary)
		TRY(mount_target_open_ordinary(&target, root, source->destination, mount->type,
					       err));
	else
		TRY(mount_target_open(&target, root, source->destination, MOUNT_SHAPE_DIRECTORY,
				      err));

	scoped_fd fd = target.fd;
	const struct mount_job job = {
		.type = mount->type,
		.source = mount->source,
		.label = text_is_empty(mounts->label) ? NULL : mounts->label,
		.options = &source->options,
		.target = &target,
		.cgroup = cgroup,
		.own_user_namespace = mounts->own_user_namespace,
		.own_cgroup_namespace = mounts->own_cgroup_namespace,
		.arena = arena,
	};
	if (text_equal(mount->type, "cgroup"))
		return make_cgroup(mounts, source, fd, cgroup, err);
	source->fd = GET(source->kind->make(&job, err));
	TRY(share(source, err));
	TRY(attach(source, &target, err));
	if (!source->kind->late_readonly || (source->options.set & MS_RDONLY) == 0)
		fd_close(&source->fd);
	return 0;
}

int
mounts_make(const struct mounts *mounts, int root, const struct cgroup *cgroup, struct arena *arena,
	    struct error *err)
{
	mode_t umask_ = umask(0);

	for (size_t i = 0; i < mounts->list->count; i++) {
		struct mount_source *source = &mounts->sources[i];
		int result = source->kind == NULL ? make_bind(source, root, err)
						  : make_kind(mounts, i, root, cgroup, arena, err);

		if (result < 0)
			return error_prefixf(err, "mounts[%zu] (\"%s\")", i,
					     mounts->list->items[i].destination);
	}
	(void) umask(umask_);
	return 0;
}

int
mounts_finish(const struct mounts *mounts, int root, struct error *err)
{
	const struct mount_change change = { .top = { .set = MOUNT_ATTR_RDONLY } };

	(void) root;
	for (size_t i = 0; i < mounts->list->count; i++) {
		struct mount_source *source = &mounts->sources[i];

		if (source->fd < 0 || source->kind == NULL)
			continue;
		int result = detached_change(source->fd, &change, err);
		if (result == 1)
			result = remount_change(source->fd, &change, err);
		if (result < 0)
			return error_prefixf(err, "mounts[%zu] (\"%s\")", i,
					     mounts->list->items[i].destination);
		fd_close(&source->fd);
	}
	return 0;
}
