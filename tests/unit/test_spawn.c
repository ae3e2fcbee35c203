/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/process.h"
#include "runtime/life/spawn.h"
#include "tests/unit/child.h"

/* The guest tells which of its fds are open, by its exit status and this pipe. */
struct guest {
	int tell;
};

static no_return void
tell_open_fds(void *data)
{
	const struct guest *guest = data;
	char open_fds[256];

	for (int fd = 0; fd < 256; fd++)
		open_fds[fd] = fd_is_open(fd) ? 'y' : 'n';
	_exit(write(guest->tell, open_fds, sizeof(open_fds)) == sizeof(open_fds) ? 7 : 8);
}

static void
enter_with_few_fds(void)
{
	struct error err = { 0 };
	int pipe_[2], pidfd = -1, status;
	char open_fds[256];
	pid_t host = getpid(), pid;

	child_expect(pipe2(pipe_, O_CLOEXEC) == 0, "pipe");
	int passed = fcntl(0, F_DUPFD, 10), secret = fcntl(0, F_DUPFD_CLOEXEC, passed + 1);
	int directory = fcntl(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), F_DUPFD_CLOEXEC, 100);
	scoped_fd self = (int) syscall(SYS_pidfd_open, host, 0);
	const int keeps[] = { pipe_[1], -1 };
	struct guest guest = { .tell = pipe_[1] };
	uint64_t left;
	struct spawn order = { .left = &left, .joins_pidfd = self, .joins_pid = host, .cgroup = -1, .inherits = (unsigned) passed + 1,
			       .keeps = keeps, .keeps_count = COUNT(keeps), .main = tell_open_fds, .data = &guest };

	child_expect(spawn_guest(&order, &pid, &pidfd, &err) == 0, "%s", err.text);
	child_expect(read(pipe_[0], open_fds, sizeof(open_fds)) == sizeof(open_fds), "the guest says nothing");
	child_expect(process_wait(pidfd, &status, &err) == 0 && status == 7, "%s, status %d", err.text, status);
	child_expect(open_fds[0] == 'y' && open_fds[1] == 'y' && open_fds[2] == 'y', "a standard fd is closed");
	child_expect(open_fds[pipe_[1]] == 'y', "what it needs is closed");
	child_expect(open_fds[passed] == 'y', "what our caller passes is closed");
	child_expect(open_fds[secret] == 'n' && open_fds[directory] == 'n', "it has a directory of the host");
	child_expect(open_fds[self] == 'n' && open_fds[pipe_[0]] == 'n', "it has fds of ours");
}

TEST(who_enters_a_container_has_nothing_of_the_host_from_its_first_moment)
{
	CHECK_CHILD(0, enter_with_few_fds);
}
