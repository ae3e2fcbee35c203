/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "runtime/kernel/syscalls.h"

#define DEVPTS_MAGIC 0x1cd1

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

/* ---- guest side ----------------------------------------------------------------------------- */

/*
 * Opens the multiplexer of the container's devpts. The directory is proven to be a devpts first:
 * nobody but the kernel makes files there, so what is opened below it, without leaving the mount,
 * can be neither a FIFO to wait on nor a device of the host.
 */
static int
open_multiplexer(int root, struct error *err)
{
	struct open_how how = {
		.flags = O_RDWR | O_NOCTTY | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH,
	};
	struct statfs fs;
	struct stat about;
	scoped_fd directory = GET(beneath_open(root, "dev/pts", O_PATH | O_DIRECTORY, 0, err));

	if (fstatfs(directory, &fs) < 0)
		return fail_errno(err, "look at /dev/pts");
	if (fs.f_type != DEVPTS_MAGIC)
		return fail(err, "/dev/pts is not a devpts file system");

	scoped_fd master = (int) syscall(SYS_openat2, directory, "ptmx", &how, sizeof(how));
	if (master < 0)
		return fail_errno(err, "open /dev/pts/ptmx");
	if (fstat(master, &about) < 0)
		return fail_errno(err, "look at /dev/pts/ptmx");
	if (!S_ISCHR(about.st_mode) || about.st_rdev != makedev(5, 2))
		return fail(err, "/dev/pts/ptmx is not the terminal multiplexer");
	return fd_take(&master);
}

/* The slave's name in /dev/pts may be anybody's by now; the master knows its own. */
static int
open_slave(int master, struct error *err)
{
	int unlocked = 0;

	if (ioctl(master, TIOCSPTLCK, &unlocked) < 0)
		return fail_errno(err, "unlock the terminal");
	int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	return slave < 0 ? fail_errno(err, "open the terminal's slave") : slave;
}

static int
set_size(int master, const struct oci_box *size, struct error *err)
{
	if (size == NULL)
		return 0;
	struct winsize window = {
		.ws_row = (unsigned short) (size->height > UINT16_MAX ? UINT16_MAX : size->height),
		.ws_col = (unsigned short) (size->width > UINT16_MAX ? UINT16_MAX : size->width),
	};
	if (ioctl(master, TIOCSWINSZ, &window) < 0)
		return fail_errno(err, "set the size of the terminal");
	return 0;
}

int
terminal_make(int root, const struct oci_box *size, uint32_t uid, struct error *err)
{
	scoped_fd master = GET(open_multiplexer(root, err));
	scoped_fd slave = GET(open_slave(master, err));

	if (size == NULL)
		terminal_copy_size(0, master); /* ours, if we are at one: later the process might look first */
	TRY(set_size(master, size, err));
	if (fchown(slave, uid, (gid_t) -1) < 0)
		return fail_errno(err, "give the terminal to user %u", uid);
	if (ioctl(slave, TIOCSCTTY, 0) < 0)
		return fail_errno(err, "make the terminal our controlling terminal");
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(slave, fd) < 0)
			return fail_errno(err, "make the terminal our standard streams");
	return fd_take(&master);
}

int
terminal_bare_newlines(int master, struct error *err)
{
	struct termios modes;

	if (tcgetattr(master, &modes) < 0)
		return fail_errno(err, "read the terminal's modes");
	modes.c_oflag &= ~(tcflag_t) ONLCR;
	if (tcsetattr(master, TCSANOW, &modes) < 0)
		return fail_errno(err, "set the terminal's modes");
	return 0;
}

/* Opens the place to cover; an image may ship anything under the name, but only a file will do. */
static int
make_console(int root, struct error *err)
{
	struct stat about;
	scoped_fd directory = GET(beneath_open(root, "dev", O_PATH | O_DIRECTORY, 0, err));
	scoped_fd made = openat(directory, "console",
				O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (made < 0 && errno != EEXIST)
		return fail_errno(err, "create /dev/console");
	scoped_fd place = openat(directory, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0 || fstat(place, &about) < 0)
		return fail_errno(err, "open /dev/console");
	if (S_ISLNK(about.st_mode) || S_ISDIR(about.st_mode))
		return fail(err, "/dev/console is a %s",
			    S_ISDIR(about.st_mode) ? "directory" : "link");
	return fd_take(&place);
}

int
terminal_bind_console(int root, struct error *err)
{
	scoped_fd place = GET(make_console(root, err));
	scoped_fd slave = sys_open_tree(0, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);

	if (slave < 0)
		return fail_errno(err, "clone the terminal's mount");
	if (sys_move_mount(slave, "", place, "",
			   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return fail_errno(err, "mount the terminal on /dev/console");
	return 0;
}

/* ---- host side ------------------------------------------------------------------------------ */

int
terminal_make_raw(int fd, struct termios *saved, struct error *err)
{
	struct termios now;

	if (tcgetattr(fd, &now) < 0 && (errno == ENOTTY || errno == EINVAL))
		return 1;
	if (tcgetattr(fd, &now) < 0)
		return fail_errno(err, "read the terminal's modes");

	struct termios raw = now;
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw) < 0)
		return fail_errno(err, "set the terminal to raw mode");
	*saved = now;
	return 0;
}

void
terminal_restore(int fd, const struct termios *saved)
{
	/* It may have hung up, and then there is nothing to restore. */
	(void) tcsetattr(fd, TCSANOW, saved);
}

void
terminal_copy_size(int from, int master)
{
	struct winsize size;

	/* A container that has ended needs no size. */
	if (ioctl(from, TIOCGWINSZ, &size) == 0)
		(void) ioctl(master, TIOCSWINSZ, &size);
}
