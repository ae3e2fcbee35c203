/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/spawn.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "libcommon/fd.h"
#include "libcommon/log.h"
#include "libcommon/process.h"
#include "runtime/kernel/syscalls.h"

static pid_t
clone_guest(const struct spawn *spawn, uint64_t flags, int bridge, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD | (spawn->cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t) (uintptr_t) pidfd,
		.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD,
		.cgroup = spawn->cgroup >= 0 ? (uint64_t) spawn->cgroup : 0,
	};
	pid_t pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));

	if (pid == 0) {
		fd_close(&bridge); /* else the host would not see the bridge die */
		spawn->main(spawn->data);
	}
	if (pid < 0)
		*pidfd = -1; /* the kernel may have written one that it took back */
	return pid;
}

static int
explain_clone(const struct spawn *spawn, uint64_t flags, struct error *err)
{
	if (errno == EACCES && spawn->cgroup >= 0)
		return fail_errno(err, "make a process in cgroup %s, which only who may write to the common ancestor "
				       "of it and our own cgroup may do", spawn->cgroup_name);
	if (errno == EPERM && (flags & CLONE_NEWUSER) != 0)
		return fail_errno(err, "make a process in a user namespace of its own");
	if (errno == ENOSPC)
		return fail_errno(err, "make a process in new namespaces: a limit below /proc/sys/user is reached");
	return fail_errno(err, "make a process in new namespaces");
}

/* ---- the bridge ---------------------------------------------------------------------------- */

/* What the bridge tells: the guest's pid, with its pidfd beside it, or why there is none. */
struct report {
	pid_t pid;
	struct error error;
};

static void
send_report(int socket, const struct report *report, int pidfd)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec part = { .iov_base = (void *) (uintptr_t) report, .iov_len = sizeof(*report) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };

	if (pidfd >= 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = sizeof(control.bytes);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &pidfd, sizeof(pidfd));
	}
	(void) !sendmsg(socket, &header, MSG_NOSIGNAL); /* if the host is gone, so is the reason to go on */
}

/* From inside a container we are a stranger with privileges: nobody there may look at us. */
static void
hide(bool hidden)
{
	(void) prctl(PR_SET_DUMPABLE, hidden ? 0 : 1);
}

/*
 * A user namespace is made with the clock's, which it shall own: without root there is no other way
 * to make one. Nobody else is in it, and our files in /proc must be ours to write to.
 */
static int
make_clocks(const struct spawn *spawn, uint64_t *made, struct error *err)
{
	const uint64_t now = *made & (CLONE_NEWTIME | CLONE_NEWUSER);

	if (unshare((int) now) < 0)
		return fail_errno(err, "make a time namespace");
	hide(false);
	int result = namespaces_set_clocks(spawn->clocks, err);
	hide(true);
	*made &= ~now;
	return result;
}

/*
 * In the bridge. What is joined is joined before anything is made, but a user namespace that is to
 * be made owns what is made with it, so all of that is left to the clone. The cgroup namespace is left
 * to the guest, which is born in its cgroup.
 */
static int
cross(const struct spawn *spawn, uint64_t *made, struct error *err)
{
	if (spawn->joins_pidfd >= 0)
		return namespaces_join_process(spawn->joins_pidfd, spawn->joins_pid, CLONE_NEWCGROUP,
					       spawn->left, err);
	TRY(namespaces_join(spawn->ns, CLONE_NEWCGROUP, err));
	if (spawn->clocks != NULL && (*made & CLONE_NEWTIME) != 0)
		return make_clocks(spawn, made, err);
	return 0;
}

/*
 * The files by which ids are mapped belong to root as long as the guest is hidden, and who is root in
 * a user namespace at most could not write to them. Where strangers could see it, in a pid namespace
 * that is somebody's already, it stays hidden, and only root can make such a container.
 */
static bool
may_be_seen(const struct spawn *spawn)
{
	return spawn->ns != NULL && (spawn->ns->made & CLONE_NEWUSER) != 0 &&
	       (spawn->ns->joined & CLONE_NEWPID) == 0;
}

/* Before there is somebody whom the container's processes can see. */
static int
leave_behind(const struct spawn *spawn, int socket, struct error *err)
{
	int keep[3 + SPAWN_KEEPS_MAX];

	if (spawn->keeps == NULL)
		return 0;
	assert(spawn->keeps_count <= SPAWN_KEEPS_MAX);
	log_leave();
	memcpy(keep, spawn->keeps, spawn->keeps_count * sizeof(keep[0]));
	keep[spawn->keeps_count] = socket;
	keep[spawn->keeps_count + 1] = spawn->cgroup;
	keep[spawn->keeps_count + 2] = log_fd();
	return fd_close_but(spawn->inherits, keep, spawn->keeps_count + 3, err);
}

static no_return void
be_bridge(const struct spawn *spawn, uint64_t made, int socket)
{
	struct report report = { .pid = -1 };
	int pidfd = -1;

	hide(true);
	if (cross(spawn, &made, &report.error) == 0 && leave_behind(spawn, socket, &report.error) == 0) {
		hide(!may_be_seen(spawn));
		report.pid = clone_guest(spawn, made | CLONE_PARENT, socket, &pidfd);
		if (report.pid < 0)
			(void) explain_clone(spawn, made, &report.error);
	}
	send_report(socket, &report, pidfd);
	_exit(0);
}

static int
hear_report(int socket, pid_t *pid, int *pidfd, struct error *err)
{
	struct report report;
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec part = { .iov_base = &report, .iov_len = sizeof(report) };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do
		n = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(err, "hear from the bridge process");
	if (n != sizeof(report))
		return fail(err, "the bridge process died before it made the guest");
	if (report.pid < 0) {
		*err = report.error;
		return -1;
	}
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	if (rights == NULL || rights->cmsg_type != SCM_RIGHTS)
		return fail(err, "the bridge process sent no pidfd");
	memcpy(pidfd, CMSG_DATA(rights), sizeof(*pidfd));

	/* In a pid namespace of its own it is another number there: what counts is ours, which clone3 gave. */
	*pid = report.pid;
	return 0;
}

static int
spawn_by_bridge(const struct spawn *spawn, uint64_t made, pid_t *pid, int *pidfd, struct error *err)
{
	int pair[2];

	TRY(fd_socket_pair(pair, err));
	scoped_fd ours = pair[0], theirs = pair[1];

	pid_t bridge = fork();
	if (bridge < 0)
		return fail_errno(err, "fork the bridge process");
	if (bridge == 0)
		be_bridge(spawn, made, theirs);
	fd_close(&theirs);
	int result = hear_report(ours, pid, pidfd, err);
	while (waitpid(bridge, NULL, 0) < 0 && errno == EINTR)
		continue;
	return result;
}

int
spawn_guest(const struct spawn *spawn, pid_t *pid, int *pidfd, struct error *err)
{
	/* A cgroup namespace shows the cgroup one is in when making it: the guest makes it, once placed. */
	uint64_t made = spawn->ns != NULL ? spawn->ns->made & ~(uint64_t) CLONE_NEWCGROUP : 0;

	if (spawn->joins_pidfd >= 0 || spawn->ns->joined != 0 ||
	    (spawn->clocks != NULL && (made & CLONE_NEWTIME) != 0))
		return spawn_by_bridge(spawn, made, pid, pidfd, err);

	*pidfd = -1;
	*pid = clone_guest(spawn, made, -1, pidfd);
	return *pid < 0 ? explain_clone(spawn, made, err) : 0;
}
