/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/kernel/kin.h"
#include "tests/unit/child.h"

static bool
has(const struct cgroup_members *members, pid_t pid)
{
	FOR_EACH(member, members)
		if (*member == pid)
			return true;
	return false;
}

static void
find_descendants(void)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_members members;
	int told[2];
	pid_t grandchild = 0, stranger = child_bystander(0, 0);

	child_expect(pipe(told) == 0, "pipe");
	pid_t child = fork();
	if (child == 0) {
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		pid_t pid = fork();
		(void) prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (pid != 0)
			(void) !write(told[1], &pid, sizeof(pid));
		for (;;)
			(void) pause();
	}
	child_expect(read(told[0], &grandchild, sizeof(grandchild)) == sizeof(grandchild), "read");
	child_expect(kin_find(child, false, &members, &arena, &err) == 0, "%s", err.text);
	child_expect(members.count == 2 && has(&members, child) && has(&members, grandchild), "%zu were found",
		     members.count);
	child_expect(kin_find(getpid(), false, &members, &arena, &err) == 0, "%s", err.text);
	child_expect(has(&members, getpid()) && has(&members, stranger) && has(&members, grandchild),
		     "ours are not all found");

	child_expect(kin_signal(child, false, SIGKILL, &err) == 0, "%s", err.text);
	child_expect(waitpid(child, NULL, 0) == child, "it was not killed");
	child_expect(kill(stranger, 0) == 0 && waitpid(stranger, NULL, WNOHANG) == 0, "a stranger was killed");
	child_expect(kin_find(child, false, &members, &arena, &err) == 0 && members.count == 0, "the dead have kin");
}

static void
find_namespace(void)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_members members;
	pid_t guest = child_bystander(CLONE_NEWPID, 0);

	child_expect(kin_find(getpid(), true, &members, &arena, &err) == 0, "%s", err.text);
	child_expect(has(&members, getpid()) && has(&members, guest), "a namespace below ours is not found");
	child_expect(kin_find(guest, true, &members, &arena, &err) == 0, "%s", err.text);
	child_expect(members.count == 1, "%zu are in a namespace of one", members.count);
}

TEST(descendants_are_kin_and_others_are_not)
{
	CHECK_CHILD(0, find_descendants);
}

TEST(who_is_in_the_same_pid_namespace_is_kin)
{
	CHECK_CHILD(CLONE_NEWUSER, find_namespace);
}
