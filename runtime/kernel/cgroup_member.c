/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_member.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "runtime/kernel/cgroup_tree.h"

struct listing {
	struct cgroup_members *members;
	struct arena *arena;
};

/* Adds the numbers in a piece of the file; `number` carries one that the piece cuts in two. */
static void
add_numbers(const struct listing *listing, const char *text, size_t n, pid_t *number)
{
	for (size_t i = 0; i < n; i++) {
		if (text[i] >= '0' && text[i] <= '9') {
			*number = *number * 10 + (text[i] - '0');
			continue;
		}
		if (*number > 0) /* 0 is somebody from outside our pid namespace */
			list_add(listing->members, listing->arena, *number);
		*number = 0;
	}
}

static int
list_directory(int dir, void *with, struct error *err)
{
	scoped_fd fd = openat(dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	pid_t number = 0;

	if (fd < 0)
		return errno == ENOENT || errno == ENODEV ? 0
							  : fail_errno(err, "open cgroup.procs");
	for (;;) {
		char text[4096];
		ssize_t n = read(fd, text, sizeof(text));

		if (n < 0 && errno == EINTR)
			continue;
		/* In a threaded cgroup: processes are listed where their threads come together. */
		if (n < 0 && (errno == EOPNOTSUPP || errno == ENODEV))
			return 0;
		if (n < 0)
			return fail_errno(err, "read cgroup.procs");
		if (n == 0)
			return 0;
		add_numbers(with, text, (size_t) n, &number);
	}
}

static int
compare(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
cgroup_member_list(int dir, struct cgroup_members *members, struct arena *arena, struct error *err)
{
	struct listing listing = { members, arena };
	const struct cgroup_visit visit = { .enter = list_directory, .with = &listing };
	size_t kept = 0;

	*members = (struct cgroup_members){ 0 };
	TRY(cgroup_tree_walk(dir, &visit, err));
	if (members->count == 0)
		return 0;
	qsort(members->items, members->count, sizeof(members->items[0]), compare);
	for (size_t i = 0; i < members->count; i++)
		if (i == 0 || members->items[i] != members->items[kept - 1])
			members->items[kept++] = members->items[i];
	members->count = kept;
	return 0;
}

int
cgroup_member_signal(const struct cgroup_members *members, int signal, struct error *err)
{
	int result = 0;

	FOR_EACH(pid, members) {
		if (kill(*pid, signal) < 0 && errno != ESRCH && result == 0)
			result =
				fail_errno(err, "send signal %d to process %d", signal, (int) *pid);
	}
	return result;
}
