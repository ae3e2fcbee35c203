/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/path.h"
#include "libcommon/process.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_host.h"

#define PROGRAM "runlet-systemd"
#define ANSWER_MS 30000
#define ANSWER_MAX 4096

/* ---- the program ------------------------------------------------------------------------------- */

/*
 * Where we ourselves are, as our caller named us: /proc/self/exe would be a sealed copy in memory.
 * NULL if that leads nowhere.
 */
static char *
own_path(struct arena *arena)
{
	const char *name = program_invocation_name, *search = getenv("PATH");
	char real[PATH_MAX];

	if (strchr(name, '/') != NULL)
		return realpath(name, real) == NULL ? NULL : arena_text(arena, real);
	struct text_list places = text_split(arena, search == NULL ? "" : search, ':');
	FOR_EACH(place, &places) {
		const char *path = path_join(arena, *place, name);
		if ((*place)[0] == '/' && access(path, X_OK) == 0 && realpath(path, real) != NULL)
			return arena_text(arena, real);
	}
	return NULL;
}

static const char *
find_program(struct arena *arena)
{
	char *own = own_path(arena);

	if (own != NULL) {
		strrchr(own, '/')[0] = '\0';
		const char *beside = path_join(arena, own, PROGRAM);
		if (access(beside, X_OK) == 0)
			return beside;
	}
	return access(COOPERAGE_LIBEXEC "/" PROGRAM, X_OK) == 0 ? COOPERAGE_LIBEXEC "/" PROGRAM
								: NULL;
}

bool
cgroup_systemd_is_there(void)
{
	scoped_arena arena = { 0 };

	return find_program(&arena) != NULL;
}

bool
cgroup_systemd_is_for_user(void)
{
	return !cgroup_host_has_root();
}

/* ---- asking it ----------------------------------------------------------------------------------- */

