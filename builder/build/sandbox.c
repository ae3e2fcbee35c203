/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "builder/store/store.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/path.h"
#include "libcommon/process.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"

#define RUNTIME "runlet"
#define CANNOT_BEGIN 125 /* as engines say that the container is not to blame */

/* ---- the child ------------------------------------------------------------------------------- */

static no_return void
give_up(const char *what)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
	_exit(CANNOT_BEGIN);
}

/* The build's end of the pipe is the build's alone: ours is closed. */
static bool
has_reader(int output)
{
	struct pollfd end = { .fd = output };

	return poll(&end, 1, 0) == 0 || (end.revents & POLLERR) == 0;
}

/* Nothing of our environment: it may hold what a build must not see. */
static no_return void
become_runtime(const struct sandbox *sandbox, char *const args[], int output)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = { path, NULL };
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
	    dup2(output, STDERR_FILENO) < 0)
		give_up("set up the standard files of the runtime");
	(void) signal(SIGPIPE, SIG_DFL); /* we ignore it, a container's programs should not */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		give_up("ask to die with the build");
	if (!has_reader(output))
		_exit(CANNOT_BEGIN); /* it died before we had asked */
	/* The mount namespace is a copy for us alone, so that /proc can be that of our processes. */
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0)
		give_up("mount /proc for the runtime");
	execve(sandbox->runtime, args, env);
	give_up(sandbox->runtime);
}

static char **
list_args(const struct sandbox *sandbox, struct arena *arena)
{
	const char *const where[] = { "--root", sandbox->state };
	const char *const what[] = { "run", "--bundle", sandbox->bundle, sandbox->id };
	struct text_list list = { 0 };

	list_add(&list, arena, sandbox->runtime);
	for (size_t i = 0; sandbox->state != NULL && i < COUNT(where); i++)
		list_add(&list, arena, where[i]);
	for (size_t i = 0; i < COUNT(what); i++)
		list_add(&list, arena, what[i]);
	return process_vector(&list, arena);
}

static pid_t
fork_into_namespaces(void)
{
	struct clone_args args = { .flags = CLONE_NEWPID | CLONE_NEWNS, .exit_signal = SIGCHLD };

	return (pid_t) syscall(SYS_clone3, &args, sizeof(args));
}

/* ---- the parent ------------------------------------------------------------------------------ */

/* Until the last of those who hold the other end is gone. */
static int
pass_output(const struct sandbox *sandbox, int from, struct error *err)
{
	char block[16 * 1024];

	for (;;) {
		ssize_t n = read(from, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "read what the container prints");
		if (n == 0)
			return 0;
		sandbox->output(sandbox->data, block, (size_t) n);
	}
}

static int
wait_for(pid_t pid, int *status, struct error *err)
{
	int how;

	while (waitpid(pid, &how, 0) < 0)
		if (errno != EINTR)
			return fail_errno(err, "wait for the runtime");
	*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
	return 0;
}

int
sandbox_run(const struct sandbox *sandbox, int *status, struct error *err)
{
	scoped_arena arena = { 0 };
	char *const *args = list_args(sandbox, &arena);
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return fail_errno(err, "make a pipe for the output of a container");
	scoped_fd from = ends[0], to = ends[1];

	pid_t pid = fork_into_namespaces();
	if (pid < 0)
		return fail_errno(err, "make a process in a pid namespace");
	if (pid == 0) {
		fd_close(&from);
		become_runtime(sandbox, args, to);
	}
	fd_close(&to);
	if (pass_output(sandbox, from, err) < 0) {
		(void) kill(pid, SIGKILL); /* it is ours and not yet waited for */
		(void) wait_for(pid, status, &(struct error){ 0 });
		return -1;
	}
	return wait_for(pid, status, err);
}

/* ---- in the foreground ----------------------------------------------------------------------- */

static sigset_t
signals_to_pass(void)
{
	static const int ours[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(ours); i++)
		sigaddset(&set, ours[i]);
	return set;
}

/* What the terminal sends, it sends to the whole group: only what somebody sent us is passed on. */
static int
attend(pid_t pid, const sigset_t *signals, int *status, struct error *err)
{
	for (;;) {
		siginfo_t info;
		int signal = sigwaitinfo(signals, &info), how;

		if (signal < 0 && errno == EINTR)
			continue;
		if (signal < 0)
			return fail_errno(err, "wait for signals");
		if (signal != SIGCHLD) {
			if (info.si_code <= 0)
				(void) kill(pid, signal); /* it is ours and not yet waited for */
			continue;
		}
		pid_t ended = waitpid(pid, &how, WNOHANG);
		if (ended < 0)
			return fail_errno(err, "wait for the runtime");
		if (ended == pid) {
			*status = WIFSIGNALED(how) ? 128 + WTERMSIG(how) : WEXITSTATUS(how);
			return 0;
		}
	}
}

