/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/child.h"
#include "tests/unit/scratch.h"

static int
count_open(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fd_is_open(fd);
	return count;
}

TEST(an_fd_closes_with_its_block_and_errno_survives)
{
	int number;

	errno = EXDEV;
	{
		scoped_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		number = fd;
		CHECK(fd_is_open(number));
		errno = EXDEV;
	}
	CHECK_EQ(errno, EXDEV);
	CHECK(!fd_is_open(number));

	int bad = 9999;
	errno = EXDEV;
	fd_close(&bad);
	CHECK_EQ(errno, EXDEV);
	CHECK_EQ(bad, -1);
}

TEST(what_is_taken_is_not_closed)
{
	int kept;

	{
		scoped_fd fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		kept = fd_take(&fd);
		CHECK_EQ(fd, -1);
	}
	CHECK(fd_is_open(kept));
	fd_close(&kept);
}

TEST(a_copy_is_close_on_exec_and_no_standard_fd)
{
	struct error err = { 0 };
	scoped_fd copy = fd_copy(0, &err);

	CHECK(copy >= 3);
	CHECK_EQ(fcntl(copy, F_GETFD), FD_CLOEXEC);
	CHECK_FAILS(fd_copy(9999, &err), err, "copy file descriptor 9999: Bad file descriptor");
}

static void
mark_all(void)
{
	struct error err = { 0 };
	int kept = dup(0), high = fcntl(0, F_DUPFD, 150);

	child_expect(kept >= 0 && kept < 150 && high >= 150, "dup: %s", strerror(errno));
	child_expect(fd_close_all_on_exec(150, &err) == 0, "%s", err.text);
	child_expect(fcntl(kept, F_GETFD) == 0, "one below was marked");
	child_expect(fcntl(high, F_GETFD) == FD_CLOEXEC, "one above was not marked");
	child_expect(fd_close_all_on_exec(0, &err) == 0, "%s", err.text);
	child_expect(fcntl(0, F_GETFD) == FD_CLOEXEC && fcntl(kept, F_GETFD) == FD_CLOEXEC, "not all were marked");
}

TEST(all_from_a_number_on_are_marked_close_on_exec)
{
	CHECK_CHILD(0, mark_all);
}

static void
close_others(void)
{
	struct error err = { 0 };
	int passed = fcntl(0, F_DUPFD, 10), ours = fcntl(0, F_DUPFD_CLOEXEC, passed + 1);
	int needed = fcntl(0, F_DUPFD_CLOEXEC, ours + 1), first = needed + 1;
	int above = fcntl(0, F_DUPFD, 150), kept = fcntl(0, F_DUPFD_CLOEXEC, 151), high = fcntl(0, F_DUPFD, 180);
	const int keep[] = { 200, kept, -1, needed, 9999 }; /* 200 is where complaints go */

	child_expect(fd_close_but((unsigned) first, keep, COUNT(keep), &err) == 0, "%s", err.text);
	child_expect(fd_is_open(0) && fd_is_open(1) && fd_is_open(2), "a standard one was closed");
	child_expect(fd_is_open(passed), "what is our caller's was closed");
	child_expect(!fd_is_open(ours) && !fd_is_open(above) && !fd_is_open(high), "not all were closed");
	child_expect(fd_is_open(needed) && fd_is_open(kept), "one to keep was closed");
	child_expect(fd_close_but(3, keep, 1, &err) == 0, "%s", err.text);
	child_expect(!fd_is_open(passed) && !fd_is_open(kept) && !fd_is_open(needed), "not all were closed");
}

TEST(all_but_those_to_keep_are_closed)
{
	CHECK_CHILD(0, close_others);
}

/* In each of the eight ways in which a careless caller may start us. */
static void
fill_standard(void)
{
	struct error err = { 0 };

	for (int closed = 0; closed < 8; closed++) {
		for (int fd = 0; fd <= 2; fd++)
			if ((closed >> fd & 1) != 0)
				(void) close(fd);
		child_expect(fd_fill_standard(&err) == 0, "%s", err.text);
		for (int fd = 0; fd <= 2; fd++)
			child_expect(fd_is_open(fd), "%d of %d is closed", fd, closed);
		scoped_fd next = open("/dev/null", O_RDONLY | O_CLOEXEC);
		child_expect(next > 2, "%d is free", next);
	}
	char byte;
	child_expect(read(0, &byte, 1) == 0, "standard input is not empty");
	child_expect(write(1, "x", 1) == 1, "standard output: %s", strerror(errno));
}

TEST(closed_standard_fds_become_null)
{
	CHECK_CHILD(0, fill_standard);
}

