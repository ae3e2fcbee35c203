/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/remount.h"

#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "libcommon/fd.h"
#include "runtime/kernel/procfs.h"

/* MS_* and ST_* share these numbers, but for the access times. */
#define SAME_IN_STATFS (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)

static unsigned long
flags_of_attributes(uint64_t attributes)
{
	unsigned long flags = 0;

	flags |= (attributes & MOUNT_ATTR_RDONLY) != 0 ? MS_RDONLY : 0;
	flags |= (attributes & MOUNT_ATTR_NOSUID) != 0 ? MS_NOSUID : 0;
	flags |= (attributes & MOUNT_ATTR_NODEV) != 0 ? MS_NODEV : 0;
	flags |= (attributes & MOUNT_ATTR_NOEXEC) != 0 ? MS_NOEXEC : 0;
	flags |= (attributes & MOUNT_ATTR_NODIRATIME) != 0 ? MS_NODIRATIME : 0;
	flags |= (attributes & MOUNT_ATTR_NOSYMFOLLOW) != 0 ? 256 /* MS_NOSYMFOLLOW */ : 0;
	return flags;
}

/* mount(2) sets all flags at once, so those that shall stay are read first; unnamed atime flags
 * stay by themselves. */
static int
find_flags(int mount, const struct mount_attributes *top, unsigned long *flags, struct error *err)
{
	struct statfs fs;

	if (fstatfs(mount, &fs) < 0)
		return fail_errno(err, "read mount flags");
	*flags = (unsigned long) fs.f_flags & SAME_IN_STATFS;
	*flags &= ~flags_of_attributes(top->clear);
	*flags |= flags_of_attributes(top->set);
	if ((top->clear & MOUNT_ATTR__ATIME) == 0)
		return 0;
	if ((top->set & MOUNT_ATTR_STRICTATIME) != 0)
		*flags |= MS_STRICTATIME;
	else
		*flags |= (top->set & MOUNT_ATTR_NOATIME) != 0 ? MS_NOATIME : MS_RELATIME;
	return 0;
}

/* A name for the fd that only we can mean, relative to the working directory. */
static int
name_fd(char name[32], int fd, struct error *err)
{
	scoped_fd procfs = GET(procfs_open(err));

	if (fchdir(procfs) < 0)
		return fail_errno(err, "enter the private procfs");
	(void) snprintf(name, 32, "self/fd/%d", fd);
	return 0;
}

static int
set_propagation(const char *name, unsigned long propagation, unsigned long how, struct error *err)
{
	if (propagation != 0 && mount(NULL, name, NULL, propagation | how, NULL) < 0)
		return fail_errno(err, "set mount propagation");
	return 0;
}

int
remount_change(int mount_, const struct mount_change *change, struct error *err)
{
	char name[32];

	if ((change->tree.set | change->tree.clear) != 0)
		return fail(err, "flags for a whole tree (such as rro) need Linux 5.12");
	TRY(name_fd(name, mount_, err));
	if ((change->top.set | change->top.clear) != 0) {
		unsigned long flags;

		TRY(find_flags(mount_, &change->top, &flags, err));
		if (mount(NULL, name, NULL, MS_REMOUNT | MS_BIND | flags, NULL) < 0)
			return fail_errno(err, "set mount flags");
	}
	TRY(set_propagation(name, (unsigned long) change->tree.propagation, MS_REC, err));
	return set_propagation(name, (unsigned long) change->top.propagation, 0, err);
}

int
remount_new(const char *type, const char *source, int target, unsigned long flags, const char *data,
	    struct error *err)
{
	char name[32];

	TRY(name_fd(name, target, err));
	if (strlen(data) >= (size_t) sysconf(_SC_PAGESIZE))
		return fail(err, "%s: the options are longer than a page", type);
	if (mount(source != NULL ? source : "none", name, type, flags, data) < 0)
		return fail_errno(err, "%s: mount the file system", type);
	return 0;
}