int
sandbox_attend(const struct sandbox *sandbox, bool interactive, int *status, struct error *err)
{
	scoped_arena arena = { 0 };
	char *const *args = list_args(sandbox, &arena);
	const sigset_t signals = signals_to_pass();
	sigset_t before;

	if (sigprocmask(SIG_BLOCK, &signals, &before) < 0)
		return fail_errno(err, "block signals");
	pid_t pid = fork();
	if (pid < 0)
		return fail_errno(err, "make a process for the runtime");
	if (pid == 0) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (!interactive && (null < 0 || dup2(null, STDIN_FILENO) < 0))
			give_up("leave out standard input");
		(void) sigprocmask(SIG_SETMASK, &before,
				   NULL); /* undoes what worked a moment ago */
		execv(sandbox->runtime, args);
		give_up(sandbox->runtime);
	}
	return attend(pid, &signals, status, err);
}

/* ---- what it remembers ----------------------------------------------------------------------- */

#define STATE "runtime"
#define PREFIX "cooper-"

const char *
sandbox_name(const struct store *store, const char *step, struct arena *arena)
{
	return arena_format(arena, PREFIX "%s.%s", store->name, step);
}

/* Returns 1 if the build whose session it names is not there any more. */
static int
look_for_build(const struct store *store, const char *name, struct arena *arena, struct error *err)
{
	const char *session = text_after(name, PREFIX);
	size_t n = session == NULL ? 0 : strcspn(session, ".");

	return n == 0 ? 0 : file_look_for(store->root, arena_format(arena, "tmp/%.*s", (int) n, session), err);
}

/* The runtime knows what a container has beside its state: cgroups. */
static int
bury(const char *runtime, const char *state, int directory, const char *name, struct arena *arena,
     struct error *err)
{
	const char *const args[] = { runtime, "--root", state, "delete", "--force", name, NULL };
	char *output;
	struct error why;

	if (process_capture(runtime, args, arena, &output, &why) < 0)
		log_warn("%s, continuing", why.text);
	return tree_remove(directory, name, err);
}

int
sandbox_find_state(const char **path, const char *runtime, struct store *store, struct arena *arena,
		   struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	if (mkdirat(store->root, STATE, 0700) < 0 && errno != EEXIST)
		return fail_errno(err, "make the store's directory " STATE);
	scoped_fd state =
		GET(file_open(store->root, STATE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err));
	*path = arena_format(arena, "%s/" STATE, store->path);
	TRY(directory_open(&stream, state, ".", err));
	while (GET(directory_next(&entry, stream, STATE, err)) > 0)
		if (GET(look_for_build(store, entry->d_name, arena, err)) == 1)
			TRY(bury(runtime, *path, state, entry->d_name, arena, err));
	return 0;
}

/* ---- which program --------------------------------------------------------------------------- */

static bool
is_program(const char *path)
{
	return access(path, X_OK) == 0;
}

static const char *
search(const char *name, struct arena *arena)
{
	const char *path = getenv("PATH");

	if (path == NULL)
		return NULL;
	const struct text_list directories = text_split(arena, path, ':');
	FOR_EACH(directory, &directories) {
		const char *candidate = arena_format(arena, "%s/%s", *directory, name);
		if ((*directory)[0] == '/' && is_program(candidate))
			return candidate;
	}
	return NULL;
}

static const char *
beside_us(struct arena *arena)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return NULL;
	self[n] = '\0';
	const char *candidate =
		arena_format(arena, "%.*s" RUNTIME, (int) (path_base(self) - self), self);
	return is_program(candidate) ? candidate : NULL;
}

int
sandbox_find_runtime(const char **path, const char *wanted, struct arena *arena, struct error *err)
{
	char *absolute;

	if (wanted != NULL && strchr(wanted, '/') != NULL) {
		TRY(path_absolute(&absolute, arena, wanted, err));
		*path = absolute;
		return is_program(*path) ? 0 : fail_errno(err, "run the runtime \"%s\"", wanted);
	}
	*path = wanted == NULL ? beside_us(arena) : NULL;
	if (*path == NULL)
		*path = search(wanted == NULL ? RUNTIME : wanted, arena);
	if (*path == NULL)
		return fail(err, "the runtime \"%s\" is neither beside cooper nor in PATH",
			    wanted == NULL ? RUNTIME : wanted);
	return 0;
}
