/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole test program once more, as the root of a user namespace: where there are no trusted
 * attributes, no devices but whiteouts, and few users. Tests that need more ask scratch_is_real_root.
 *
 * With 65536 users if we are root, else with one.
 */
#ifndef COOPERAGE_INSIDE_H
#define COOPERAGE_INSIDE_H

#include <sched.h>
#include <sys/wait.h>

#include "scratch.h"

#define INSIDE_FIRST 100000

static inline bool
inside_write(pid_t pid, const char *file, const char *text)
{
	char path[64];

	(void) snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, file);
	scoped_fd fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);
}

static inline bool
inside_map(pid_t pid)
{
	char users[64], groups[64];
	bool root = geteuid() == 0;

	(void) snprintf(users, sizeof(users), "0 %u %u", root ? INSIDE_FIRST : geteuid(), root ? 65536 : 1);
	(void) snprintf(groups, sizeof(groups), "0 %u %u", root ? INSIDE_FIRST : getegid(), root ? 65536 : 1);
	if (!root && !inside_write(pid, "setgroups", "deny"))
		return false;
	return inside_write(pid, "uid_map", users) && inside_write(pid, "gid_map", groups);
}

/* The child, once its users are mapped; never returns. */
static inline void
inside_run(int mapped, const char *directory)
{
	char byte;

	if (read(mapped, &byte, 1) != 1 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		_exit(2);
	scoped_fd output = openat(AT_FDCWD, "output", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	(void) dup2(output, 1);
	(void) dup2(output, 2);
	(void) setenv("TMPDIR", directory, 1);
	(void) setenv("COOPERAGE_INSIDE", "1", 1);
	(void) execl("/proc/self/exe", "inside", (char *) NULL);
	_exit(3);
}

/* Returns the exit status; 77 if there are no user namespaces to be had. */
static inline int
inside_again(struct scratch *scratch)
{
	int unshared[2], mapped[2], status;
	char byte = 'x';

	if (pipe(unshared) < 0 || pipe(mapped) < 0)
		abort();
	if (geteuid() == 0 && (chmod(scratch->path, 0700) < 0 || chown(scratch->path, INSIDE_FIRST, INSIDE_FIRST) < 0))
		abort();
	pid_t pid = fork();
	if (pid == 0) {
		/* what the test ran as root may not leave its directory behind as the working one */
		if (chdir(scratch->path) < 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
		    write(unshared[1], &byte, 1) != 1)
			_exit(77);
		(void) close(mapped[1]);
		inside_run(mapped[0], scratch->path);
	}
	(void) close(unshared[1]);
	if (read(unshared[0], &byte, 1) == 1 && inside_map(pid))
		(void) !write(mapped[1], &byte, 1);
	(void) close(mapped[1]);
	(void) waitpid(pid, &status, 0);
	(void) close(unshared[0]);
	(void) close(mapped[0]);
	if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
		print_message("%s\n", scratch_says(scratch, "cat output"));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline void
inside_test(bool needs_users)
{
	scoped_scratch struct scratch scratch = scratch_make();

	if (getenv("COOPERAGE_INSIDE") != NULL || (needs_users && !scratch_is_root()))
		skip();
	int status = inside_again(&scratch);
	if (status == 77) {
		print_message("user namespaces are not allowed\n");
		skip();
	}
	CHECK_EQ(status, 0);
}

#define TEST_INSIDE                                                                                \
	TEST(all_of_this_holds_in_a_user_namespace_too)                                            \
	{                                                                                          \
		inside_test(false);                                                                \
	}

/* For tests that give files to users. */
#define TEST_INSIDE_WITH_USERS                                                                     \
	TEST(all_of_this_holds_in_a_user_namespace_too)                                            \
	{                                                                                          \
		inside_test(true);                                                                 \
	}

#endif