static bool
are_same(int a, int b)
{
	struct stat one, two;

	return fstat(a, &one) == 0 && fstat(b, &two) == 0 && one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

TEST(an_fd_that_is_sent_arrives_close_on_exec)
{
	struct error err = { 0 };
	int pair[2];
	scoped_fd file = open("/dev/null", O_RDONLY);

	CHECK_OK(fd_socket_pair(pair, &err), err);
	CHECK_EQ(fcntl(pair[0], F_GETFD), FD_CLOEXEC);
	CHECK_EQ(fcntl(pair[1], F_GETFD), FD_CLOEXEC);
	CHECK_OK(fd_send(pair[0], file, "note", &err), err);
	scoped_fd came = fd_receive(pair[1], &err);
	CHECK(came >= 0 && came != file);
	CHECK_EQ(fcntl(came, F_GETFD), FD_CLOEXEC);
	CHECK(are_same(came, file));
	(void) close(pair[0]);
	(void) close(pair[1]);
}

TEST(a_message_without_an_fd_is_an_error)
{
	struct error err = { 0 };
	int pair[2];

	CHECK_OK(fd_socket_pair(pair, &err), err);
	CHECK_EQ(write(pair[0], "x", 1), 1);
	CHECK_FAILS(fd_receive(pair[1], &err), err, "receive a file descriptor: the message does not carry one");
	(void) close(pair[0]);
	CHECK_FAILS_WITH(fd_receive(pair[1], &err), err, "receive a file descriptor: ");
	(void) close(pair[1]);
}

static void
send_many(int socket, size_t n)
{
	char bytes[CMSG_SPACE(8 * sizeof(int))] = { 0 };
	int fds[8] = { 0, 0, 0, 0, 0, 0, 0, 0 };
	struct iovec part = { .iov_base = (char[]){ "x" }, .iov_len = 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = bytes,
				  .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*header = (struct cmsghdr){ .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
				    .cmsg_len = CMSG_LEN(n * sizeof(int)) };
	memcpy(CMSG_DATA(header), fds, n * sizeof(int));
	CHECK_EQ(sendmsg(socket, &message, 0), 1);
}

TEST(fds_that_nobody_asked_for_do_not_stay_open)
{
	struct error err = { 0 };
	int pair[2];

	CHECK_OK(fd_socket_pair(pair, &err), err);
	int before = count_open();
	for (size_t n = 2; n <= 8; n++) {
		send_many(pair[0], n);
		CHECK_FAILS_WITH(fd_receive(pair[1], &err), err, "receive a file descriptor: ");
		CHECK_EQ(count_open(), before);
	}
	(void) close(pair[0]);
	(void) close(pair[1]);
}

static void
listen_at(struct scratch *scratch, const char *name, int *listening)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	CHECK_EQ(fchdir(scratch->fd), 0);
	(void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	*listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK_EQ(bind(*listening, (const struct sockaddr *) &address, sizeof(address)), 0);
	CHECK_EQ(listen(*listening, 1), 0);
}

TEST(a_socket_is_reached_by_a_path_of_any_length)
{
	scoped_scratch struct scratch scratch = scratch_make();
	struct error err = { 0 };
	char deep[1024];
	int listening;

	listen_at(&scratch, "s", &listening);
	(void) snprintf(deep, sizeof(deep), "%s/s", scratch.path);
	scoped_fd near = fd_connect(deep, &err);
	CHECK(near >= 0);
	CHECK_EQ(fcntl(near, F_GETFD), FD_CLOEXEC);
	(void) close(listening);

	int n = snprintf(deep, sizeof(deep), "%s", scratch.path);
	for (int i = 0; i < 10; i++) {
		n += snprintf(deep + n, sizeof(deep) - (size_t) n, "/a-directory-with-a-long-name");
		CHECK_EQ(mkdir(deep, 0755), 0);
	}
	CHECK_EQ(chdir(deep), 0);
	struct scratch below = { .fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	listen_at(&below, "s", &listening);
	(void) snprintf(deep + n, sizeof(deep) - (size_t) n, "/s");
	scoped_fd far = fd_connect(deep, &err);
	CHECK(far >= 0);
	(void) close(below.fd);
	(void) close(listening);
	CHECK_EQ(chdir("/"), 0);
}

TEST(what_is_no_socket_is_refused_by_its_path)
{
	struct error err = { 0 };

	CHECK_FAILS(fd_connect("/nowhere/s", &err), err, "open socket /nowhere/s: No such file or directory");
	CHECK_FAILS(fd_connect("/dev/null", &err), err, "connect to socket /dev/null: Connection refused");
}

TEST(a_peer_that_is_gone_is_an_error_and_no_signal)
{
	struct error err = { 0 };
	int pair[2];

	CHECK_OK(fd_socket_pair(pair, &err), err);
	(void) close(pair[1]);
	CHECK_FAILS(fd_send(pair[0], 0, "note", &err), err, "send a file descriptor: Broken pipe");
	(void) close(pair[0]);
}
