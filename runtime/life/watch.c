/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/process.h"
#include "runtime/kernel/syscalls.h"
#include "runtime/kernel/terminal.h"

/* What tells of a fault of our own must reach us as it always does. */
static void
held_signals(sigset_t *set)
{
	static const int ours[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS };

	(void) sigfillset(set);
	for (size_t i = 0; i < COUNT(ours); i++)
		(void) sigdelset(set, ours[i]);
}

int
watch_begin(struct watch *watch, bool subreaper, struct error *err)
{
	sigset_t set;

	held_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return fail_errno(err, "hold signals back");
	watch->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (watch->signals < 0)
		return fail_errno(err, "make a signalfd");
	if (subreaper && prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return fail_errno(err, "become the reaper of the container's orphans");
	return 0;
}

void
watch_done(struct watch *watch)
{
	fd_close(&watch->signals);
}

/* ---- the terminal ---------------------------------------------------------------------------- */

/* Bytes on their way from one fd to another. */
struct pipe_end {
	int from, to;
	char bytes[8192];
	size_t length, done;
	bool ended;
	bool deaf; /* whoever took the bytes is gone: they are read all the same, or the process would stall */
};

static bool
wants_to_read(const struct pipe_end *p)
{
	return !p->ended && p->length == p->done;
}

static void
fill(struct pipe_end *p)
{
	ssize_t n = read(p->from, p->bytes, sizeof(p->bytes));

	p->done = 0;
	p->length = n > 0 && !p->deaf ? (size_t) n : 0;
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		p->ended = true; /* EIO: every slave is closed */
}

static void
drain(struct pipe_end *p)
{
	size_t left = p->length - p->done;
	ssize_t n = write(p->to, p->bytes + p->done, left < PIPE_BUF ? left : PIPE_BUF); /* what poll has promised */

	if (n > 0)
		p->done += (size_t) n;
	else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		p->deaf = true;
		p->done = p->length;
	}
}

/* ---- the loop -------------------------------------------------------------------------------- */

struct foreground {
	struct watch *watch;
	struct pipe_end in, out;
	bool ended;
	int status;
};

/* Reaps every child that has ended: the process itself, and orphans that came to us. */
static void
reap(struct foreground *f)
{
	struct error unused;

	if (!f->ended && process_has_ended(f->watch->process))
		f->ended = process_wait(f->watch->process, &f->status, &unused) == 0;
	for (;;) {
		siginfo_t info = { .si_pid = 0 };

		/* Looked at first, so that the process itself is not taken for an orphan. */
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
			return;
		if (info.si_pid == f->watch->pid && !f->ended)
			return;
		(void) waitid(P_PID, (id_t) info.si_pid, &info, WEXITED | WNOHANG); /* nobody wants its status */
	}
}

static void
pass_signals(struct foreground *f)
{
	struct signalfd_siginfo info;

	while (read(f->watch->signals, &info, sizeof(info)) == sizeof(info)) {
		int signal = (int) info.ssi_signo;

		if (signal == SIGCHLD)
			reap(f);
		else if (signal == SIGWINCH && f->watch->terminal >= 0)
			terminal_copy_size(0, f->watch->terminal);
		else if (signal != SIGURG && signal != SIGPIPE && signal != SIGTTOU && signal != SIGTTIN)
			(void) sys_pidfd_send_signal(f->watch->process, signal); /* it may just have ended */
	}
}

static int
turn(struct foreground *f, struct error *err)
{
	bool tty = f->watch->terminal >= 0;
	struct pollfd fds[] = {
		{ .fd = f->watch->process, .events = POLLIN },
		{ .fd = f->watch->signals, .events = POLLIN },
		{ .fd = tty && wants_to_read(&f->in) ? f->in.from : -1, .events = POLLIN },
		{ .fd = tty && f->in.done < f->in.length ? f->in.to : -1, .events = POLLOUT },
		{ .fd = tty && wants_to_read(&f->out) ? f->out.from : -1, .events = POLLIN },
		{ .fd = tty && f->out.done < f->out.length ? f->out.to : -1, .events = POLLOUT },
	};

	if (poll(fds, COUNT(fds), -1) < 0 && errno != EINTR)
		return fail_errno(err, "wait for the process");
	if (fds[1].revents != 0)
		pass_signals(f);
	if (fds[2].revents != 0)
		fill(&f->in);
	if (fds[3].revents != 0)
		drain(&f->in);
	if (fds[4].revents != 0)
		fill(&f->out);
	if (fds[5].revents != 0)
		drain(&f->out);
	if (fds[0].revents != 0)
		reap(f);
	return 0;
}

/* What the process wrote last is still in the master when it is gone. */
static void
drain_terminal(struct foreground *f)
{
	struct pollfd more = { .fd = f->out.from, .events = POLLIN };

	for (;;) {
		while (f->out.done < f->out.length) {
			size_t before = f->out.done;
			drain(&f->out);
			if (f->out.done == before)
				return;
		}
		if (f->out.ended || poll(&more, 1, 0) <= 0)
			return;
		fill(&f->out);
	}
}

int
watch_until_end(struct watch *watch, pid_t pid, int process, int terminal, int *status, struct error *err)
{
	struct foreground f = { .watch = watch, .in = { .from = 0, .to = terminal },
				.out = { .from = terminal, .to = 1 } };
	struct termios saved;
	bool raw = false;
	int result = 0;

	watch->process = process;
	watch->pid = pid;
	watch->terminal = terminal;
	if (terminal >= 0) {
		raw = GET(terminal_make_raw(0, &saved, err)) == 0;
		terminal_copy_size(0, terminal);
	}
	while (!f.ended && result == 0)
		result = turn(&f, err);
	if (terminal >= 0)
		drain_terminal(&f);
	if (raw)
		terminal_restore(0, &saved);
	*status = f.status;
	return result;
}
