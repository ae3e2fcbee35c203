/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/mount_target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"

#define WANTED (STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID)

/* lxcfs shows a container its own numbers in these; the last two are for criu and for FIPS. */
bool
mount_target_may_lie_in_proc(const char *path)
{
	static const char *const files[] = {
		"/proc/cpuinfo",
		"/proc/diskstats",
		"/proc/meminfo",
		"/proc/stat",
		"/proc/swaps",
		"/proc/uptime",
		"/proc/loadavg",
		"/proc/slabinfo",
		"/proc/sys/kernel/ns_last_pid",
		"/proc/sys/crypto/fips_enabled",
	};

	for (size_t i = 0; i < COUNT(files); i++) {
		if (text_equal(path, files[i]))
			return true;
	}
	return false;
}

static int
read_identity(int fd, struct statx *stx, struct error *err)
{
	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, WANTED, stx) < 0)
		return fail_errno(err, "look at the mount point");
	return 0;
}

int
mount_target_read_root(struct mount_root *root, int fd, struct error *err)
{
	struct statx stx;

	TRY(read_identity(fd, &stx, err));
	*root = (struct mount_root){
		.fd = fd,
		.mount_id = stx.stx_mnt_id,
		.inode = stx.stx_ino,
		.device = { stx.stx_dev_major, stx.stx_dev_minor },
	};
	return 0;
}

/* Only of what is not on the root's own file system it has to be asked. */
static int
is_proc(const struct statx *found, const struct mount_root *root, int fd, struct error *err)
{
	struct statfs fs;

	if (found->stx_dev_major == root->device[0] && found->stx_dev_minor == root->device[1])
		return 0;
	if (fstatfs(fd, &fs) < 0)
		return fail_errno(err, "look at the mount point");
	return fs.f_type == PROC_SUPER_MAGIC;
}

/* By what it is, not by what it is called: links of the image may lead anywhere in the root. */
static int
judge(const struct statx *found, int fd, const struct mount_root *root, const char *path,
      struct error *err)
{
	if (found->stx_mnt_id == root->mount_id && found->stx_ino == root->inode)
		return fail(err, "the mount point is the root itself");
	if (!mount_target_may_lie_in_proc(path) && GET(is_proc(found, root, fd, err)) != 0)
		return fail(err, "\"%s\" cannot be mounted because it is inside /proc", path);
	return 0;
}

/* The kernel only says that it is invalid; engines look for "not a directory". */
static int
check_shape(const struct statx *found, enum mount_shape shape, struct error *err)
{
	bool is_directory = S_ISDIR(found->stx_mode);

	if (is_directory == (shape == MOUNT_SHAPE_DIRECTORY))
		return 0;
	errno = ENOTDIR;
	return fail_errno(err, is_directory ? "a file cannot be mounted on a directory"
					    : "a directory cannot be mounted on a file");
}

int
mount_target_open(struct mount_target *target, const struct mount_root *root, const char *path,
		  enum mount_shape shape, int flags, struct error *err)
{
	scoped_fd fd = -1;
	struct statx found;
	bool missing = GET(beneath_open_if_there(&fd, root->fd, path, O_PATH | flags, err)) != 0;

	if (missing && shape == MOUNT_SHAPE_FILE)
		fd = GET(beneath_add_file(root->fd, path, 0644, err));
	else if (missing)
		fd = GET(beneath_add_directories(root->fd, path, 0755, err));
	TRY(read_identity(fd, &found, err));
	TRY(check_shape(&found, shape, err));
	TRY(judge(&found, fd, root, path, err));
	*target = (struct mount_target){
		.fd = fd_take(&fd),
		.existed = !missing,
		.mode = found.stx_mode,
	};
	return 0;
}

int
mount_target_open_ordinary(struct mount_target *target, const struct mount_root *root,
			   const char *path, const char *type, struct error *err)
{
	scoped_fd fd = -1;
	struct statx found;
	bool missing =
		GET(beneath_open_if_there(&fd, root->fd, path, O_PATH | O_NOFOLLOW, err)) != 0;

	if (missing)
		fd = GET(beneath_add_directories(root->fd, path, 0755, err));
	TRY(read_identity(fd, &found, err));
	if (!S_ISDIR(found.stx_mode))
		return fail(err, "filesystem \"%s\" must be mounted on ordinary directory", type);
	if (!text_equal(type, "proc"))
		TRY(judge(&found, fd, root, path, err));
	*target = (struct mount_target){
		.fd = fd_take(&fd),
		.existed = !missing,
		.mode = found.stx_mode,
	};
	return 0;
}
