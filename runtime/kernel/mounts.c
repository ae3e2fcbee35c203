/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mounts.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/bind.h"
#include "runtime/kernel/filesystem.h"
#include "runtime/kernel/mount_source.h"
#include "runtime/kernel/remount.h"

static bool
has_namespace(const struct oci_config *config, enum oci_namespace_type type)
{
	if (config->linux_ == NULL)
		return false;
	FOR_EACH(namespace, &config->linux_->namespaces) {
		if (namespace->type == type)
			return true;
	}
	return false;
}

/* How the label is given is crun's extension, which Podman uses for containers that run systemd. */
static void
find_label(struct mounts *mounts, const struct oci_config *config, struct arena *arena)
{
	const char *label = config->linux_ != NULL ? config->linux_->mount_label : NULL;
	const char *word = "context";

	if (text_is_empty(label))
		return;
	FOR_EACH(annotation, &config->annotations) {
		if (text_equal(annotation->key, "run.oci.mount_context_type"))
			word = annotation->value;
	}
	mounts->label = label;
	mounts->label_option = arena_format(arena, "%s=%s", word, label);
}

static int
open_all(struct mounts *mounts, struct mount_context *context, struct error *err)
{
	for (size_t i = 0; i < mounts->list->count; i++) {
		const struct oci_mount *mount = &mounts->list->items[i];

		if (mount_source_open(&mounts->sources[i], context, mount, err) < 0)
			return error_prefixf(err, "mounts[%zu] (\"%s\")", i, mount->destination);
	}
	return 0;
}

int
mounts_open(struct mounts *mounts, const struct oci_config *config, int bundle,
	    bool own_user_namespace, struct arena *arena, struct error *err)
{
	const struct oci_mount_list *list = &config->mounts;
	struct mount_context context = {
		.config = config,
		.bundle = bundle,
		.own_user_namespace = own_user_namespace,
		.idmap = MOUNT_IDMAP_NONE,
		.arena = arena,
	};

	*mounts = (struct mounts){
		.list = list,
		.sources = arena_alloc(arena, (list->count + 1) * sizeof(*mounts->sources)),
		.own_cgroup_namespace = has_namespace(config, OCI_NAMESPACE_CGROUP),
	};
	find_label(mounts, config, arena);
	for (size_t i = 0; i < list->count; i++)
		mounts->sources[i].fd = mounts->sources[i].user_namespace = -1;
	int result = open_all(mounts, &context, err);
	mount_idmap_done(&context.idmap);
	return result;
}

