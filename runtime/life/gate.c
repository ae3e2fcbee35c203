/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/gate.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libcommon/fd.h"

static const char knock[] = "start";

/* A state directory may be deeper than an address has room for; by its fd it never is. */
static struct sockaddr_un
address_of(int state_dir)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/gate", state_dir);
	return address;
}

int
gate_make(struct gate *gate, int state_dir, struct error *err)
{
	struct sockaddr_un address = address_of(state_dir);
	scoped_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fail_errno(err, "make the gate's socket");
	if (bind(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		return fail_errno(err, "make the gate in the state directory");
	if (listen(fd, 8) < 0)
		return fail_errno(err, "listen at the gate");
	gate->listening = fd_take(&fd);
	return 0;
}

void
gate_done(struct gate *gate)
{
	fd_close(&gate->listening);
	fd_close(&gate->caller);
}

/* Returns 1 if nobody listens. `flags`: SOCK_NONBLOCK fails with EAGAIN if too many stand there already. */
static int
knock_at(int *out, int state_dir, int flags, struct error *err)
{
	struct sockaddr_un address = address_of(state_dir);
	scoped_fd fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
	int result;

	if (fd < 0)
		return fail_errno(err, "make a socket to reach the gate");
	do
		result = connect(fd, (const struct sockaddr *) &address, sizeof(address));
	while (result < 0 && errno == EINTR);
	if (result < 0 && (errno == ENOENT || errno == ECONNREFUSED))
		return 1;
	if (result < 0)
		return fail_errno(err, "reach the gate");
	*out = fd_take(&fd);
	return 0;
}

int
gate_is_closed(int state_dir, struct error *err)
{
	scoped_fd fd = -1;
	struct stat about;

	/* Most containers run, and their gate is gone: no need to knock. */
	if (fstatat(state_dir, "gate", &about, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail_errno(err, "look at the gate");

	/* A guest that is stopped lets nobody in, but it waits there: who only looks must not wait with it. */
	int answer = knock_at(&fd, state_dir, SOCK_NONBLOCK, err);
	return answer < 0 && err->code == EAGAIN ? 1 : answer < 0 ? -1 : answer == 0;
}

int
gate_open(int state_dir, struct error *err)
{
	scoped_fd fd = -1;
	struct error answer;
	ssize_t n;

	if (GET(knock_at(&fd, state_dir, 0, err)) > 0)
		return 1;
	if (send(fd, knock, sizeof(knock), MSG_NOSIGNAL) < 0)
		return fail_errno(err, "open the gate");
	do
		n = recv(fd, &answer, sizeof(answer), 0);
	while (n < 0 && errno == EINTR);

	/* Nobody read our knock; but whoever could not may have said so. */
	if (n < 0 && errno == ECONNRESET && (n = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT)) <= 0)
		return fail(err, "cannot start a container that has stopped");
	if (n > 0) {
		answer.text[sizeof(answer.text) - 1] = '\0';
		*err = answer;
		return -1;
	}
	if (n < 0)
		return fail_errno(err, "hear from the gate");

	/* Only now: had we been killed before, the gate would still tell the truth. */
	(void) unlinkat(state_dir, "gate", 0); /* nobody listens there any more */
	return 0;
}

static void
end_by_signal(int signal)
{
	_exit(128 + signal);
}

/*
 * The first process of a pid namespace is spared signals that it does not handle; one that waits
 * to be started should die of them like any other.
 */
static void
be_mortal(void)
{
	static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGUSR1, SIGUSR2,
				      SIGPIPE, SIGALRM, SIGTERM, SIGXCPU, SIGXFSZ, SIGVTALRM };
	struct sigaction action = { .sa_handler = end_by_signal };
	sigset_t none;

	for (size_t i = 0; i < COUNT(deadly); i++)
		(void) sigaction(deadly[i], &action, NULL);
	(void) sigemptyset(&none);
	(void) sigprocmask(SIG_SETMASK, &none, NULL);
}

static void
answer(int caller, const struct error *why)
{
	/* If the caller is gone, nobody wants to know. */
	(void) !send(caller, why, offsetof(struct error, text) + strlen(why->text) + 1, MSG_NOSIGNAL);
}

int
gate_wait(struct gate *gate, struct error *err)
{
	be_mortal();
	for (;;) {
		char word[sizeof(knock)];
		ssize_t n;
		scoped_fd caller = accept4(gate->listening, NULL, NULL, SOCK_CLOEXEC);

		if (caller < 0 && (errno == EINTR || errno == ECONNABORTED))
			continue;
		if (caller < 0)
			return fail_errno(err, "wait at the gate");

		do
			n = recv(caller, word, sizeof(word), 0);
		while (n < 0 && errno == EINTR);
		if (n < 0) {
			(void) fail_errno(err, "hear who is at the gate");
			answer(caller, err); /* who is left without one takes it for a good one */
			continue;
		}

		/* Somebody who only looks whether we wait says nothing. */
		if (n != sizeof(word) || memcmp(word, knock, sizeof(word)) != 0)
			continue;
		gate->caller = fd_take(&caller);
		fd_close(&gate->listening);
		return 0;
	}
}

void
gate_report(struct gate *gate, const struct error *why)
{
	answer(gate->caller, why);
}