static void
become_program(const char *path, char **args, int socket)
{
	process_reset_signals();
	(void) setpgid(0, 0); /* what is typed at our terminal is for us */
	if (dup2(socket, 0) < 0 || dup2(socket, 1) < 0 || dup2(socket, 2) < 0)
		_exit(126);
	(void) syscall(SYS_close_range, 3, ~0U,
		       1U << 2); /* those that our caller passes to the container */
	(void) execv(path, args);
	dprintf(2, "execute %s: %s", path, strerror(errno));
	_exit(126);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Up to the end of the line if it is good news, else all that there is. Returns 1 if none comes. */
static int
hear(int socket, char answer[ANSWER_MAX])
{
	const int64_t until = now_ms() + ANSWER_MS;
	size_t n = 0;

	for (;;) {
		struct pollfd ready = { .fd = socket, .events = POLLIN };
		int64_t left = until - now_ms();

		answer[n] = '\0';
		if (text_after(answer, "ok ") != NULL && answer[n - 1] == '\n')
			return 0;
		if (left <= 0)
			return 1;
		if (poll(&ready, 1, (int) left) <= 0)
			continue;
		ssize_t got = recv(socket, answer + n, ANSWER_MAX - 1 - n, 0);
		if (got == 0 || (got < 0 && errno != EINTR))
			return 0;
		n += got > 0 ? (size_t) got : 0;
	}
}

static void
reap(struct cgroup_keeper *keeper)
{
	while (waitpid(keeper->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	fd_close(&keeper->socket);
	keeper->pid = 0;
}

/* Our child, not yet reaped: its pid is certain. */
static void
end_program(struct cgroup_keeper *keeper)
{
	(void) kill(keeper->pid, SIGKILL);
	reap(keeper);
}

static int
judge(const char *answer, const char **rest, struct arena *arena, struct error *err)
{
	const char *good = text_after(answer, "ok ");

	if (good != NULL) {
		*rest = text_trimmed(arena, good);
		return 0;
	}
	if (answer[0] == '\0')
		return fail(err,
			    PROGRAM " ended without a word (has linux.resources.memory.limit room "
				    "for it?)");
	return fail(err, "%s", text_trimmed(arena, answer));
}

/* Starts the program with these words and hears its answer; it goes on if that is good. */
static int
ask(struct cgroup_keeper *keeper, bool for_user, const char *action, const char *unit,
    const struct text_list *properties, const char **rest, struct arena *arena, struct error *err)
{
	const char *path = find_program(arena);
	struct text_list words = { 0 };
	char answer[ANSWER_MAX];
	int pair[2];

	if (path == NULL)
		return fail(err,
			    "systemd cgroup driver: not in this build: there is no " PROGRAM
			    " beside runlet or in " COOPERAGE_LIBEXEC ", use the cgroupfs driver");
	const char *head[] = { path, COOPERAGE_VERSION, for_user ? "user" : "system", action,
			       unit };
	for (size_t i = 0; i < COUNT(head); i++)
		list_add(&words, arena, head[i]);
	for (size_t i = 0; properties != NULL && i < properties->count; i++)
		list_add(&words, arena, properties->items[i]);
	char **args = process_vector(&words, arena);

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(err, "make a socket pair");
	scoped_fd theirs = pair[1];
	*keeper = (struct cgroup_keeper){ .socket = pair[0], .pid = fork() };
	if (keeper->pid < 0) {
		(void) fail_errno(err, "fork to run %s", path);
		fd_close(&keeper->socket);
		keeper->pid = 0;
		return -1;
	}
	if (keeper->pid == 0)
		become_program(path, args, theirs);
	fd_close(&theirs);

	int late = hear(keeper->socket, answer);
	int result =
		late != 0 ? fail(err, "%s %s: %s systemd has not answered for %d s", action, unit,
				 for_user ? "the user's" : "the system's", ANSWER_MS / 1000)
			  : judge(answer, rest, arena, err);
	if (result < 0)
		end_program(keeper);
	return result;
}

/* For what needs no keeper. */
static int
ask_briefly(const struct cgroup *cgroup, const char *action, const struct text_list *properties,
	    struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup_keeper program = { 0 };
	const char *unused;

	TRY(ask(&program, cgroup->for_user, action, cgroup->unit, properties, &unused, &arena,
		err));
	end_program(&program);
	return 0;
}

int
cgroup_systemd_start(struct cgroup *cgroup, const struct cgroup_unit *unit,
		     const struct text_list *properties, const char **path, struct arena *arena,
		     struct error *err)
{
	TRY(ask(&cgroup->keeper, unit->for_user, "start", unit->name, properties, path, arena,
		err));
	cgroup->unit = unit->name;
	cgroup->for_user = unit->for_user;
	if (!cgroup_unit_is_slice(unit->name) &&
	    cgroup_host_place_of(path, cgroup->keeper.pid, cgroup->layout, arena, err) < 0) {
		cgroup_systemd_abandon(cgroup);
		return -1;
	}
	return 0;
}

void
cgroup_systemd_leave(struct cgroup *cgroup)
{
	if (cgroup->keeper.pid == 0)
		return;
	(void) send(cgroup->keeper.socket, "k", 1, MSG_NOSIGNAL);
	reap(&cgroup->keeper);
}

void
cgroup_systemd_abandon(struct cgroup *cgroup)
{
	if (cgroup->keeper.pid == 0)
		return;
	(void) shutdown(cgroup->keeper.socket, SHUT_RDWR); /* a guest may have a copy of it */
	reap(&cgroup->keeper);
}

int
cgroup_systemd_set(const struct cgroup *cgroup, const struct text_list *properties,
		   struct error *err)
{
	return properties->count == 0 ? 0 : ask_briefly(cgroup, "set", properties, err);
}

int
cgroup_systemd_stop(const struct cgroup *cgroup, struct error *err)
{
	return ask_briefly(cgroup, "stop", NULL, err);
}
