/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/initramfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/arena.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/list.h"
#include "libcommon/text.h"
#include "runtime/kernel/procfs.h"
#include "runtime/kernel/syscalls.h"

#define MOUNTINFO_LIMIT (64u << 20)

static int
read_mount_id(int fd, const char *path, uint64_t *id, struct error *err)
{
	struct statx stx;

	if (statx(fd, path, AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0)
		return fail_errno(err, "look at the root");
	*id = stx.stx_mnt_id;
	return 0;
}

/* proc(5): blanks and backslashes in paths are written as \\040 and the like. */
static void
unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from != '\0'; from++) {
		if (from[0] == '\\' && from[1] != '\0' && from[2] != '\0' && from[3] != '\0') {
			char digits[4] = { from[1], from[2], from[3], '\0' };

			*to++ = (char) strtol(digits, NULL, 8);
			from += 3;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
}

/* In user namespaces what we inherited is locked and cannot go; then at least nobody sees it. */
static int
drop(const char *path, struct error *err)
{
	if (umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0)
		return 0;
	if (errno == ENOENT || errno == EACCES)
		return 0; /* gone with, or out of reach behind, one dropped before */
	if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1") < 0 &&
	    errno != ENOTDIR)
		return fail_errno(err, "cover the host's \"%s\"", path);
	return 0;
}

static int
drop_line(const char *line, uint64_t old, uint64_t new, struct error *err)
{
	unsigned long long id, parent;
	char path[PATH_MAX];

	if (sscanf(line, "%llu %llu %*s %*s %4095s", &id, &parent, path) != 3)
		return 0;
	if (parent != old || id == new)
		return 0;
	unescape(path);
	return drop(path, err);
}

static int
drop_mounts(int root, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_fd procfs = GET(procfs_open(err));
	scoped_fd file = GET(procfs_open_file(procfs, "self/mountinfo", O_RDONLY, err));
	uint64_t old, new;
	char *text;
	size_t n;

	TRY(read_mount_id(AT_FDCWD, "/", &old, err));
	TRY(read_mount_id(root, "", &new, err));
	TRY(file_read(file, "/proc/self/mountinfo", MOUNTINFO_LIMIT, &arena, &text, &n, err));

	struct text_list lines = text_split(&arena, text, '\n');
	for (size_t i = lines.count; i-- > 0;)
		TRY(drop_line(lines.items[i], old, new, err));
	return 0;
}

int
initramfs_leave(int root, struct error *err)
{
	if (sys_move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return fail_errno(err, "move the root file system");
	return drop_mounts(root, err);
}
