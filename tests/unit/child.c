/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/syscalls.h"

/* Where complaints go: the write end of a pipe, on a number that nobody else uses. */
#define COMPLAINTS 200

void
child_expect(bool truth, const char *format, ...)
{
	char text[4096];
	va_list args;

	if (truth)
		return;
	va_start(args, format);
	(void) vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	(void) !write(COMPLAINTS, text, strlen(text));
	_exit(1);
}

void
child_expect_text(const char *actual, const char *wanted)
{
	child_expect(strcmp(actual, wanted) == 0, "\"%s\" instead of \"%s\"", actual, wanted);
}

const char *
child_read(const char *path)
{
	static char text[4096];
	scoped_fd fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

bool
child_write(const char *path, const char *text)
{
	scoped_fd fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text);
}

static bool
enter(uint64_t namespaces)
{
	char uid_line[32], gid_line[32];

	(void) snprintf(uid_line, sizeof(uid_line), "0 %u 1", geteuid());
	(void) snprintf(gid_line, sizeof(gid_line), "0 %u 1", getegid());
	if (unshare((int) namespaces) < 0)
		return false;
	return (namespaces & CLONE_NEWUSER) == 0 || (child_write("/proc/self/setgroups", "deny") &&
						     child_write("/proc/self/uid_map", uid_line) &&
						     child_write("/proc/self/gid_map", gid_line));
}

/* The status of a child as an exit status. */
static int
await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) < 0)
		return 99;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void
be_child(uint64_t namespaces, void (*part)(void))
{
	child_expect(enter(namespaces), "child: make namespaces: %s", strerror(errno));
	if ((namespaces & CLONE_NEWPID) != 0) {
		pid_t pid = fork();
		if (pid != 0)
			_exit(pid < 0 ? 99 : await(pid));
	}
	part();
	_exit(0);
}

const char *
child_run(uint64_t namespaces, void (*part)(void))
{
	static char text[4096];
	int pipe_[2];
	size_t n = 0;

	if (pipe2(pipe_, O_CLOEXEC) < 0)
		return "child: no pipe";
	pid_t pid = fork();
	if (pid == 0) {
		if (dup3(pipe_[1], COMPLAINTS, O_CLOEXEC) < 0)
			_exit(99);
		be_child(namespaces, part);
	}
	(void) close(pipe_[1]);
	for (ssize_t got;
	     n < sizeof(text) - 1 && (got = read(pipe_[0], text + n, sizeof(text) - 1 - n)) > 0;)
		n += (size_t) got;
	text[n] = '\0';
	(void) close(pipe_[0]);
	int status = pid < 0 ? 99 : await(pid);
	if (n == 0 && status != 0)
		(void) snprintf(text, sizeof(text), "child: ended with status %d", status);
	return text;
}

static void
do_nothing(void)
{
}

const char *
child_is_barred(uint64_t namespaces)
{
	if (child_run(namespaces, do_nothing)[0] != '\0')
		return "such namespaces cannot be made here";
	return NULL;
}

/* ---- bystanders ----------------------------------------------------------------------------- */

/* Until the child ends, however it does: nobody else holds the other end of the pipe. */
static void
linger(int life)
{
	char byte;

	(void) !read(life, &byte, 1);
	_exit(0);
}

static void
be_bystander(uint64_t first, uint64_t then, int life, int news)
{
	pid_t pid = getpid();

	child_expect(unshare((int) first) == 0 && unshare((int) then) == 0, "unshare: %s",
		     strerror(errno));
	if (((first | then) & (CLONE_NEWPID | CLONE_NEWTIME)) != 0)
		pid = fork();
	if (pid != 0)
		(void) !write(news, &pid, sizeof(pid));
	linger(life);
}

pid_t
child_bystander(uint64_t first, uint64_t then)
{
	int life[2], news[2];
	pid_t pid;

	child_expect(pipe2(life, O_CLOEXEC) == 0 && pipe2(news, O_CLOEXEC) == 0, "pipe");
	if (fork() == 0) {
		(void) close(life[1]);
		be_bystander(first, then, life[0], news[1]);
	}
	(void) close(life[0]);
	(void) close(news[1]);
	child_expect(read(news[0], &pid, sizeof(pid)) == sizeof(pid) && pid > 0, "no bystander");
	(void) close(news[0]);
	return pid; /* life[1] ends with us */
}
