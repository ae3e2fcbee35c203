/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mount_source.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/text.h"
#include "runtime/kernel/bind.h"
#include "runtime/kernel/remount.h"

/* config.md: the type is ignored when the options say bind; engines write "bind" or "none". */
static bool
is_bind(const struct oci_mount *mount, const struct mount_options *options)
{
	return options->bind || text_equal(mount->type, "bind") || text_equal(mount->type, "rbind");
}

static int
check_options(const struct mount_source *source, const struct oci_mount *mount, struct error *err)
{
	const struct mount_options *options = &source->options;
	bool bind = source->kind == NULL;

	if (bind && text_is_empty(mount->source) && !options->remount)
		return fail(err, "a bind mount needs a source");
	if (!bind && text_is_empty(mount->type))
		return fail(err, "a mount that is no bind needs a type");
	if (bind && options->data.count > 0)
		return fail(err, "a bind mount cannot have options of a file system: \"%s\"",
			    options->data.items[0]);
	if (!bind && mount_idmap_is_asked(mount, options))
		return fail(err, "only bind mounts can have id maps");
	if (options->copy_up && !text_equal(mount->type, "tmpfs"))
		return fail(err, "only a tmpfs can have the option tmpcopyup");
	if (options->copy_symlink && (options->source_nofollow || options->target_nofollow))
		return fail(err, "copy-symlink excludes src-nofollow and dest-nofollow");
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
	if (below == NULL || (*below != '\0' && *below != '/') || source->options.remount)
		return 0;
	if (*below == '\0' && !is_proc && source->kind != NULL)
		return fail(err, "\"/proc\" cannot be mounted because it is not of type proc");
	if (*below == '/' && !mount_target_may_lie_in_proc(path))
		return fail(err, "\"%s\" cannot be mounted because it is inside /proc", path);
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
	case OCI_PROPAGATION_RSLAVE: return MS_SLAVE;
	default: return MS_PRIVATE;
	}
}

static struct bind
describe(const struct mount_source *source, int user_namespace)
{
	return (struct bind){
		.options = &source->options,
		.propagation = source->propagation,
		.foreign = source->foreign,
		.user_namespace = user_namespace,
	};
}

/*
 * A read-only /sys whose cgroups can be written to would be none (CVE-2023-25809), though "rbind,ro"
 * says no more than that.
 */
static bool
extends_readonly(const struct mount_source *source)
{
	const struct mount_options *options = &source->options;

	return text_equal(source->destination, "/sys") && options->recursive &&
	       (options->set & MS_RDONLY) != 0 && (options->rset & MOUNT_ATTR_RDONLY) == 0;
}

static int
change_bind(struct mount_source *source, int user_namespace, struct error *err)
{
	const struct bind bind = describe(source, user_namespace);
	bool extended = extends_readonly(source);

	if (extended)
		source->options.rset |= MOUNT_ATTR_RDONLY;
	source->has_rest = GET(bind_change(source->fd, &bind, &source->rest, err)) != 0;
	/* Nobody asked for it, so that a kernel before 5.12, which has no such flags, is no error. */
	if (source->has_rest && extended)
		source->rest.tree.set &= ~(uint64_t) MOUNT_ATTR_RDONLY;
	return 0;
}

/* What is below /proc in a container is believed, so only a real procfs may be bound there. */
static int
judge(struct mount_source *source, struct error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstat(source->fd, &st) < 0)
		return fail_errno(err, "look at the source");
	source->shape = S_ISDIR(st.st_mode) ? MOUNT_SHAPE_DIRECTORY : MOUNT_SHAPE_FILE;
	if (!text_equal(source->destination, "/proc"))
		return 0;
	if (fstatfs(source->fd, &fs) < 0)
		return fail_errno(err, "look at the source");
	if (fs.f_type != PROC_SUPER_MAGIC)
		return fail(err, "\"/proc\" cannot be mounted because it is not of type proc");
	return 0;
}

