/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/fd.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

void
fd_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void) close(*fd); /* Linux has closed it whatever this says */
	*fd = -1;
	errno = saved;
}

int
fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int
fd_copy(int fd, struct error *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	return copy < 0 ? fail_errno(err, "copy file descriptor %d", fd) : copy;
}

/* The road for kernels before 5.11: ask /proc which are open. */
static int
mark_listed(unsigned first, struct error *err)
{
	DIR *dir = opendir("/proc/self/fd");

	if (dir == NULL)
		return fail_errno(err, "open /proc/self/fd");
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		int fd = atoi(entry->d_name);
		if (entry->d_name[0] != '.' && (unsigned) fd >= first)
			(void) fcntl(fd, F_SETFD, FD_CLOEXEC); /* the dir's own fd vanishes */
	}
	(void) closedir(dir);
	return 0;
}

int
fd_close_all_on_exec(unsigned first, struct error *err)
{
	if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	if (errno != ENOSYS && errno != EINVAL)
		return fail_errno(err, "mark file descriptors close-on-exec");
	return mark_listed(first, err);
}

/* The lowest of those to keep that is not below `from`; ~0U if there is none. */
static unsigned
next_kept(unsigned from, const int *keep, size_t n)
{
	unsigned next = ~0U;

	for (size_t i = 0; i < n; i++)
		if (keep[i] >= 0 && (unsigned) keep[i] >= from && (unsigned) keep[i] < next)
			next = (unsigned) keep[i];
	return next;
}

int
fd_close_but(unsigned first, const int *keep, size_t n, struct error *err)
{
	for (unsigned fd = 3; fd < first; fd++) {
		int flags = fcntl((int) fd, F_GETFD);
		if (flags >= 0 && (flags & FD_CLOEXEC) != 0 && next_kept(fd, keep, n) != fd)
			(void) close((int) fd);
	}
	for (unsigned from = first, kept;; from = kept + 1) {
		kept = next_kept(from, keep, n);
		if (kept > from && syscall(SYS_close_range, from, kept - 1 + (kept == ~0U), 0) < 0)
			return fail_errno(err, "close file descriptors");
		if (kept == ~0U)
			return 0;
	}
}

int
fd_is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

int
fd_fill_standard(struct error *err)
{
	for (int fd = 0; fd <= 2; fd++) {
		if (fd_is_open(fd))
			continue;
		int null = open("/dev/null", fd == 0 ? O_RDONLY : O_WRONLY); /* the lowest free one: this fd */
		if (null < 0)
			return fail_errno(err, "open /dev/null in place of closed file descriptor %d", fd);
	}
	return 0;
}

int
fd_socket_pair(int pair[2], struct error *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return fail_errno(err, "make a socket pair");
	return 0;
}

int
fd_connect(const char *path, struct error *err)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	scoped_fd place = open(path, O_PATH | O_CLOEXEC);

	if (place < 0)
		return fail_errno(err, "open socket %s", path);

	scoped_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail_errno(err, "make a socket");

	/* A path may be longer than sun_path; by its fd it never is. */
	if (strlen(path) < sizeof(address.sun_path))
		(void) strcpy(address.sun_path, path);
	else
		(void) snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d", place);
	if (connect(fd, (const struct sockaddr *) &address, sizeof(address)) < 0)
		return fail_errno(err, "connect to socket %s", path);
	return fd_take(&fd);
}

int
fd_send(int socket, int fd, const char *note, struct error *err)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct iovec part = { .iov_base = (void *) (uintptr_t) note, .iov_len = strlen(note) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	assert(part.iov_len > 0); /* a stream socket carries no fd without a byte */
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));

	ssize_t n;
	do
		n = sendmsg(socket, &message, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? fail_errno(err, "send a file descriptor") : 0;
}

/* The one fd of a message. More than was asked for are closed: the kernel has installed them already. */
static int
only_fd(const struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	int fds[8];

	if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
		return -1;
	size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	assert(count <= COUNT(fds));
	memcpy(fds, CMSG_DATA(header), count * sizeof(int));
	if (count == 1 && (message->msg_flags & MSG_CTRUNC) == 0)
		return fds[0];
	for (size_t i = 0; i < count; i++)
		(void) close(fds[i]);
	return -1;
}

int
fd_receive(int socket, struct error *err)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	char note[256];
	struct iovec part = { .iov_base = note, .iov_len = sizeof(note) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
				  .msg_controllen = sizeof(control.bytes) };
	ssize_t n;

	do
		n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return fail_errno(err, "receive a file descriptor");

	int fd = only_fd(&message);
	return fd < 0 ? fail(err, "receive a file descriptor: the message does not carry one") : fd;
}
