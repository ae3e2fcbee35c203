/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Part of runlet and cooper when they are built with --enable-sanitize, and of nothing else: what a
 * sanitizer finds must be seen by the test, wherever it was found.
 *
 * A guest has left the host's files behind (no log_path could be opened), has closed all descriptors but
 * its user's, and its standard error may go nowhere. But a mapping stays until exec. So a file of the
 * build directory, if it is there, is mapped before main begins, and whoever dies of a report leaves it
 * in there; tests/helpers/reports.bash reads it after each test.
 *
 * What is a leak? LeakSanitizer looks at the end of each process that returns from main: there, all that
 * was allocated must be free or in reach. It does not look where one ends by exec or _exit (the guest,
 * children that unpack and watch): their arenas are meant to end with them, and from a container it could
 * not look, since it needs /proc and ptrace. Nor can it look at one that is traced already.
 */
#include <fcntl.h>
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SLOT_SIZE 32768
#define SLOT_COUNT 32

struct slot {
	char text[SLOT_SIZE]; /* begins with a NUL as long as it is free */
};

static struct slot *slots;
static pid_t reporter; /* who has said something already */

/* Hooks of the run times: their names are given. */
const char *__asan_default_options(void);
const char *__ubsan_default_options(void);
int __lsan_is_turned_off(void);
void __ubsan_on_report(void);
void __ubsan_get_current_report_data(const char **kind, const char **message, const char **file,
				     unsigned *line, unsigned *column, char **address);

const char *
__asan_default_options(void)
{
	return "exitcode=86:strict_string_checks=1:handle_abort=1:allocator_may_return_null=0";
}

const char *
__ubsan_default_options(void)
{
	return "print_stacktrace=1:exitcode=86";
}

/* The init of a PID namespace sees no tracer that is outside of it; but a child that is traced, too, can ask for none. */
static bool
is_traced_from_outside(void)
{
	int status = 0;
	pid_t child = getpid() == 1 ? fork() : -1;

	if (child == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	return child > 0 && waitpid(child, &status, 0) == child && status != 0;
}

/* LeakSanitizer looks by ptrace, and cannot where strace or tests/faults/fault does: then there is no looking. */
int
__lsan_is_turned_off(void)
{
	char status[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, status, sizeof(status) - 1);
	const char *tracer = n > 0 ? strstr(status, "\nTracerPid:\t") : NULL;

	if (fd >= 0)
		(void) close(fd);
	return tracer == NULL || tracer[sizeof("\nTracerPid:\t") - 1] != '0' || is_traced_from_outside();
}

static void
leave(const char *text)
{
	reporter = getpid();
	for (int i = 0; slots != NULL && i < SLOT_COUNT; i++) {
		char is_free = '\0';
		if (!__atomic_compare_exchange_n(&slots[i].text[0], &is_free, '\n', false,
						 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
			continue;
		(void) snprintf(slots[i].text + 1, SLOT_SIZE - 2, "process %d:\n%s\n", reporter,
				text);
		return;
	}
}

/* At the end of any report, also of a leak, whose text is on standard error only. */
static void
leave_something(void)
{
	if (reporter != getpid())
		leave("died of what a sanitizer found");
}

void
__ubsan_on_report(void)
{
	const char *kind, *message, *file;
	unsigned line, column;
	char *address, text[1024];

	__ubsan_get_current_report_data(&kind, &message, &file, &line, &column, &address);
	(void) snprintf(text, sizeof(text), "%s:%u:%u: %s: %s", file, line, column, kind, message);
	leave(text);
}

static void __attribute__((constructor)) map_reports(void)
{
	int fd = open(SANITIZE_REPORTS, O_RDWR | O_CLOEXEC);
	struct stat about;

	__asan_set_error_report_callback(leave);
	__sanitizer_set_death_callback(leave_something);
	if (fd < 0)
		return;
	if (fstat(fd, &about) == 0 && about.st_size == (off_t) (sizeof(struct slot) * SLOT_COUNT)) {
		void *mapped = mmap(NULL, (size_t) about.st_size, PROT_READ | PROT_WRITE,
				    MAP_SHARED, fd, 0);
		slots = mapped == MAP_FAILED ? NULL : mapped;
	}
	(void) close(fd);
}