/* The path of an fd of ours, for the guest, which cannot use the fd: its mounts are copies. */
static int
name_source(const char **name, int bundle, const char *path, struct arena *arena, struct error *err)
{
	char link[32], target[PATH_MAX];
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

/* Asked for by the first bind. */
static int
find_root(struct mount_context *context, struct error *err)
{
	const struct oci_root *root = context->config->root;
	const char *given = root != NULL && root->path != NULL ? root->path : "/";
	const char *bundle;

	if (context->root != NULL)
		return 0;
	if (given[0] == '/') {
		context->root = path_clean(context->arena, given);
		return 0;
	}
	TRY(name_source(&bundle, context->bundle, ".", context->arena, err));
	context->root = path_join(context->arena, bundle, given);
	return 0;
}

/* What follows the root in a path below it, or NULL; all is below "/", which says nothing. */
static const char *
find_inside(const char *path, const char *root)
{
	const char *below = text_equal(root, "/") ? NULL : text_after(path, root);

	return below != NULL && (*below == '/' || *below == '\0') ? below : NULL;
}

/* Returns 1 if the source is no link, and so an ordinary bind. */
static int
read_link(struct mount_source *source, int bundle, const char *path, struct arena *arena,
	  struct error *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(bundle, path, target, sizeof(target));

	if (n < 0 && errno == EINVAL)
		return 1;
	if (n < 0 || n == sizeof(target))
		return fail_errno(err, "read the link \"%s\"", path);
	source->link = arena_copy(arena, target, (size_t) n);
	return 0;
}

static unsigned
find_flags(const struct mount_options *options)
{
	return (options->recursive ? (unsigned) AT_RECURSIVE : 0) |
	       (options->source_nofollow ? (unsigned) AT_SYMLINK_NOFOLLOW : 0);
}

/*
 * A source below the container's own root means what the container has there when its turn has
 * come, with the mounts that precede it; so it is left to the guest, and its links stay beneath.
 */
static int
clone_source(struct mount_source *source, struct mount_context *context, const char *path,
	     struct error *err)
{
	source->inside = find_inside(path, context->root);
	if (source->inside != NULL)
		return 0;
	source->fd = detached_clone(context->bundle, path, find_flags(&source->options), err);
	if (source->fd < 0 && err->code == EPERM)
		return name_source(&source->host_path, context->bundle, path, context->arena, err);
	return source->fd < 0 ? -1 : 0;
}

static int
open_bind(struct mount_source *source, struct mount_context *context, const struct oci_mount *mount,
	  struct error *err)
{
	const struct mount_options *options = &source->options;
	struct arena *arena = context->arena;
	int map = -1;

	if (options->copy_symlink &&
	    GET(read_link(source, context->bundle, mount->source, arena, err)) == 0)
		return 0;
	if (mount_idmap_is_asked(mount, options))
		map = GET(mount_idmap_open(&context->idmap, mount, options, context->config->linux_,
					   arena, err));
	TRY(clone_source(source, context, mount->source, err));
	if (source->fd < 0) {
		source->user_namespace = map < 0 ? -1 : GET(fd_copy(map, err));
		return 0;
	}
	TRY(judge(source, err));
	source->foreign = context->own_user_namespace;
	return change_bind(source, map, err);
}

/* As runc has it: a bind's destination may begin with the host's path of the root. */
static int
strip_root(struct mount_source *source, struct mount_context *context, struct error *err)
{
	const char *inside;

	TRY(find_root(context, err));
	inside = find_inside(source->destination, context->root);
	if (inside != NULL && *inside == '/')
		source->destination = inside;
	return 0;
}

int
mount_source_open(struct mount_source *source, struct mount_context *context,
		  const struct oci_mount *mount, struct error *err)
{
	*source = (struct mount_source){
		.options = mount_options_parse(&mount->options, context->arena),
		.destination = path_join(context->arena, "/", mount->destination),
		.propagation = find_propagation(context->config),
		.shape = MOUNT_SHAPE_DIRECTORY,
		.user_namespace = -1,
		.fd = -1,
	};
	if (!is_bind(mount, &source->options))
		source->kind = mount_kinds_find(mount->type);
	else if (text_equal(mount->type, "rbind"))
		source->options.recursive = true;
	if (source->kind == NULL)
		TRY(strip_root(source, context, err));
	TRY(check_options(source, mount, err));
	TRY(check_destination(source, err));
	if (source->kind != NULL || source->options.remount)
		return 0;
	return open_bind(source, context, mount, err);
}

void
mount_source_done(struct mount_source *source)
{
	fd_close(&source->fd);
	fd_close(&source->user_namespace);
}

int
mount_source_settle(struct mount_source *source, struct error *err)
{
	const struct bind bind = describe(source, -1);

	if (!source->has_rest)
		return 0;
	if (source->kind != NULL)
		return remount_change(source->fd, &source->rest, err);
	return bind_settle(source->fd, &bind, &source->rest, err);
}

int
mount_source_clone(struct mount_source *source, int root, struct error *err)
{
	unsigned flags = find_flags(&source->options);

	if (source->inside != NULL) {
		scoped_fd at = GET(beneath_open(root, source->inside, O_PATH, 0, err));

		source->fd = GET(detached_clone(at, "", flags, err));
	} else {
		source->fd = GET(detached_clone(AT_FDCWD, source->host_path, flags, err));
	}
	TRY(judge(source, err));
	return change_bind(source, source->user_namespace, err);
}
