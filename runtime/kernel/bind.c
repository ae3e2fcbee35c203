/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mount that came to us from a more privileged namespace has locked flags: those may be added to,
 * not taken away. Naming one flag of a bind drops all that are not named (mount_options.h), so on a
 * source with locked flags the plain wish fails although nobody asked for them to go. Then what is
 * locked is kept, unless its going was asked for in so many words.
 *
 * A container with a user namespace of its own gets its binds from us, who are more privileged. Had
 * it bound them itself, the kernel would have locked their flags, and would have made slaves of
 * shared ones. We hold it to the same rules, so that its owner gains nothing by what the host does
 * for it: what it mounts in a "shared" bind is seen by all of its own, but not by the host.
 */
#include "runtime/kernel/bind.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "runtime/kernel/remount.h"

#ifndef ST_NOSYMFOLLOW
#define ST_NOSYMFOLLOW 0x2000
#endif

#define LOCKABLE (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)
#define TIMES (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME)

static int
read_attributes(int mount, uint64_t *attributes, struct error *err)
{
	/* clang-format off */
	static const struct { unsigned long flag; uint64_t attribute; } pairs[] = {
		{ ST_RDONLY,      MOUNT_ATTR_RDONLY },
		{ ST_NOSUID,      MOUNT_ATTR_NOSUID },
		{ ST_NODEV,       MOUNT_ATTR_NODEV },
		{ ST_NOEXEC,      MOUNT_ATTR_NOEXEC },
		{ ST_NODIRATIME,  MOUNT_ATTR_NODIRATIME },
		{ ST_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW },
	};
	/* clang-format on */
	struct statfs fs;

	if (fstatfs(mount, &fs) < 0)
		return fail_errno(err, "read the flags of the source");
	*attributes = 0;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (((unsigned long) fs.f_flags & pairs[i].flag) != 0)
			*attributes |= pairs[i].attribute;
	}
	if (((unsigned long) fs.f_flags & ST_NOATIME) != 0)
		*attributes |= MOUNT_ATTR_NOATIME;
	else if (((unsigned long) fs.f_flags & ST_RELATIME) == 0)
		*attributes |= MOUNT_ATTR_STRICTATIME;
	return 0;
}

static const char *
name_locked(uint64_t attributes, char names[64])
{
	/* clang-format off */
	static const struct { uint64_t attribute; const char *name; } rows[] = {
		{ MOUNT_ATTR_RDONLY, "ro" },
		{ MOUNT_ATTR_NOSUID, "nosuid" },
		{ MOUNT_ATTR_NODEV,  "nodev" },
		{ MOUNT_ATTR_NOEXEC, "noexec" },
	};
	/* clang-format on */
	size_t used = 0;

	names[0] = '\0';
	for (size_t i = 0; i < COUNT(rows); i++) {
		if ((attributes & rows[i].attribute) != 0)
			used += (size_t) snprintf(names + used, 64 - used, "%s%s",
						  used > 0 ? "," : "", rows[i].name);
	}
	return names;
}

/* Leaves the source's flags in the change, or fails if they were asked to go. */
static int
keep_locked(int mount, const struct mount_options *options, struct mount_attributes *top,
	    struct error *err)
{
	uint64_t existing, refused;
	char names[64];

	TRY(read_attributes(mount, &existing, err));
	refused = existing & LOCKABLE & mount_options_attributes(options->clear);
	if (refused != 0) {
		errno = EPERM;
		return fail_errno(err, "clear the locked flags %s of the source",
				  name_locked(refused, names));
	}
	if ((top->clear & MOUNT_ATTR__ATIME) != 0 && (top->set & TIMES) != (existing & TIMES)) {
		errno = EPERM;
		return fail_errno(err, "change the locked access time flags of the source");
	}
	top->clear &= ~(existing & LOCKABLE);
	return 0;
}

static struct mount_change
find_change(const struct bind *bind)
{
	const struct mount_options *options = bind->options;
	const unsigned long kinds = MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE;
	unsigned long wanted = options->propagation != 0 ? options->propagation : bind->propagation;

	return (struct mount_change) {
		.top = mount_options_bind_attributes(options),
		.tree = {
			.set = options->rset,
			.clear = options->rclear,
			.propagation = wanted & kinds,
		},
	};
}

/* A lone mount needs no second call for what shall hold for all of it. */
static struct mount_change
fold_change(const struct mount_change *change, bool recursive)
{
	struct mount_attributes tree = change->tree;

	if (recursive)
		return *change;
	tree.set = change->top.set | tree.set;
	tree.clear = change->top.clear | tree.clear;
	return (struct mount_change){ .top = tree };
}

static int
map_ids(int mount, const struct bind *bind, struct error *err)
{
	struct mount_attributes attributes = {
		.set = MOUNT_ATTR_IDMAP,
		.userns_fd = (uint64_t) bind->user_namespace,
	};
	unsigned flags =
		AT_EMPTY_PATH | (bind->options->idmap_recursive ? (unsigned) AT_RECURSIVE : 0);

	if (sys_mount_setattr(mount, "", flags, &attributes) == 0)
		return 0;
	if (errno == EINVAL)
		return fail_errno(err,
				  "map ids: this file system may not have id maps on this kernel");
	return fail_errno(err, "map ids");
}

static bool
must_leave_peers(const struct bind *bind, const struct mount_change *change)
{
	return bind->foreign &&
	       ((change->tree.propagation | change->top.propagation) & MS_SHARED) != 0;
}

static const struct mount_change slave = { .tree = { .propagation = MS_SLAVE } };

int
bind_change(int mount, const struct bind *bind, struct mount_change *rest, struct error *err)
{
	struct mount_change change = find_change(bind);
	bool replaces = (change.top.set | change.top.clear) != 0;

	if (bind->user_namespace >= 0)
		TRY(map_ids(mount, bind, err));
	if (must_leave_peers(bind, &change))
		(void) GET(detached_change(mount, &slave, err));
	if (bind->foreign && replaces)
		TRY(keep_locked(mount, bind->options, &change.top, err));

	*rest = fold_change(&change, bind->options->recursive);
	int result = detached_change(mount, rest, err);
	if (result >= 0 || err->code != EPERM || bind->foreign || !replaces)
		return result;
	TRY(keep_locked(mount, bind->options, &change.top, err));
	*rest = fold_change(&change, bind->options->recursive);
	return detached_change(mount, rest, err);
}

int
bind_settle(int mount, const struct bind *bind, const struct mount_change *rest, struct error *err)
{
	struct mount_change change = *rest;

	if (must_leave_peers(bind, rest))
		TRY(remount_change(mount, &slave, err));
	if (remount_change(mount, rest, err) == 0)
		return 0;
	if (err->code != EPERM || (rest->top.set | rest->top.clear) == 0)
		return -1;
	TRY(keep_locked(mount, bind->options, &change.top, err));
	return remount_change(mount, &change, err);
}
