/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Only in a build with --enable-coverage: counters are written also where libgcov alone cannot.
 *
 * libgcov writes a program's counters when it exits, to files of the build directory that it opens by
 * their path. A guest does not get so far: its root is another one by then, what it has open was
 * closed, it may be a user who may write nothing there, a filter may forbid to open files, and it
 * ends by an exec or by _exit. So the linker puts these functions in the way of the C library's
 * (--wrap): a directory of the host stays open, the files are opened below it, whoever comes first
 * makes them writable for all, and counters are written before an exec, an _exit and a filter.
 *
 * What is still lost: what a process did since, when a signal kills it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/close_range.h>

#define COUNTERS ".gcda"

enum { HIGH_FD = 500 }; /* out of the way of those that are passed on by number */

/* clang-format off */
extern void __gcov_dump(void);
extern void __gcov_reset(void);
extern int __real_open(const char *path, int flags, mode_t mode);
extern int __real_execve(const char *path, char *const *argv, char *const *env);
extern void __real__exit(int status) __attribute__((noreturn));
extern long __real_syscall(long number, long a, long b, long c, long d, long e, long f);
int __wrap_open(const char *path, int flags, ...);
int __wrap_execve(const char *path, char *const *argv, char *const *env);
void __wrap__exit(int status) __attribute__((noreturn));
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
/* clang-format on */

static int host_root = -1;
static bool is_filtered; /* a filter may kill whoever opens a file */

__attribute__((constructor)) static void
open_host_root(void)
{
	int fd = __real_open("/", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);

	host_root = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD);
	(void) close(fd);
}

/* They are added to what is in the files, and begin again at zero. */
static void
write_counters(void)
{
	int code = errno;

	if (!is_filtered) {
		__gcov_dump();
		__gcov_reset();
	}
	errno = code;
}

static bool
is_counters(const char *path)
{
	size_t length = strlen(path), ending = sizeof(COUNTERS) - 1;

	return path[0] == '/' && length > ending && strcmp(path + length - ending, COUNTERS) == 0;
}

int
__wrap_open(const char *path, int flags, ...)
{
	va_list rest;

	va_start(rest, flags);
	mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
	va_end(rest);
	if (!is_counters(path) || host_root < 0)
		return __real_open(path, flags, mode);

	int fd = openat(host_root, path + 1, flags | O_CLOEXEC, mode);
	if (fd >= 0)
		(void) fchmod(fd, 0666); /* not ours: it was done by its owner */
	return fd;
}

int
__wrap_execve(const char *path, char *const *argv, char *const *env)
{
	write_counters();
	return __real_execve(path, argv, env);
}

void
__wrap__exit(int status)
{
	write_counters();
	__real__exit(status);
}

/* A range that is closed leaves out the directory that must stay. */
static long
close_range_but_ours(unsigned first, unsigned last)
{
	unsigned ours = (unsigned) host_root;

	if (host_root < 0 || ours < first || ours > last)
		return __real_syscall(SYS_close_range, first, last, 0, 0, 0, 0);
	if (first < ours && __real_syscall(SYS_close_range, first, ours - 1, 0, 0, 0, 0) < 0)
		return -1;
	return ours < last ? __real_syscall(SYS_close_range, ours + 1, last, 0, 0, 0, 0) : 0;
}

long
__wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	if (number == SYS_close_range && (c & CLOSE_RANGE_CLOEXEC) == 0)
		return close_range_but_ours((unsigned) a, (unsigned) b);
	if (number == SYS_execveat)
		write_counters();
	bool filters = number == SYS_seccomp && c != 0;
	if (filters)
		write_counters();
	long result = __real_syscall(number, a, b, c, d, e, f);
	is_filtered = is_filtered || (filters && result >= 0);
	return result;
}
