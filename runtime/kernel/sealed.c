/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two ways to be out of reach. An overlay without an upper layer has nowhere to write to, whoever
 * asks: it takes no copy, but root and a kernel that has it. A sealed memfd is open to everybody
 * and costs a copy of the program. Either way we must be executed once more, since what
 * /proc/PID/exe leads to is what was executed.
 */
#include "runtime/kernel/sealed.h"

#include <link.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "runtime/kernel/syscalls.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif
#ifndef STATX_ATTR_VERITY
#define STATX_ATTR_VERITY 0x00100000
#endif

#define OUR_NAME "runlet"
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* ---- are we? -------------------------------------------------------------------------------- */

static bool
is_sealed_memory(int exe)
{
	int seals = fcntl(exe, F_GET_SEALS);

	return seals >= 0 && (seals & SEALS) == SEALS;
}

static bool
is_verity(int exe)
{
	struct statx about;

	return statx(exe, "", AT_EMPTY_PATH, 0, &about) == 0 &&
	       (about.stx_attributes_mask & about.stx_attributes & STATX_ATTR_VERITY) != 0;
}

/*
 * A read-only overlay on a mount that is attached nowhere: the kernel clones no such mount, while
 * it would one of our namespace. The root of a container that is an overlay mounted read-only is
 * thus not taken for ours, since that flag can be taken off again.
 */
static bool
is_loose_overlay(int exe)
{
	struct statfs fs;

	if (fstatfs(exe, &fs) < 0 || fs.f_type != OVERLAYFS_SUPER_MAGIC ||
	    (fs.f_flags & ST_RDONLY) == 0)
		return false;
	scoped_fd clone =
		sys_open_tree(exe, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return clone < 0 && errno == EINVAL;
}

/*
 * Asked of the file itself: what the environment or the arguments say, somebody else may have
 * said.
 */
static bool
is_sealed(int exe)
{
	return is_sealed_memory(exe) || is_loose_overlay(exe) || is_verity(exe);
}

/* ---- the overlay ---------------------------------------------------------------------------- */

/*
 * An overlay without an upper layer wants two lower ones. The second may be any directory that does
 * not hold the first.
 */
#define SECOND_LAYER "/dev"

/* Splits the path of our program at its last slash; false if it cannot be an option of a mount. */
static bool
find_directory(char path[PATH_MAX], char **name)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	if (n <= 0)
		return false;
	path[n] = '\0';
	*name = strrchr(path, '/');
	if (*name == NULL || *name == path || strpbrk(path, ":,\\") != NULL ||
	    strncmp(path, SECOND_LAYER "/", strlen(SECOND_LAYER "/")) == 0)
		return false;
	*(*name)++ = '\0';
	return true;
}

/* The path may lead elsewhere by now, as when our package was upgraded this moment. */
static bool
is_same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
	       a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
	       a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

/* Our program as seen through an overlay, or -1 where that cannot be. */
static int
open_through_overlay(int exe)
{
	char path[PATH_MAX], *name;
	scoped_buffer layers = { 0 };
	scoped_fd context = -1;

	if (geteuid() != 0 || !find_directory(path, &name))
		return -1;
	context = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	buffer_add_format(&layers, "%s:%s", path, SECOND_LAYER);
	if (context < 0 ||
	    sys_fsconfig(context, FSCONFIG_SET_STRING, "lowerdir", layers.bytes, 0) < 0 ||
	    sys_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	scoped_fd mount = sys_fsmount(context, FSMOUNT_CLOEXEC,
				      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0)
		return -1;
	scoped_fd seen = openat(mount, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	fd_close(&mount); /* now nothing but the file holds it, as after the exec */
	return seen >= 0 && is_same_file(seen, exe) && is_loose_overlay(seen) ? fd_take(&seen) : -1;
}

/* ---- the memfd ------------------------------------------------------------------------------ */

/* Kernels before 6.3 do not know MFD_EXEC: there every memfd can be executed. */
static int
make_memory(struct error *err)
{
	int fd = memfd_create(OUR_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(OUR_NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0 && errno == EACCES)
		return fail_errno(err, "make an executable memfd (see sysctl vm.memfd_noexec)");
	return fd < 0 ? fail_errno(err, "make a memfd") : fd;
}

/* Up to where the program is loaded from: what follows are symbols, for debuggers only. */
static off_t
find_end(int exe, off_t size)
{
	ElfW(Ehdr) head;
	ElfW(Phdr) parts[16];
	off_t end = 0;

	if (pread(exe, &head, sizeof(head), 0) != sizeof(head) ||
	    head.e_phentsize != sizeof(parts[0]) || head.e_phnum > COUNT(parts))
		return size;
	ssize_t n = (ssize_t) (head.e_phnum * sizeof(parts[0]));
	if (pread(exe, parts, (size_t) n, (off_t) head.e_phoff) != n)
		return size;
	for (size_t i = 0; i < head.e_phnum; i++) {
		off_t part_end = (off_t) (parts[i].p_offset + parts[i].p_filesz);
		end = part_end > end ? part_end : end;
	}
	return end > 0 && end <= size ? end : size;
}

static int
copy_program(int to, int from, struct error *err)
{
	struct stat about;

	if (fstat(from, &about) < 0)
		return fail_errno(err, "look at our own program");
	for (off_t left = find_end(from, about.st_size); left > 0;) {
		ssize_t n = sendfile(to, from, NULL, (size_t) left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "copy our own program");
		if (n == 0)
			return fail(err, "copy our own program: it became shorter");
		left -= n;
	}
	return 0;
}

static int
seal(int fd, struct error *err)
{
	if (fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_EXEC) == 0)
		return 0;
	if (errno == EINVAL && fcntl(fd, F_ADD_SEALS, SEALS) == 0)
		return 0; /* before Linux 6.3 */
	return fail_errno(err, "seal the copy of our own program");
}

static int
copy_to_memory(int exe, struct error *err)
{
	scoped_fd copy = GET(make_memory(err));

	TRY(copy_program(copy, exe, err));
	TRY(seal(copy, err));
	if (!is_sealed(copy))
		return fail(err, "seal the copy of our own program: it is still open to change");
	return fd_take(&copy);
}

/* ---- again ---------------------------------------------------------------------------------- */

/*
 * TOMOYO looks up the name that the kernel gives to a program without one, and /dev/fd may be
 * missing.
 */
static void
execute(int fd, char *const argv[])
{
	char path[64];

	(void) syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	if (errno != ENOENT)
		return;
	(void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	(void) execve(path, argv, environ);
}

int
sealed_enter(char *const argv[], struct error *err)
{
	scoped_fd exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (exe < 0)
		return fail_errno(err, "open our own program by /proc/self/exe");
	if (is_sealed(exe)) {
		(void) prctl(PR_SET_NAME, OUR_NAME); /* execveat called us by the number of an fd */
		return 0;
	}

	scoped_fd sealed = open_through_overlay(exe);
	if (sealed < 0)
		sealed = GET(copy_to_memory(exe, err));
	execute(sealed, argv);
	return fail_errno(err, "execute the sealed copy of our own program");
}
