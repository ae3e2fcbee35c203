/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The program that is sealed is this one: executed as a subject, it enters before main and reports
 * what it has become.
 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/tree.h"
#include "runtime/kernel/sealed.h"
#include "tests/unit/child.h"

#define REPORT 201 /* the number of the fd that a subject reports to */

/* ---- the subject ---------------------------------------------------------------------------- */

static void
report(char **argv, const char *error)
{
	char exe[PATH_MAX] = "", name[32];
	scoped_fd fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int seals = fcntl(fd, F_GET_SEALS);

	(void) !readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	(void) snprintf(name, sizeof(name), "%s", child_read("/proc/self/comm"));
	dprintf(REPORT, "error: %s\nentered: %s\nexe: %s\nseals: %s\ncomm: %s", error,
		getenv("ENTERED"), exe, seals >= 0 && (seals & 15) == 15 ? "all" : "none", name);
	for (char **arg = argv; *arg != NULL; arg++)
		dprintf(REPORT, "arg: %s\n", *arg);
}

static void __attribute__((constructor)) be_subject(int argc, char **argv)
{
	struct error err = { 0 };
	char count[2] = "0";

	(void) argc;
	if (getenv("ENTERED") == NULL)
		return;
	count[0] = (char) (getenv("ENTERED")[0] + 1);
	(void) setenv("ENTERED", count, 1);
	if (count[0] < '5') /* or else it would go on for ever */
		(void) sealed_enter(argv, &err);
	report(argv, err.text);
	(void) raise(SIGSTOP); /* to be looked at from outside */
	_exit(0);
}

/*
 * The attack: what /proc/PID/exe led to is held until nobody executes it any more, and then opened
 * for writing.
 */
static void
attack(pid_t pid, struct buffer *heard)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/exe", (int) pid);
	scoped_fd place = open(path, O_PATH | O_CLOEXEC);
	buffer_add_text(heard, place >= 0 ? "seen: yes\n" : "seen: no\n");
	(void) kill(pid, SIGCONT);
	(void) waitpid(pid, NULL, 0);

	(void) snprintf(path, sizeof(path), "/proc/self/fd/%d", place);
	scoped_fd fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, "pwned", 5) > 0;
	buffer_add_text(heard, written ? "write: done\n" : "write: refused\n");
	buffer_add_text(heard, truncate(path, 0) == 0 ? "truncate: done\n" : "truncate: refused\n");
}

/* Runs this program, or a copy of it, as a subject. What it reports ends with the buffer. */
static void
run(const char *program, uid_t uid, struct buffer *heard)
{
	char *const argv[] = { (char[]){ "a strange name" }, (char[]){ "" }, (char[]){ "--flag" },
			       (char[]){ "b c" }, NULL };
	int pipe_[2];
	ssize_t n;

	CHECK_EQ(pipe2(pipe_, O_CLOEXEC), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (uid != geteuid() && setresuid(uid, uid, uid) < 0)
			_exit(98);
		(void) dup2(pipe_[1], REPORT);
		(void) setenv("ENTERED", "0", 1);
		(void) execv(program, argv);
		_exit(99);
	}
	(void) close(pipe_[1]);
	int status = 0;
	(void) waitpid(pid, &status, WUNTRACED);
	if (WIFSTOPPED(status))
		attack(pid, heard);
	while ((n = read(pipe_[0], buffer_room(heard, 4096), 4096)) > 0)
		buffer_used(heard, (size_t) n);
	(void) close(pipe_[0]);
}

/* A copy of this program in a directory of this name, which everybody may execute. */
struct copy {
	char directory[64], program[128];
};

static struct copy
make_copy(const char *subdirectory)
{
	struct copy copy = { .directory = "/tmp/test_sealed.XXXXXX" };
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	char *bytes;
	size_t n;

	assert_non_null(mkdtemp(copy.directory));
	assert_int_equal(chmod(copy.directory, 0755), 0);
	(void) snprintf(copy.program, sizeof(copy.program), "%s/%s", copy.directory, subdirectory);
	assert_int_equal(mkdir(copy.program, 0755), 0);
	(void) snprintf(copy.program, sizeof(copy.program), "%s/%s/subject", copy.directory,
			subdirectory);
	CHECK_OK(file_read_at(AT_FDCWD, "/proc/self/exe", 100 << 20, &arena, &bytes, &n, &err),
		 err);
	CHECK_OK(file_replace(AT_FDCWD, copy.program, bytes, n, 0755, &err), err);
	return copy;
}

static void
remove_copy(struct copy *copy)
{
	struct error err;

	(void) tree_remove(AT_FDCWD, copy->directory, &err);
}
#define scoped_copy scoped(remove_copy) struct copy

static void
check_heard(const struct buffer *heard, const char *line)
{
	if (strstr(buffer_text(heard), line) == NULL)
		check_failed("wanted \"%s\" in:\n%s", line, buffer_text(heard));
}

/* What holds on every road. */
static void
check_sealed(const struct buffer *heard)
{
	check_heard(heard, "error: \n");
	check_heard(heard, "entered: 2\n");
	check_heard(heard, "comm: runlet\n");
	check_heard(heard, "seen: yes\n");
	check_heard(heard, "write: refused\n");
	check_heard(heard, "truncate: refused\n");
	check_heard(heard, "arg: a strange name\narg: \narg: --flag\narg: b c\n");
}

/* ---- tests ---------------------------------------------------------------------------------- */

TEST(a_program_enters_once_with_its_arguments_and_cannot_be_written_to)
{
	scoped_copy copy = make_copy("bin");
	scoped_buffer heard = { 0 };

	run(copy.program, geteuid(), &heard);
	check_sealed(&heard);
}

TEST(where_a_path_cannot_be_a_mount_option_a_sealed_copy_is_run)
{
	scoped_copy copy = make_copy("a:b,c");
	scoped_buffer heard = { 0 };

	run(copy.program, geteuid(), &heard);
	check_sealed(&heard);
	check_heard(&heard, "exe: /memfd:runlet (deleted)\n");
	check_heard(&heard, "seals: all\n");
}

TEST(who_is_not_root_runs_a_sealed_copy)
{
	scoped_copy copy = make_copy("bin");
	scoped_buffer heard = { 0 };

	run(copy.program, geteuid() == 0 ? 999 : geteuid(), &heard);
	check_sealed(&heard);
	check_heard(&heard, "exe: /memfd:runlet (deleted)\n");
	check_heard(&heard, "seals: all\n");
}

TEST(the_file_on_disk_is_what_it_was)
{
	scoped_copy copy = make_copy("bin");
	scoped_arena arena = { 0 };
	scoped_buffer heard = { 0 };
	struct error err = { 0 };
	char *ours, *theirs;
	size_t n, m;

	run(copy.program, geteuid(), &heard);
	CHECK_OK(file_read_at(AT_FDCWD, "/proc/self/exe", 100 << 20, &arena, &ours, &n, &err), err);
	CHECK_OK(file_read_at(AT_FDCWD, copy.program, 100 << 20, &arena, &theirs, &m, &err), err);
	CHECK_EQ(n, m);
	CHECK_EQ(memcmp(ours, theirs, n), 0);
}
