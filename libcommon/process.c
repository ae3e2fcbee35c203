/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"

#define PIDFS_MAGIC 0x50494446

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int
open_pidfd(pid_t pid)
{
	return (int) syscall(SYS_pidfd_open, pid, 0);
}

/* Field 22: what follows the last ")" begins with field 3, and the name before it may hold anything. */
static int
read_start_time(uint64_t *start_time, pid_t pid, struct error *err)
{
	char path[64], text[2048];

	(void) snprintf(path, sizeof(path), "/proc/%d/stat", (int) pid);
	scoped_fd fd = GET(file_open(AT_FDCWD, path, O_RDONLY, err));
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return fail_errno(err, "read %s", path);
	text[n] = '\0';

	char *at = strrchr(text, ')');
	for (int field = 2; at != NULL && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (at == NULL)
		return fail(err, "%s: not understood", path);
	*start_time = strtoull(at, NULL, 10);
	return 0;
}

int
process_identify(struct process_identity *identity, pid_t pid, int pidfd, struct error *err)
{
	struct statfs fs;
	struct stat about;

	*identity = (struct process_identity){ .pid = pid };
	if (fstatfs(pidfd, &fs) < 0 || fstat(pidfd, &about) < 0)
		return fail_errno(err, "look at the pidfd of process %d", (int) pid);
	if (fs.f_type == PIDFS_MAGIC)
		identity->inode = about.st_ino;
	else
		TRY(read_start_time(&identity->start_time, pid, err));
	return 0;
}

int
process_open(int *pidfd, const struct process_identity *identity, struct error *err)
{
	struct process_identity now;

	*pidfd = -1;
	if (identity->pid <= 0)
		return 1;
	scoped_fd fd = open_pidfd(identity->pid);
	if (fd < 0 && (errno == ESRCH || errno == EINVAL || errno == ENOENT)) /* ENOENT: now it is a thread's */
		return 1;
	if (fd < 0)
		return fail_errno(err, "open process %d", (int) identity->pid);
	if (process_identify(&now, identity->pid, fd, err) < 0)
		return err->code == ENOENT || err->code == ESRCH ? 1 : -1; /* gone while we looked */
	if (now.inode != identity->inode || now.start_time != identity->start_time)
		return 1;
	*pidfd = fd_take(&fd);
	return 0;
}

bool
process_has_ended(int pidfd)
{
	struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };

	return poll(&poll_fd, 1, 0) > 0;
}

int
process_wait(int pidfd, int *status, struct error *err)
{
	siginfo_t info = { 0 };
	int result;

	do
		result = waitid(P_PIDFD, (id_t) pidfd, &info, WEXITED);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return fail_errno(err, "wait for a process");
	*status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return 0;
}

void
process_destroy(int pidfd)
{
	int status;
	struct error unused;

	(void) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	(void) process_wait(pidfd, &status, &unused);
}

char **
process_vector(const struct text_list *list, struct arena *arena)
{
	char **vector = arena_alloc(arena, (list->count + 1) * sizeof(*vector));

	for (size_t i = 0; i < list->count; i++)
		vector[i] = (char *) (uintptr_t) list->items[i];
	return vector;
}

/*
 * Asked of the kernel itself, since the C library keeps two signals from us, and whoever started us
 * may have ignored those too (make does). What says "default" is all zero, however an architecture
 * lays it out.
 */
void
process_reset_signals(void)
{
	static const uint64_t default_action[8], none[2];

	for (int signal = 1; signal < _NSIG; signal++)
		(void) syscall(SYS_rt_sigaction, signal, default_action, NULL, _NSIG / 8);
	(void) syscall(SYS_rt_sigprocmask, SIG_SETMASK, none, NULL, _NSIG / 8);
}

/* ---- helpers ------------------------------------------------------------------------------- */

