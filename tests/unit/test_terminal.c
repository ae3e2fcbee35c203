/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/terminal.h"
#include "tests/unit/child.h"

#define ROOT "/tmp/root"
#define PRIVATE (CLONE_NEWUSER | CLONE_NEWNS)

/* ---- a root with a /dev --------------------------------------------------------------------- */

static void
must(int result, const char *what)
{
	child_expect(result >= 0, "%s: %s", what, strerror(errno));
}

static int
make_root(void)
{
	must(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "private");
	must(mount("test", "/tmp", "tmpfs", 0, NULL), "tmpfs");
	must(mkdir(ROOT, 0755), ROOT);
	must(mkdir(ROOT "/dev", 0755), ROOT "/dev");
	must(mkdir(ROOT "/dev/pts", 0755), ROOT "/dev/pts");
	must(setsid(), "setsid"); /* as the guest does */

	int root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	must(root, "open the root");
	return root;
}

static void
mount_devpts(void)
{
	must(mount("devpts", ROOT "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666,mode=0620"),
	     "devpts");
}

static int
make_root_with_devpts(void)
{
	int root = make_root();

	mount_devpts();
	return root;
}

/* ---- a terminal ----------------------------------------------------------------------------- */

static void
make(void)
{
	struct oci_box size = { .height = 33, .width = 111 };
	struct error err = { 0 };
	struct winsize window;
	char text[64] = "";
	int root = make_root_with_devpts();

	int master = terminal_make(root, &size, geteuid(), &err);
	child_expect(master >= 0, "%s", err.text);
	for (int fd = 0; fd <= 2; fd++) {
		child_expect(isatty(fd), "fd %d is no terminal", fd);
		child_expect((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0,
			     "fd %d does not outlive an exec", fd);
	}
	child_expect((fcntl(master, F_GETFD) & FD_CLOEXEC) != 0, "the master outlives an exec");
	child_expect(tcgetsid(0) == getpid(), "it is not our controlling terminal");
	must(ioctl(0, TIOCGWINSZ, &window), "size");
	child_expect(window.ws_row == 33 && window.ws_col == 111, "%ux%u", window.ws_row,
		     window.ws_col);
	must((int) write(1, "hello\n", 6), "write");
	must((int) read(master, text, sizeof(text) - 1), "read");
	child_expect(strcmp(text, "hello\r\n") == 0, "heard \"%s\"", text);
}

TEST(a_terminal_is_our_streams_and_controls_us)
{
	CHECK_CHILD(PRIVATE, make);
}

static void
give_away(void)
{
	struct error err = { 0 };
	struct stat about;
	int root = make_root_with_devpts();

	child_expect(terminal_make(root, NULL, 1000, &err) >= 0, "%s", err.text);
	must(fstat(0, &about), "look");
	child_expect(about.st_uid == 1000, "it belongs to %u", about.st_uid);
	child_expect((about.st_mode & 0777) == 0620, "its mode is %o", about.st_mode & 0777);
}

TEST(a_terminal_belongs_to_its_user)
{
	if (geteuid() != 0) {
		print_message("skipped: needs root\n");
		skip();
	}
	CHECK_CHILD(CLONE_NEWNS, give_away);
}

static void
check_refused(int root, const char *wanted)
{
	struct error err = { 0 };

	child_expect(terminal_make(root, NULL, geteuid(), &err) < 0, "a terminal was made");
	child_expect(strcmp(err.text, wanted) == 0, "%s", err.text);
}

static void
make_from_a_fifo(void)
{
	int root = make_root();

	must(mkfifo(ROOT "/dev/pts/ptmx", 0666), "mkfifo");
	check_refused(root, "/dev/pts is not a devpts file system");
}

static void
make_from_a_link(void)
{
	int root = make_root();

	must(rmdir(ROOT "/dev/pts"), "rmdir");
	must(symlink("/dev/pts", ROOT "/dev/pts"), "symlink");
	check_refused(root, "open dev/pts: Too many levels of symbolic links");
	must(unlink(ROOT "/dev/pts"), "unlink");
	must(symlink("../../../dev/pts", ROOT "/dev/pts"), "symlink");
	check_refused(root, "open dev/pts: Too many levels of symbolic links");
}

static void
make_from_a_covered_one(void)
{
	int root = make_root_with_devpts();

	must(mkfifo("/tmp/fifo", 0666), "mkfifo");
	must(mount("/tmp/fifo", ROOT "/dev/pts/ptmx", NULL, MS_BIND, NULL), "bind");
	check_refused(root, "open /dev/pts/ptmx: Invalid cross-device link");
}

static void
make_without_a_directory(void)
{
	int root = make_root();

	must(rmdir(ROOT "/dev/pts"), "rmdir");
	check_refused(root, "open dev/pts: No such file or directory");
}

TEST(a_fifo_in_its_place_is_refused_without_waiting_for_it)
{
	CHECK_CHILD(PRIVATE, make_from_a_fifo);
}

TEST(a_link_to_the_hosts_terminals_leads_nowhere)
{
	CHECK_CHILD(PRIVATE, make_from_a_link);
}

TEST(something_mounted_on_the_multiplexer_is_refused)
{
	CHECK_CHILD(PRIVATE, make_from_a_covered_one);
}

TEST(a_root_without_devpts_has_no_terminals)
{
	CHECK_CHILD(PRIVATE, make_without_a_directory);
}

/* ---- the console ---------------------------------------------------------------------------- */

static void
bind(int root)
{
	struct error err = { 0 };
	struct stat console, input;

	child_expect(terminal_make(root, NULL, geteuid(), &err) >= 0, "%s", err.text);
	child_expect(terminal_bind_console(root, &err) == 0, "%s", err.text);
	must(stat(ROOT "/dev/console", &console), "look at the console");
	must(fstat(0, &input), "look at the input");
	child_expect(S_ISCHR(console.st_mode) && console.st_rdev == input.st_rdev,
		     "the console is not the terminal");
}

static void
bind_on_nothing(void)
{
	bind(make_root_with_devpts());
}

static void
bind_on_a_file(void)
{
	int root = make_root_with_devpts();

	child_expect(child_write(ROOT "/dev/console", "was here"), "write");
	bind(root);
	must(umount2(ROOT "/dev/console", MNT_DETACH), "umount");
	child_expect(strcmp(child_read(ROOT "/dev/console"), "was here") == 0,
		     "the file was written to");
}

static void
check_console_refused(int root, const char *wanted)
{
	struct error err = { 0 };

	child_expect(terminal_make(root, NULL, geteuid(), &err) >= 0, "%s", err.text);
	child_expect(terminal_bind_console(root, &err) < 0, "the console was bound");
	child_expect(strcmp(err.text, wanted) == 0, "%s", err.text);
}

static void
bind_on_a_link(void)
{
	int root = make_root_with_devpts();

	must(symlink("/tmp/canary", ROOT "/dev/console"), "symlink");
	check_console_refused(root, "/dev/console is a link");
	child_expect(access("/tmp/canary", F_OK) < 0 && access(ROOT "/tmp/canary", F_OK) < 0,
		     "what the link names was made");
}

static void
bind_on_a_directory(void)
{
	int root = make_root_with_devpts();

	must(mkdir(ROOT "/dev/console", 0755), "mkdir");
	check_console_refused(root, "/dev/console is a directory");
}

TEST(the_console_is_the_terminal)
{
	CHECK_CHILD(PRIVATE, bind_on_nothing);
}

TEST(a_file_is_covered_and_stays_as_it_is)
{
	CHECK_CHILD(PRIVATE, bind_on_a_file);
}

TEST(a_link_is_not_followed)
{
	CHECK_CHILD(PRIVATE, bind_on_a_link);
}

TEST(a_directory_is_no_place_for_a_console)
{
	CHECK_CHILD(PRIVATE, bind_on_a_directory);
}

/* ---- the host's side ------------------------------------------------------------------------ */

TEST(our_own_terminal_becomes_raw_and_what_it_was)
{
	struct error err = { 0 };
	struct termios before, raw, saved, after;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (master < 0 || tcgetattr(master, &before) < 0) {
		print_message("skipped: no terminals here\n");
		skip();
	}
	CHECK_OK(terminal_make_raw(master, &saved, &err), err);
	CHECK_EQ(tcgetattr(master, &raw), 0);
	CHECK_EQ(raw.c_lflag & (tcflag_t) (ECHO | ICANON | ISIG), 0);
	terminal_restore(master, &saved);
	CHECK_EQ(tcgetattr(master, &after), 0);
	CHECK_EQ(after.c_lflag, before.c_lflag);
	CHECK_EQ(after.c_oflag, before.c_oflag);
	(void) close(master);
}

TEST(what_is_no_terminal_is_told_apart)
{
	struct error err = { 0 };
	struct termios saved;
	int pipe_[2];

	CHECK_EQ(pipe(pipe_), 0);
	CHECK_EQ(terminal_make_raw(pipe_[0], &saved, &err), 1);
	(void) close(pipe_[0]);
	(void) close(pipe_[1]);
}

TEST(the_size_follows)
{
	struct winsize size = { .ws_row = 5, .ws_col = 6 }, now;
	int from = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC),
	    to = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (from < 0 || to < 0) {
		print_message("skipped: no terminals here\n");
		skip();
	}
	CHECK_EQ(ioctl(from, TIOCSWINSZ, &size), 0);
	terminal_copy_size(from, to);
	CHECK_EQ(ioctl(to, TIOCGWINSZ, &now), 0);
	CHECK(now.ws_row == 5 && now.ws_col == 6);
	terminal_copy_size(-1, to);
	CHECK_EQ(ioctl(to, TIOCGWINSZ, &now), 0);
	CHECK(now.ws_row == 5 && now.ws_col == 6);
	(void) close(from);
	(void) close(to);
}