void
mounts_done(struct mounts *mounts)
{
	for (size_t i = 0; mounts->list != NULL && i < mounts->list->count; i++)
		mount_source_done(&mounts->sources[i]);
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

/* One mount of the list, in the guest. */
struct making {
	const struct mounts *mounts;
	const struct oci_mount *mount;
	struct mount_source *source;
	const struct cgroup *cgroup;
	const struct mount_root *root;
	struct arena *arena;
};

static int
attach(struct mount_source *source, int target, struct error *err)
{
	TRY(detached_attach(source->fd, target, err));
	return mount_source_settle(source, err);
}

/* copy-symlink: the link itself; one that is there already must say the same. */
static int
make_link(const struct making *making, struct error *err)
{
	const char *path = making->source->destination, *name = path_base(path);
	const char *link = making->source->link;
	char there[PATH_MAX];
	scoped_fd parent = GET(beneath_make_directories(
		making->root->fd, arena_copy(making->arena, path, (size_t) (name - path)), 0755,
		err));

	if (symlinkat(link, parent, name) == 0)
		return 0;
	if (errno != EEXIST)
		return fail_errno(err, "make the link");
	ssize_t n = readlinkat(parent, name, there, sizeof(there));
	if (n < 0 || (size_t) n != strlen(link) || memcmp(there, link, (size_t) n) != 0)
		return fail(err, "what is there is not a link to \"%s\"", link);
	return 0;
}

static int
make_bind(const struct making *making, struct error *err)
{
	struct mount_source *source = making->source;
	int flags = source->options.target_nofollow ? O_NOFOLLOW : 0;
	struct mount_target target;

	if (source->link != NULL)
		return make_link(making, err);
	if (source->fd < 0)
		TRY(mount_source_clone(source, making->root->fd, err));
	TRY(mount_target_open(&target, making->root, source->destination, source->shape, flags,
			      err));

	scoped_fd fd = target.fd;
	TRY(attach(source, fd, err));
	mount_source_done(source);
	return 0;
}

/* What is mounted there gets other flags; options of a file system are told to all of it. */
static int
make_remount(const struct making *making, struct error *err)
{
	struct mount_source *source = making->source;
	const struct bind bind = { .options = &source->options, .user_namespace = -1 };
	const struct filesystem filesystem = {
		.type = making->mount->type,
		.flags = source->options.set,
		.data = &source->options.data,
	};
	struct mount_change rest;
	scoped_fd fd = GET(beneath_open(making->root->fd, source->destination, O_PATH, 0, err));

	if (source->kind != NULL && source->options.data.count > 0)
		TRY(filesystem_reconfigure(fd, &filesystem, err));
	if (GET(bind_change(fd, &bind, &rest, err)) == 0)
		return 0;
	return bind_settle(fd, &bind, &rest, err);
}

/* New file systems are private when they are born, so only these words mean something to them. */
static int
change_new(struct mount_source *source, struct error *err)
{
	const struct mount_options *options = &source->options;

	source->rest = (struct mount_change) {
		.tree = {
			.set = options->rset,
			.clear = options->rclear,
			.propagation = options->propagation & (MS_SHARED | MS_UNBINDABLE),
		},
	};
	source->has_rest = GET(detached_change(source->fd, &source->rest, err)) != 0;
	return 0;
}

/* Words too long for fsconfig(2): mount(2) takes them, and attaches at once. */
static int
make_wordy(const struct making *making, const struct mount_job *job, struct error *err)
{
	struct mount_source *source = making->source;
	struct text_list words = { 0 };

	/* Quoted, for a label may have commas. */
	if (job->label != NULL)
		list_add(&words, making->arena,
			 arena_format(making->arena, "%.*s\"%s\"",
				      (int) (strlen(job->label) - strlen(job->root_label)),
				      job->label, job->root_label));
	FOR_EACH(word, &job->options->data)
		list_add(&words, making->arena, *word);
	const char *data = text_join(making->arena, &words, ",");
	TRY(remount_new(job->type, job->source, job->target->fd, job->options->set, data, err));
	source->fd = GET(beneath_open(making->root->fd, source->destination, O_PATH, 0, err));
	TRY(change_new(source, err));
	return mount_source_settle(source, err);
}

static int
make_filesystem(const struct making *making, const struct mount_job *job, struct error *err)
{
	struct mount_source *source = making->source;

	if (filesystem_is_wordy(&job->options->data))
		return make_wordy(making, job, err);
	source->fd = GET(source->kind->make(job, err));
	TRY(change_new(source, err));
	return attach(source, job->target->fd, err);
}

/* "ro" that has to wait: until devices and mount points are made. */
static bool
hold_readonly(struct mount_source *source)
{
	bool readonly = (source->options.set & MS_RDONLY) != 0 ||
			(source->options.rset & MOUNT_ATTR_RDONLY) != 0;

	if (!readonly || (!source->kind->late_readonly && !text_equal(source->destination, "/dev")))
		return false;
	source->options.set &= ~(unsigned long) MS_RDONLY;
	source->options.rset &= ~(uint64_t) MOUNT_ATTR_RDONLY;
	return true;
}

static int
open_target(const struct making *making, struct mount_target *target, struct error *err)
{
	const char *path = making->source->destination;

	if (making->source->kind->ordinary)
		return mount_target_open_ordinary(target, making->root, path, making->mount->type,
						  err);
	return mount_target_open(target, making->root, path, MOUNT_SHAPE_DIRECTORY, 0, err);
}

static int
make_new(const struct making *making, struct error *err)
{
	const struct mounts *mounts = making->mounts;
	struct mount_source *source = making->source;
	unsigned long flags = source->options.set;
	bool held = hold_readonly(source);
	struct mount_target target;

	TRY(open_target(making, &target, err));
	scoped_fd fd = target.fd;
	if (text_equal(making->mount->type, "cgroup"))
		return cgroup_mount(making->cgroup, fd, mounts->own_cgroup_namespace,
				    (flags & MS_RDONLY) != 0, flags, err);

	const struct mount_job job = {
		.type = making->mount->type,
		.source = making->mount->source,
		.label = source->kind->labelled ? mounts->label_option : NULL,
		.root_label = mounts->label,
		.options = &source->options,
		.target = &target,
		.arena = making->arena,
	};
	int made = make_filesystem(making, &job, err);
	if (made < 0 && text_equal(making->mount->type, "cgroup2") &&
	    (err->code == EPERM || err->code == EBUSY))
		return cgroup_mount_unified(making->cgroup, fd, mounts->own_cgroup_namespace, flags, err);
	TRY(made);
	if (!held)
		fd_close(&source->fd);
	return 0;
}

static int
make(const struct making *making, struct error *err)
{
	if (making->source->options.remount)
		return make_remount(making, err);
	return making->source->kind == NULL ? make_bind(making, err) : make_new(making, err);
}

int
mounts_make(const struct mounts *mounts, int root, const struct cgroup *cgroup, struct arena *arena,
	    struct error *err)
{
	struct mount_root place;
	mode_t was = umask(0); /* mount points have the modes that we say */

	TRY(mount_target_read_root(&place, root, err));

	for (size_t i = 0; i < mounts->list->count; i++) {
		const struct making making = {
			.mounts = mounts,
			.mount = &mounts->list->items[i],
			.source = &mounts->sources[i],
			.cgroup = cgroup,
			.root = &place,
			.arena = arena,
		};

		if (make(&making, err) < 0)
			return error_prefixf(err, "mounts[%zu] (\"%s\")", i,
					     making.mount->destination);
	}
	(void) umask(was);
	return 0;
}

static int
protect(int mount, struct error *err)
{
	const struct mount_change change = { .top = { .set = MOUNT_ATTR_RDONLY } };

	if (GET(detached_change(mount, &change, err)) == 0)
		return 0;
	return remount_change(mount, &change, err);
}

int
mounts_finish(const struct mounts *mounts, struct error *err)
{
	for (size_t i = 0; i < mounts->list->count; i++) {
		struct mount_source *source = &mounts->sources[i];

		if (source->fd >= 0 && protect(source->fd, err) < 0)
			return error_prefixf(err, "mounts[%zu] (\"%s\"): make it read-only", i,
					     mounts->list->items[i].destination);
		fd_close(&source->fd);
	}
	return 0;
}
