/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/interrupt.h"

#include <errno.h>
#include <poll.h>
#include <sys/signalfd.h>

#include "libcommon/fd.h"

static void
deadly_signals(sigset_t *set)
{
	static const int deadly[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction now;

	(void) sigemptyset(set);
	for (size_t i = 0; i < COUNT(deadly); i++)
		if (sigaction(deadly[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
			(void) sigaddset(set, deadly[i]);
}

int
interrupt_begin(struct interrupt *interrupt, struct error *err)
{
	sigset_t set;

	deadly_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, &interrupt->before) < 0)
		return fail_errno(err, "hold signals back");
	interrupt->armed = true;
	interrupt->fd = signalfd(-1, &set, SFD_CLOEXEC);
	return interrupt->fd < 0 ? fail_errno(err, "make a signalfd") : 0;
}

static int
wait_for(const struct interrupt *interrupt, int fd, int timeout, struct error *err)
{
	struct pollfd fds[] = { { .fd = interrupt->fd, .events = POLLIN }, { .fd = fd, .events = POLLIN } };
	int result;

	do
		result = poll(fds, COUNT(fds), timeout);
	while (result < 0 && errno == EINTR);
	if (result < 0)
		return fail_errno(err, "wait for the other side");
	return (fds[0].revents & POLLIN) != 0 ? fail(err, "interrupted by a signal") : 0;
}

int
interrupt_wait(const struct interrupt *interrupt, int fd, struct error *err)
{
	return wait_for(interrupt, fd, -1, err);
}

int
interrupt_check(const struct interrupt *interrupt, struct error *err)
{
	return wait_for(interrupt, -1, 0, err);
}

void
interrupt_end(struct interrupt *interrupt)
{
	fd_close(&interrupt->fd);
	if (interrupt->armed)
		(void) sigprocmask(SIG_SETMASK, &interrupt->before, NULL);
	interrupt->armed = false;
}

/* Whoever is in the foreground holds back all signals; these come nevertheless. */
void
interrupt_done(struct interrupt *interrupt)
{
	sigset_t set;

	fd_close(&interrupt->fd);
	if (!interrupt->armed)
		return;
	deadly_signals(&set);
	(void) sigprocmask(SIG_UNBLOCK, &set, NULL);
	interrupt->armed = false;
}
