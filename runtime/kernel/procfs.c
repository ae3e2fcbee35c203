/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/procfs.h"

#include <errno.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "libcommon/fd.h"
#include "runtime/kernel/syscalls.h"

/* Only the root of a procfs has this inode number. */
#define PROC_ROOT_INODE 1

/* A fresh instance, or -1: not every caller may mount one. */
static int
mount_fresh(bool whole)
{
	scoped_fd context = sys_fsopen("proc", FSOPEN_CLOEXEC);

	if (context < 0)
		return -1;
	if (!whole && sys_fsconfig(context, FSCONFIG_SET_STRING, "subset", "pid", 0) < 0)
		return -1;
	if (sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	return sys_fsmount(context, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/*
 * The system's own /proc. What may be mounted on top of it hides nothing from us: the file system
 * and the inode are checked here, and procfs_open_file crosses no mounts.
 */
static int
open_proven(struct error *err)
{
	scoped_fd fd = open("/proc", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;
	struct stat st;

	if (fd < 0 || fstatfs(fd, &fs) < 0 || fstat(fd, &st) < 0)
		return fail_errno(err, "open /proc");
	if (fs.f_type != PROC_SUPER_MAGIC || st.st_ino != PROC_ROOT_INODE)
		return fail(err, "open /proc: what is there is not a proc file system");
	return fd_take(&fd);
}

int
procfs_open(struct error *err)
{
	int fd = mount_fresh(false);

	return fd < 0 ? open_proven(err) : fd;
}

int
procfs_open_whole(struct error *err)
{
	int fd = mount_fresh(true);

	return fd < 0 ? open_proven(err) : fd;
}

int
procfs_open_file(int procfs, const char *path, int flags, struct error *err)
{
	struct open_how how = {
		.flags = (uint64_t) (unsigned) flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int) syscall(SYS_openat2, procfs, path, &how, sizeof(how));

	return fd < 0 ? fail_errno(err, "open /proc/%s", path) : fd;
}

int
procfs_write(int procfs, const char *path, const char *text, struct error *err)
{
	scoped_fd fd = GET(procfs_open_file(procfs, path, O_WRONLY, err));
	size_t length = strlen(text);
	ssize_t n = write(fd, text, length);

	if (n < 0)
		return fail_errno(err, "write /proc/%s", path);
	if ((size_t) n != length)
		return fail(err, "write /proc/%s: only %zd of %zu bytes were taken", path, n,
			    length);
	return 0;
}
