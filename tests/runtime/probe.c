/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the suites need to know and no shell can tell. Static, so that it runs in any container:
 *
 *	probe ids                 the effective user and group
 *	probe fds                 each open descriptor and what it is
 *	probe call NUMBER ARG…    makes a system call: its result, or the number of its error
 *	probe type TEXT           pretends that TEXT was typed at our terminal (TIOCSTI)
 *	probe overwrite PATH      tries each way there is to write to a program: none must be open
 *	probe swap PATH PATH      makes the one the other, again and again
 *	probe hang-up SOCKET      waits for somebody, and goes
 *	probe receive SOCKET      waits for one descriptor; says its name, then passes its bytes on
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static int
tell_ids(char **args)
{
	(void) args;
	printf("%u:%u\n", geteuid(), getegid());
	return 0;
}

static int
tell_fds(char **args)
{
	char path[64], target[PATH_MAX];
	(void) args;

	for (int fd = 0; fd < 4096; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		(void) snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		ssize_t n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		printf("%d %s\n", fd, target);
	}
	return 0;
}

static int
make_call(char **args)
{
	long words[7] = { 0 };

	for (int i = 0; i < 7 && args[i] != NULL; i++)
		words[i] = (long) strtoul(args[i], NULL, 0);
	long result = syscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
	if (result < 0)
		printf("error %d\n", errno);
	else
		printf("result %ld\n", result);
	return 0;
}

static int
type_text(char **args)
{
	for (const char *at = args[0]; *at != '\0'; at++)
		if (ioctl(0, TIOCSTI, at) < 0)
			return printf("error %d\n", errno), 0;
	printf("typed\n");
	return 0;
}

/* A descriptor for writing, or for reading and then again through /proc, or a shared mapping of it. */
static int
overwrite(char **args)
{
	static const int modes[] = { O_WRONLY, O_RDWR, O_WRONLY | O_TRUNC, O_WRONLY | O_APPEND };
	char again[64];
	int bad = 0, seen = open(args[0], O_PATH | O_CLOEXEC),
	    read_only = open(args[0], O_RDONLY | O_CLOEXEC);

	(void) mount(NULL, args[0], NULL, MS_REMOUNT | MS_BIND,
		     NULL); /* nobody expects it to go well */
	(void) snprintf(again, sizeof(again), "/proc/self/fd/%d", seen);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		bad += open(args[0], modes[i] | O_CLOEXEC) >= 0;
		bad += open(again, modes[i] | O_CLOEXEC) >= 0;
	}
	bad += read_only >= 0 &&
	       mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, read_only, 0) != MAP_FAILED;
	bad += truncate(args[0], 0) == 0;
	printf(bad > 0 ? "open to writing\n" : seen < 0 ? "out of sight\n" : "closed\n");
	return 0;
}

static int
accept_one(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void) snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0 ||
	    listen(fd, 1) < 0)
		return -1;
	return accept4(fd, NULL, NULL, SOCK_CLOEXEC);
}

static int
receive_fd(int connection, char *name, size_t size)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec text = { name, size - 1 };
	struct msghdr message = { .msg_iov = &text,
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
	int fd = -1;

	name[n > 0 ? n : 0] = '\0';
	struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	if (header != NULL && header->cmsg_type == SCM_RIGHTS &&
	    header->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static int
pass_on(int from, int to)
{
	char bytes[4096];
	ssize_t n = read(from, bytes, sizeof(bytes));

	return n > 0 && write(to, bytes, (size_t) n) == n ? 0 : -1;
}

static int
receive(char **args)
{
	char name[256];
	int connection = accept_one(args[0]);
	int fd = connection < 0 ? -1 : receive_fd(connection, name, sizeof(name));

	if (fd < 0)
		return fprintf(stderr, "probe: no descriptor came: %s\n", strerror(errno)), 1;
	printf("%s %s\n", name, isatty(fd) ? "terminal" : "other");
	(void) fflush(stdout);

	struct pollfd fds[] = { { .fd = fd, .events = POLLIN }, { .fd = 0, .events = POLLIN } };
	while (poll(fds, 2, -1) > 0) {
		if (fds[1].revents != 0 && pass_on(0, fd) < 0)
			fds[1].fd = -1;
		if (fds[0].revents != 0 && pass_on(fd, 1) < 0)
			break;
	}
	return 0;
}

static int
hang_up(char **args)
{
	return accept_one(args[0]) < 0;
}

static int
swap(char **args)
{
	for (;;)
		if (syscall(SYS_renameat2, AT_FDCWD, args[0], AT_FDCWD, args[1], RENAME_EXCHANGE) <
		    0)
			return fprintf(stderr, "probe: swap: %s\n", strerror(errno)), 1;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **args);
		int args;
	} words[] = {
		{ "ids", tell_ids, 0 },    { "fds", tell_fds, 0 },        { "call", make_call, 1 },
		{ "type", type_text, 1 },  { "overwrite", overwrite, 1 }, { "receive", receive, 1 },
		{ "hang-up", hang_up, 1 }, { "swap", swap, 2 },
	};

	for (size_t i = 0; argc > 1 && i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(argv[1], words[i].name) == 0 && argc >= 2 + words[i].args)
			return words[i].run(argv + 2);
	return fprintf(stderr, "probe: unknown word\n"), 2;
}
