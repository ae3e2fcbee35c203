/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mount_kinds.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/xattr.h>

#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/copy_up.h"
#include "runtime/kernel/detached.h"
#include "runtime/kernel/filesystem.h"

static struct filesystem
describe(const struct mount_job *job)
{
	return (struct filesystem){
		.type = job->type,
		.source = job->source,
		.attributes = mount_options_attributes(job->options->set),
		.data = &job->options->data,
		.label = job->label,
	};
}

/* One instance for all of a namespace, as procfs is: takes flags of the mount only. */
static int
make_shared(const struct mount_job *job, struct error *err)
{
	struct filesystem filesystem = describe(job);

	return filesystem_make(&filesystem, err);
}

/* The kernel shows no more of /proc than a user namespace sees already (mount_too_revealing). */
static int
make_proc(const struct mount_job *job, struct error *err)
{
	int mount = make_shared(job, err);

	if (mount >= 0 || err->code != EPERM)
		return mount;
	errno = EPERM;
	return fail_errno(err,
			  "proc: a user namespace needs a pid namespace of its own for this, and "
			  "to see a /proc that nothing covers");
}

/* A file system on a device or in memory: its super block takes "ro", "sync" and the like too. */
static int
make_any(const struct mount_job *job, struct error *err)
{
	struct filesystem filesystem = describe(job);

	filesystem.flags = job->options->set;
	return filesystem_make(&filesystem, err);
}

/*
 * The host's own instance, for a user namespace that does not own the network or ipc namespace
 * which the file system shows. All of it keeps the flags asked for: "ro" on the top alone would
 * leave /sys/fs/cgroup writable (CVE-2023-25809).
 */
static int
borrow(const struct mount_job *job, const char *path, struct error *err)
{
	uint64_t set = mount_options_attributes(job->options->set) & ~(uint64_t) MOUNT_ATTR__ATIME;
	const struct mount_change change = { .tree = { .set = set, .propagation = MS_PRIVATE } };
	scoped_fd mount = GET(detached_clone(AT_FDCWD, path, AT_RECURSIVE, err));

	if (GET(detached_change(mount, &change, err)) != 0)
		return fail(err,
			    "%s cannot be shown read-only to this user namespace before Linux 5.12",
			    path);
	return fd_take(&mount);
}

static int
make_or_borrow(const struct mount_job *job, const char *path, struct error *err)
{
	int mount = make_shared(job, err);

	if (mount >= 0 || err->code != EPERM || cgroup_host_has_root())
		return mount;
	log_debug("%s: %s; the host's is shown instead", job->type, err->text);
	return borrow(job, path, err);
}

static int
make_sysfs(const struct mount_job *job, struct error *err)
{
	return make_or_borrow(job, "/sys", err);
}

/* An mqueue takes no label as an option, only as an attribute of its root. */
static int
label_root(int mount, const char *label, struct error *err)
{
	scoped_fd root = openat(mount, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (root < 0 || fsetxattr(root, "security.selinux", label, strlen(label) + 1, 0) < 0)
		return fail_errno(err, "set the security context");
	return 0;
}

static int
make_mqueue(const struct mount_job *job, struct error *err)
{
	scoped_fd mount = GET(make_or_borrow(job, "/dev/mqueue", err));

	if (job->root_label != NULL)
		TRY(label_root(mount, job->root_label, err));
	return fd_take(&mount);
}

static bool
has_mode(const struct text_list *data)
{
	FOR_EACH(word, data) {
		if (text_after(*word, "mode=") != NULL)
			return true;
	}
	return false;
}

/* A tmpfs without a mode of its own takes that of what it covers, as /tmp is 1777 in an image. */
static int
make_tmpfs(const struct mount_job *job, struct error *err)
{
	struct filesystem filesystem = describe(job);
	struct text_list data = { 0 };

	if (job->target->existed && !has_mode(&job->options->data))
		list_add(&data, job->arena,
			 arena_format(job->arena, "mode=%04o", job->target->mode & 07777));
	FOR_EACH(word, &job->options->data)
		list_add(&data, job->arena, *word);
	filesystem.data = &data;
	filesystem.flags = job->options->set;

	scoped_fd mount = GET(filesystem_make(&filesystem, err));
	if (job->options->copy_up && job->target->existed &&
	    copy_up_tree(job->target->fd, mount, err) < 0)
		return error_prefix(err, "tmpcopyup");
	return fd_take(&mount);
}

static bool
has_group_number(const struct text_list *data)
{
	FOR_EACH(word, data) {
		const char *group = text_after(*word, "gid=");

		if (group != NULL && number_is_decimal(group))
			return true;
	}
	return false;
}

/*
 * gid=5 is in every default config; where our user namespace has no such group, there is no use for
 * it. A number is refused for no other reason; if another word is at fault, the error stays.
 */
static int
make_devpts(const struct mount_job *job, struct error *err)
{
	struct filesystem filesystem = describe(job);
	int mount = filesystem_make(&filesystem, err);

	if (mount >= 0 || err->code != EINVAL || !has_group_number(filesystem.data))
		return mount;
	filesystem.without = "gid=";
	return filesystem_make(&filesystem, err);
}

/* clang-format off */
static const struct mount_kind kinds[] = {
	/* type      ordinary  late ro  labelled  make */
	{ "proc",    true,     false,   false,    make_proc },
	{ "sysfs",   true,     false,   false,    make_sysfs },
	{ "cgroup2", false,    false,   false,    make_shared },
	{ "mqueue",  false,    false,   false,    make_mqueue },
	{ "tmpfs",   false,    true,    true,     make_tmpfs },
	{ "devpts",  false,    false,   true,     make_devpts },
	{ NULL,      false,    false,   true,     make_any },
};
/* clang-format on */

const struct mount_kind *
mount_kinds_find(const char *type)
{
	const struct mount_kind *kind = kinds;

	while (kind->type != NULL && !text_equal(kind->type, type))
		kind++;
	return kind;
}