/* Only async-signal-safe calls from here to the exec. Its stdin and output are one socket each way. */
static no_return void
become_helper(const struct process_helper *helper, int stream)
{
	process_reset_signals();
	(void) setpgid(0, 0);
	if (dup2(stream, 0) < 0 || dup2(stream, 1) < 0 || dup2(stream, 2) < 0)
		_exit(126);
	(void) syscall(SYS_close_range, 3, ~0U, 1U << 2); /* all of ours are close-on-exec already */
	if (helper->directory != NULL && chdir(helper->directory) < 0)
		_exit(126);
	(void) execve(helper->path, (char *const *) (uintptr_t) helper->args,
		      (char *const *) (uintptr_t) helper->env);
	dprintf(2, "%s", strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The last of what it printed, on one line. */
struct output {
	char text[512];
	size_t length;
};

static void
keep_output(struct output *output, const char *bytes, size_t n)
{
	size_t most = sizeof(output->text) - 1;

	if (n > most) {
		bytes += n - most;
		n = most;
	}
	if (output->length + n > most) {
		size_t drop = output->length + n - most;
		memmove(output->text, output->text + drop, output->length - drop);
		output->length -= drop;
	}
	memcpy(output->text + output->length, bytes, n);
	output->length += n;
}

/* At most so many times: it may print faster than we read. True at its end. */
static bool
drain(int stream, struct output *output, int times)
{
	char bytes[4096];
	ssize_t n = 1;

	while (times-- > 0 && (n = recv(stream, bytes, sizeof(bytes), MSG_DONTWAIT)) > 0)
		keep_output(output, bytes, (size_t) n);
	return n == 0;
}

/* Sends what the socket takes; a helper that does not read its input is no error. */
static void
feed(int stream, const char **input)
{
	ssize_t n = send(stream, *input, strlen(*input), MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n > 0)
		*input += n;
	if ((n < 0 && errno != EAGAIN && errno != EINTR) || **input == '\0') {
		(void) shutdown(stream, SHUT_WR);
		*input = NULL;
	}
}

enum attended { ATTENDED_TO_ITS_END, ATTENDED_TOO_LONG, ATTENDED_UNTIL_INTERRUPTED };

static enum attended
attend(const struct process_helper *helper, int pidfd, int stream, struct output *output)
{
	int64_t deadline = helper->timeout_ms > 0 ? now_ms() + helper->timeout_ms : 0;
	const char *input = helper->input != NULL ? helper->input : "";
	const int interrupt = helper->interrupt > 0 ? helper->interrupt : -1;
	bool closed = false;

	for (;;) {
		short events = (short) ((closed ? 0 : POLLIN) | (input != NULL ? POLLOUT : 0));
		struct pollfd fds[] = { { .fd = pidfd, .events = POLLIN },
					{ .fd = events != 0 ? stream : -1, .events = events },
					{ .fd = interrupt, .events = POLLIN } };
		int64_t left = deadline > 0 ? deadline - now_ms() : -1;

		if (deadline > 0 && left <= 0)
			return ATTENDED_TOO_LONG;
		if (poll(fds, COUNT(fds), left > INT32_MAX ? INT32_MAX : (int) left) < 0 && errno != EINTR)
			return ATTENDED_TO_ITS_END;
		if (fds[0].revents == 0 && (fds[2].revents & POLLIN) != 0)
			return ATTENDED_UNTIL_INTERRUPTED;
		if ((fds[1].revents & POLLOUT) != 0 && input != NULL)
			feed(stream, &input);
		if ((fds[1].revents & (POLLIN | POLLHUP)) != 0)
			closed = drain(stream, output, 16) || closed;
		if ((fds[1].revents & (POLLHUP | POLLERR)) != 0)
			input = NULL;
		if (fds[0].revents != 0) {
			(void) drain(stream, output, 1024); /* more than a socket holds */
			return ATTENDED_TO_ITS_END;
		}
	}
}

static int
judge(const struct process_helper *helper, int status, struct output *output, struct error *err)
{
	if (status == 0)
		return 0;
	while (output->length > 0 && (unsigned char) output->text[output->length - 1] <= ' ')
		output->length--;
	for (size_t i = 0; i < output->length; i++)
		if ((unsigned char) output->text[i] < ' ')
			output->text[i] = ' ';
	output->text[output->length] = '\0';

	const char *gap = output->length > 0 ? ": " : "";
	if (status > 128)
		return fail(err, "%s: ended by signal %d (%s)%s%s", helper->path, status - 128,
			    strsignal(status - 128), gap, output->text);
	return fail(err, "%s: exit status %d%s%s", helper->path, status, gap, output->text);
}

int
process_run(const struct process_helper *helper, struct error *err)
{
	int pair[2], status;
	struct output output = { .length = 0 };

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(err, "make a socket pair");
	scoped_fd ours = pair[0], theirs = pair[1];

	pid_t pid = fork();
	if (pid < 0)
		return fail_errno(err, "fork to run %s", helper->path);
	if (pid == 0)
		become_helper(helper, theirs);
	fd_close(&theirs);
	scoped_fd pidfd = open_pidfd(pid);
	if (pidfd < 0) {
		(void) fail_errno(err, "open process %d", (int) pid);
		(void) kill(pid, SIGKILL); /* our own child, not yet reaped: the pid is certain */
		(void) waitpid(pid, NULL, 0);
		return -1;
	}

	enum attended how = attend(helper, pidfd, ours, &output);
	if (how != ATTENDED_TO_ITS_END) {
		(void) setpgid(pid, pid);
		(void) kill(-pid, SIGKILL); /* likewise certain: the leader is not reaped */
		(void) syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
	}
	TRY(process_wait(pidfd, &status, err));
	if (how == ATTENDED_UNTIL_INTERRUPTED)
		return fail(err, "%s: interrupted by a signal", helper->path);
	if (how == ATTENDED_TOO_LONG)
		return fail(err, "%s: not done after %jd ms, killed", helper->path,
			    (intmax_t) helper->timeout_ms);
	return judge(helper, status, &output, err);
}

int
process_capture(const char *path, const char *const *args, struct arena *arena, char **output,
		struct error *err)
{
	int pair[2], status;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe");
	scoped_fd ours = pair[0], theirs = pair[1];

	pid_t pid = fork();
	if (pid < 0)
		return fail_errno(err, "fork to run %s", path);
	if (pid == 0) {
		process_reset_signals();
		if (dup2(theirs, 1) < 0)
			_exit(126);
		(void) execv(path, (char *const *) (uintptr_t) args);
		_exit(127);
	}
	fd_close(&theirs);
	int result = file_read(ours, path, 64 << 20, arena, output, NULL, err);
	if (result < 0)
		(void) kill(pid, SIGKILL); /* it may print for ever; not reaped yet, so the pid is certain */
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (result == 0 && WIFSIGNALED(status))
		return fail(err, "%s: ended by signal %d (%s)", path, WTERMSIG(status), strsignal(WTERMSIG(status)));
	if (result == 0 && WEXITSTATUS(status) != 0)
		return fail(err, "%s: exit status %d", path, WEXITSTATUS(status));
	return result;
}
