/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "tests/unit/tribe.h"

static bool
has_v1(void)
{
	return cgroup_find_layout() != CGROUP_UNIFIED;
}

/* ---- entering -------------------------------------------------------------------------------- */

/* The process's cgroup in each hierarchy ends with this. */
static bool
is_in(pid_t pid, const char *path)
{
	char file[64], *line = NULL;
	size_t size = 0;
	bool all = true;

	(void) snprintf(file, sizeof(file), "/proc/%d/cgroup", (int) pid);
	FILE *list = fopen(file, "re");
	if (list == NULL)
		return false;
	while (getline(&line, &size, list) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!text_ends_with(line, path)) {
			print_message("%d is in %s\n", (int) pid, line);
			all = false;
		}
	}
	free(line);
	(void) fclose(list);
	return all;
}

static int
plan_and_make(struct cgroup *cgroup, const struct cgroup_request *request, struct arena *arena, struct error *err)
{
	TRY(cgroup_plan(cgroup, request, arena, err));
	return cgroup_make(cgroup, request, arena, err);
}

TEST(a_member_is_in_every_hierarchy_and_nobody_moved_it)
{
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "enter", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	CHECK(is_in(pid, tribe_path("enter")));
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(a_member_may_enter_from_inside_a_user_namespace)
{
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "userns", NULL);
	pid_t pid = tribe_stranger(&cgroup, tribe_sleep);
	CHECK(is_in(pid, tribe_path("userns")));
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(a_process_can_be_admitted_from_outside)
{
	struct error err = { 0 };
	struct cgroup cgroup, nowhere = { .count = 0 };

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "admit", NULL);
	pid_t pid = tribe_member(&nowhere, tribe_sleep);
	CHECK_OK(cgroup_admit(&cgroup, pid, &err), err);
	CHECK(is_in(pid, tribe_path("admit")));
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(the_record_finds_it_again_for_exec)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup made, again;

	NEEDS_CGROUPS();
	tribe_make(&made, "re cord", NULL);
	CHECK_OK(cgroup_open(&again, cgroup_record(&made, &arena), &arena, &err), err);
	CHECK_EQ(again.layout, cgroup_find_layout());
	CHECK_OK(cgroup_open_entries(&again, &err), err);
	pid_t pid = tribe_member(&again, tribe_sleep);
	CHECK(is_in(pid, tribe_path("re cord")));
	cgroup_done(&made);
	REMOVE(again);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(nobody_enters_a_cgroup_that_is_gone)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup made, again;

	NEEDS_CGROUPS();
	tribe_make(&made, "gone", NULL);
	const char *record = cgroup_record(&made, &arena);
	REMOVE(made);
	CHECK_OK(cgroup_open(&again, record, &arena, &err), err);
	CHECK_FAILS_WITH(cgroup_open_entries(&again, &err), err, "/gone is gone");
	CHECK_FAILS_WITH(cgroup_update(&again, tribe_resources("{}"), &err), err, "/gone is gone");
	CHECK_EQ(cgroup_birthplace(&again), -1);
	CHECK_EQ(cgroup_is_frozen(&again, &err), 0);
	CHECK_EQ(cgroup_oom_kills(&again), 0);
	CHECK_OK(cgroup_signal(&again, SIGKILL, &err), err);
	REMOVE(again);
}

TEST(exec_can_go_to_a_cgroup_below)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	char below[PATH_MAX];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "descend", NULL);
	const char *controller = has_v1() ? "pids" : "";
	(void) snprintf(below, sizeof(below), "%s/sub", tribe_directory(&cgroup, controller));
	CHECK(mkdir(below, 0755) == 0);

	CHECK_FAILS(cgroup_descend(&cgroup, "../x", &arena, &err), err,
		    "cgroup: \"../x\" must not contain \"..\"");
	CHECK_FAILS(cgroup_descend(&cgroup, "nothing:sub", &arena, &err), err,
		    "cgroup: \"nothing:sub\" names no hierarchy that the container is in");
	CHECK_FAILS_WITH(cgroup_descend(&cgroup, "none", &arena, &err), err,
			 "/descend: open none: No such file or directory");
	CHECK_OK(cgroup_descend(&cgroup, has_v1() ? "pids:sub" : "/sub", &arena, &err), err);
	CHECK_OK(cgroup_open_entries(&cgroup, &err), err);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	CHECK(strtol(tribe_read(&cgroup, controller, "cgroup.procs"), NULL, 10) == pid);
	CHECK(text_ends_with(tribe_directory(&cgroup, controller), "/descend/sub"));
	cgroup_done(&cgroup);
	CHECK_EQ(tribe_cleared("descend"), 0);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

/* As systemd does in a container: its own processes go below, so that controllers can be handed on. */
TEST(exec_follows_a_container_that_took_its_cgroup_over)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	char text[32];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "follow", "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":0}]}");
	pid_t init = tribe_member(&cgroup, tribe_sleep);
	CHECK(mkdirat(cgroup_birthplace(&cgroup), "init.scope", 0755) == 0);
	CHECK_OK(cgroup_follow(&cgroup, init, &arena, &err), err);
	CHECK(text_ends_with(tribe_directory(&cgroup, ""), "/follow"));

	(void) snprintf(text, sizeof(text), "%d", (int) init);
	CHECK_EQ(cgroup_file_write(cgroup_birthplace(&cgroup), "init.scope/cgroup.procs", text), 0);
	CHECK_EQ(
		cgroup_file_write(cgroup_birthplace(&cgroup), "cgroup.subtree_control", "+hugetlb"),
		0);
	CHECK_OK(cgroup_follow(&cgroup, init, &arena, &err), err);
	CHECK(text_ends_with(tribe_directory(&cgroup, ""), "/follow/init.scope"));
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	cgroup_done(&cgroup);
	CHECK_EQ(tribe_cleared("follow"), 0);
	CHECK_EQ(tribe_end(init), 128 + SIGKILL);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

/* ---- making ---------------------------------------------------------------------------------- */

static int
try_to_make(const char *name, const char *resources, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request(name);

	request.resources = resources == NULL ? NULL : tribe_resources(resources);
	int result = plan_and_make(&cgroup, &request, &arena, err);
	cgroup_done(&cgroup);
	return result;
}

TEST(a_cgroup_with_somebody_in_it_is_refused_and_left_alone)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "used", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	CHECK_FAILS_WITH(try_to_make("used", NULL, &err), err,
			 "container's cgroup is not empty: process ");
	CHECK(is_in(pid, tribe_path("used")));
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(a_frozen_cgroup_is_refused)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "cold", NULL);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	CHECK_FAILS_WITH(try_to_make("cold", NULL, &err), err,
			 "container's cgroup unexpectedly frozen");
	REMOVE(cgroup);
}

TEST(an_empty_cgroup_that_was_there_is_taken_and_in_the_end_removed)
{
	struct error err = { 0 };
	struct cgroup first, second;

	NEEDS_CGROUPS();
	tribe_make(&first, "taken", NULL);
	tribe_make(&second, "taken", NULL);
	CHECK(second.made); /* by whoever removes it */
	REMOVE(second);
	for (size_t i = 0; i < first.count; i++)
		CHECK(faccessat(first.hierarchies[i].fd, "cgroup.procs", F_OK, 0) < 0);
	cgroup_done(&first);
	(void) err;
}

TEST(what_fails_leaves_nothing_behind)
{
	struct error err = { 0 };
	struct cgroup probe;
	struct stat st;

	NEEDS_CGROUPS();
	tribe_make(&probe, "probe", NULL);
	CHECK_FAILS_WITH(try_to_make("half",
				     "{\"hugepageLimits\":[{\"pageSize\":\"3MB\",\"limit\":0}]}",
				     &err),
			 err, "hugepageLimits: cgroup ");
	for (size_t i = 0; i < probe.count; i++) {
		const struct cgroup_hierarchy *hierarchy = &probe.hierarchies[i];
		scoped_fd mount = cgroup_hierarchy_open_mount(hierarchy, &err);
		CHECK(fstatat(mount, tribe_path("half") + 1, &st, 0) < 0 && errno == ENOENT);
	}
	REMOVE(probe);
}

TEST(bad_paths_are_refused_before_anything_is_made)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request("x");

	request.path = "/a/../../b";
	CHECK_FAILS(plan_and_make(&cgroup, &request, &arena, &err), err,
		    "cgroupsPath: \"/a/../../b\" must not contain \"..\"");
	CHECK(!cgroup.made);
	request.path = "/";
	CHECK_FAILS(plan_and_make(&cgroup, &request, &arena, &err), err,
		    "cgroupsPath: \"/\" is no cgroup of its own");
}

TEST(a_file_is_not_taken_for_a_cgroup)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "file", NULL); /* so that there is a directory with files above it */
	REMOVE(cgroup);
	CHECK_FAILS_WITH(try_to_make("cgroup.procs", NULL, &err), err, "Not a directory");
}

TEST(disabled_cgroups_are_none_and_nothing_is_asked_of_them)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_members members;
	struct cgroup_request request = tribe_request("off");

	request.driver = CGROUP_DISABLED;
	request.resources = tribe_resources("{\"pids\":{\"limit\":5}}");
	CHECK_OK(plan_and_make(&cgroup, &request, &arena, &err), err);
	CHECK(!cgroup.made);
	CHECK_EQ(cgroup_birthplace(&cgroup), -1);
	CHECK_OK(cgroup_enter(&cgroup, &err), err);
	CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &err), err);
	CHECK_OK(cgroup_members(&cgroup, &members, &arena, &err), err);
	CHECK_EQ(members.count, 0);
	CHECK_FAILS(cgroup_freeze(&cgroup, &err), err,
		    "freeze the cgroup: there is none, or none that can freeze");
	CHECK_FAILS(
		cgroup_update(&cgroup, request.resources, &err), err,
		"pids.limit: no cgroup hierarchy that we may use has the controller for pids.max");
	REMOVE(cgroup);
}

static void
make_without_root(void)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request("rootless");

	request.may_fail = true;
	if (setresuid(65534, 65534, 65534) < 0)
		_exit(1);
	if (plan_and_make(&cgroup, &request, &arena, &err) == 0 ||
	    strstr(err.text, "Permission denied") == NULL || strstr(err.text, request.path) == NULL)
		_exit(2);
	request.path = NULL;
	if (plan_and_make(&cgroup, &request, &arena, &err) < 0 || cgroup.count != 0)
		_exit(3);
	request.resources = tribe_resources("{\"pids\":{\"limit\":5}}");
	if (plan_and_make(&cgroup, &request, &arena, &err) == 0 ||
	    strstr(err.text, "pids.limit: no cgroup hierarchy that we may use") == NULL ||
	    strstr(err.text, "Permission denied; rootless needs no limits") == NULL)
		_exit(4);
	_exit(0);
}

TEST(without_root_there_is_no_cgroup_and_so_no_limit_nor_a_path)
{
	struct cgroup nowhere = { .count = 0 };

	NEEDS_CGROUPS();
	CHECK_EQ(tribe_end(tribe_member(&nowhere, make_without_root)), 0);
}

TEST(the_systemd_driver_takes_no_paths)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request("scope");

	request.driver = CGROUP_SYSTEMD;
	NEEDS_CGROUPS();
	CHECK_FAILS_WITH(plan_and_make(&cgroup, &request, &arena, &err), err,
			 "expected cgroupsPath to be of format \"slice:prefix:name\"");
	CHECK_EQ(cgroup.made, false);
}

TEST(the_containers_root_owns_what_is_delegated_and_no_more)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request("delegated");
	struct stat st;

	NEEDS_CGROUPS();
	request.delegate = true;
	request.root_uid = 70000;
	CHECK_OK(plan_and_make(&cgroup, &request, &arena, &err), err);
	int dir = cgroup.hierarchies[0].fd;
	uid_t owner = has_v1() ? 0 : 70000; /* v1 is never delegated */
	CHECK(fstatat(dir, "", &st, AT_EMPTY_PATH) == 0);
	CHECK_EQ(st.st_uid, owner);
	CHECK(fstatat(dir, "cgroup.procs", &st, 0) == 0);
	CHECK_EQ(st.st_uid, owner);
	if (!has_v1()) {
		CHECK(fstatat(dir, "cgroup.subtree_control", &st, 0) == 0);
		CHECK_EQ(st.st_uid, owner);
		CHECK(fstatat(dir, "memory.max", &st, 0) == 0);
		CHECK_EQ(st.st_uid, 0);
		CHECK(fstatat(dir, "cgroup.kill", &st, 0) == 0);
		CHECK_EQ(st.st_uid, 0);
	}
	REMOVE(cgroup);
}

/* ---- freezing, listing, signalling ----------------------------------------------------------- */

static volatile unsigned long *counter;

static void
count(void)
{
	for (;;)
		(*counter)++;
}

static bool
is_counting(void)
{
	unsigned long before = *counter;

	for (int i = 0; i < 200; i++) {
		(void) usleep(5000);
		if (*counter != before)
			return true;
	}
	return false;
}

TEST(freezing_returns_when_all_stand_still)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	counter = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	tribe_make(&cgroup, "freeze", NULL);
	pid_t pid = tribe_member(&cgroup, count);
	CHECK(is_counting());
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 0);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	unsigned long still = *counter;
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 1);
	(void) usleep(20000);
	CHECK_EQ(*counter, still);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	CHECK_OK(cgroup_thaw(&cgroup, &err), err);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 0);
	CHECK(is_counting());
	CHECK_OK(cgroup_thaw(&cgroup, &err), err);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	(void) munmap((void *) (uintptr_t) counter, 4096);
}

TEST(members_below_are_members_too)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_members members;
	pid_t pids[3];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "members", NULL);
	for (size_t i = 0; i < COUNT(pids); i++)
		pids[i] = tribe_member(&cgroup, tribe_sleep);
	char text[32];
	(void) snprintf(text, sizeof(text), "%d", (int) pids[1]);
	int dir = cgroup_hierarchy_main(&cgroup)->fd;
	CHECK(mkdirat(dir, "a", 0755) == 0 && mkdirat(dir, "a/b", 0755) == 0 &&
	      mkdirat(dir, "c", 0755) == 0);
	CHECK_EQ(cgroup_file_write(dir, "a/b/cgroup.procs", text), 0);
	CHECK_OK(cgroup_members(&cgroup, &members, &arena, &err), err);
	CHECK_EQ(members.count, 3);
	for (size_t i = 0; i < COUNT(pids); i++)
		CHECK_EQ(members.items[i], pids[i]);
	REMOVE(cgroup);
	for (size_t i = 0; i < COUNT(pids); i++)
		CHECK_EQ(tribe_end(pids[i]), 128 + SIGKILL);
}

TEST(a_signal_reaches_all_and_nobody_is_left_frozen)
{
	struct error err = { 0 };
	struct cgroup cgroup;
	pid_t pids[4];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "signal", NULL);
	for (size_t i = 0; i < COUNT(pids); i++)
		pids[i] = tribe_member(&cgroup, tribe_sleep);
	CHECK_OK(cgroup_signal(&cgroup, SIGTERM, &err), err);
	for (size_t i = 0; i < COUNT(pids); i++)
		CHECK_EQ(tribe_end(pids[i]), 128 + SIGTERM);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 0);
	REMOVE(cgroup);
}

static void
leave(int signal)
{
	(void) signal;
	_exit(7);
}

/* The kernel lets a signal that nobody handles kill even who is frozen; this one is handled. */
static void
leave_when_asked(void)
{
	(void) signal(SIGTERM, leave);
	tribe_sleep();
}

TEST(a_paused_container_stays_paused_until_it_is_killed)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "paused", NULL);
	pid_t pid = tribe_member(&cgroup, leave_when_asked);
	(void) usleep(10000); /* until it handles it */
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	CHECK_OK(cgroup_signal(&cgroup, SIGTERM, &err), err);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 1);
	CHECK_EQ(kill(pid, 0), 0);
	CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &err), err);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	REMOVE(cgroup);
}

TEST(a_signal_to_a_paused_container_waits_for_its_thaw)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "waits", NULL);
	pid_t pid = tribe_member(&cgroup, leave_when_asked);
	(void) usleep(10000);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	CHECK_OK(cgroup_signal(&cgroup, SIGTERM, &err), err);
	CHECK_OK(cgroup_thaw(&cgroup, &err), err);
	CHECK_EQ(tribe_end(pid), 7);
	REMOVE(cgroup);
}

/* Who forks faster than a list can be read. */
static void
bomb(void)
{
	for (;;)
		(void) fork();
}

static double
seconds(void)
{
	struct timespec now;

	(void) clock_gettime(CLOCK_MONOTONIC, &now);
	return (double) now.tv_sec + (double) now.tv_nsec / 1e9;
}

#define BOMB "{\"pids\":{\"limit\":300}}"

TEST(a_fork_bomb_ends_by_one_signal)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_members members;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "bomb", BOMB);
	pid_t pid = tribe_member(&cgroup, bomb);
	(void) usleep(200000);
	double began = seconds();
	CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &err), err);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	REMOVE(cgroup);
	CHECK(seconds() - began < 5);
	CHECK_OK(cgroup_members(&cgroup, &members, &arena, &err), err);
	CHECK_EQ(members.count, 0);
}

/* ---- removing -------------------------------------------------------------------------------- */

TEST(removing_kills_whoever_is_left_however_deep)
{
	struct error err = { 0 };
	struct cgroup cgroup;
	pid_t pids[2];
	char text[32];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "deep", NULL);
	for (size_t i = 0; i < COUNT(pids); i++)
		pids[i] = tribe_member(&cgroup, tribe_sleep);
	for (size_t i = 0; i < cgroup.count; i++) {
		int dir = cgroup.hierarchies[i].fd;
		CHECK(mkdirat(dir, "a", 0755) == 0 && mkdirat(dir, "a/b", 0755) == 0 &&
		      mkdirat(dir, "a/b/c", 0755) == 0);
		if (cgroup_file_lists(cgroup.hierarchies[i].controllers, ',', "cpuset"))
			continue; /* admits nobody before it is filled in */
		(void) snprintf(text, sizeof(text), "%d", (int) pids[1]);
		CHECK_EQ(cgroup_file_write(dir, "a/b/c/cgroup.procs", text), 0);
	}
	CHECK_OK(cgroup_remove(&cgroup, &err), err);
	CHECK_OK(cgroup_remove(&cgroup, &err), err);
	cgroup_done(&cgroup);
	for (size_t i = 0; i < COUNT(pids); i++)
		CHECK_EQ(tribe_end(pids[i]), 128 + SIGKILL);
}

TEST(a_thousand_children_and_a_deep_line_of_them_are_removed)
{
	struct cgroup cgroup;
	char name[32];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "many", NULL);
	int dir = cgroup_hierarchy_main(&cgroup)->fd;
	for (int i = 0; i < 1000; i++) {
		(void) snprintf(name, sizeof(name), "child%d", i);
		CHECK(mkdirat(dir, name, 0755) == 0);
	}
	scoped_fd at = openat(dir, "child7", O_PATH | O_CLOEXEC);
	for (int i = 0; i < 100; i++) {
		CHECK(mkdirat(at, "down", 0755) == 0);
		int next = openat(at, "down", O_PATH | O_CLOEXEC);
		fd_close(&at);
		at = next;
	}
	REMOVE(cgroup);
}

TEST(a_frozen_container_is_removed)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "ice", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(one_that_froze_a_cgroup_of_its_own_is_removed)
{
	struct cgroup cgroup;
	char text[32];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "self", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	int dir = cgroup_birthplace(&cgroup);
	(void) snprintf(text, sizeof(text), "%d", (int) pid);
	CHECK(mkdirat(dir, "own", 0755) == 0);
	CHECK_EQ(cgroup_file_write(dir, "own/cgroup.procs", text), 0);
	CHECK_EQ(cgroup_file_write(dir, "own/cgroup.freeze", "1"), 0);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

/* As another program would, or a container in a cgroup of its own. */
static void
freeze_by_v1(int dir)
{
	char state[32] = "";

	CHECK_EQ(cgroup_file_write(dir, "freezer.state", "FROZEN"), 0);
	for (int i = 0; i < 1000 && !text_equal(state, "FROZEN"); i++) {
		(void) usleep(1000);
		CHECK(cgroup_file_read(dir, "freezer.state", state, sizeof(state)) > 0);
	}
}

TEST(the_v1_freezer_used_by_others_does_not_keep_it_alive)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "outside", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	freeze_by_v1(cgroup_hierarchy_with(&cgroup, "freezer")->fd);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 1);
	CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &err), err);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	REMOVE(cgroup);
}

TEST(nor_does_it_used_below)
{
	struct cgroup cgroup;
	char text[32];

	NEEDS_V1();
	tribe_make(&cgroup, "own freezer", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	int dir = cgroup_hierarchy_with(&cgroup, "freezer")->fd;
	CHECK(mkdirat(dir, "own", 0755) == 0);
	(void) snprintf(text, sizeof(text), "%d", (int) pid);
	CHECK_EQ(cgroup_file_write(dir, "own/cgroup.procs", text), 0);
	scoped_fd own = openat(dir, "own", O_PATH | O_CLOEXEC);
	freeze_by_v1(own);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(a_half_made_cgroup_is_removed)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "half", NULL);
	size_t missing = cgroup.count / 2;
	scoped_fd mount = cgroup_hierarchy_open_mount(&cgroup.hierarchies[missing], &err);
	CHECK(unlinkat(mount, tribe_path("half") + 1, AT_REMOVEDIR) == 0);
	REMOVE(cgroup);
}

TEST(one_whose_directories_could_not_be_opened_is_removed)
{
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "closed", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	for (size_t i = 0; i < cgroup.count; i++)
		fd_close(&cgroup.hierarchies[i].fd);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(one_whose_mount_is_gone_is_gone)
{
	struct cgroup cgroup = { .driver = CGROUP_FILES, .layout = CGROUP_LEGACY, .count = 1 };

	cgroup.hierarchies[0] = (struct cgroup_hierarchy){
		.controllers = "pids",
		.mount = "/nowhere/pids",
		.path = "/web1",
		.fd = -1,
		.entry = -1,
		.ours = true,
	};
	REMOVE(cgroup);
}

/* A process may spread its threads over such cgroups; it is listed where they come together. */
TEST(threaded_cgroups_below_are_passed_over_and_removed)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup cgroup;
	struct cgroup_members members;
	char text[32];

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "threads", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	int dir = cgroup_birthplace(&cgroup);
	CHECK(mkdirat(dir, "t", 0755) == 0);
	CHECK_EQ(cgroup_file_write(dir, "t/cgroup.type", "threaded"), 0);
	(void) snprintf(text, sizeof(text), "%d", (int) pid);
	CHECK_EQ(cgroup_file_write(dir, "t/cgroup.threads", text), 0);
	CHECK_OK(cgroup_members(&cgroup, &members, &arena, &err), err);
	CHECK_EQ(members.count, 1);
	CHECK_EQ(members.items[0], pid);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

/* ---- a host with the old hierarchies alone, played on a hybrid -------------------------------- */

static void
forget_unified(struct cgroup *cgroup)
{
	for (size_t i = 0; i < cgroup->count; i++) {
		if (!cgroup_hierarchy_is_unified(&cgroup->hierarchies[i]))
			continue;
		fd_close(&cgroup->hierarchies[i].fd);
		cgroup->hierarchies[i] = cgroup->hierarchies[--cgroup->count];
	}
	cgroup->layout = CGROUP_LEGACY;
}

TEST(v1_alone_freezes_signals_and_removes_a_fork_bomb)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "old", BOMB);
	pid_t pid = tribe_member(&cgroup, bomb);
	forget_unified(&cgroup);
	(void) usleep(200000);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 1);
	CHECK_TEXT(tribe_read(&cgroup, "freezer", "freezer.state"), "FROZEN");
	CHECK_OK(cgroup_thaw(&cgroup, &err), err);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 0);
	double began = seconds();
	CHECK_OK(cgroup_signal(&cgroup, SIGKILL, &err), err);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	CHECK_EQ(cgroup_is_frozen(&cgroup, &err), 0);
	CHECK(seconds() - began < 5);
	REMOVE(cgroup);
}

TEST(v1_alone_removes_what_lives_and_is_frozen)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "old ice", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	forget_unified(&cgroup);
	CHECK_OK(cgroup_freeze(&cgroup, &err), err);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

/* Held by a freezer that the cgroup at hand knows nothing of, as others are held by a dead disk. */
TEST(who_does_not_die_is_named)
{
	struct error err = { 0 };
	struct cgroup cgroup, part = { .driver = CGROUP_FILES, .layout = CGROUP_LEGACY };
	char wanted[64];

	NEEDS_V1();
	tribe_make(&cgroup, "undead", NULL);
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	freeze_by_v1(cgroup_hierarchy_with(&cgroup, "freezer")->fd);
	part.hierarchies[part.count++] = *cgroup_hierarchy_with(&cgroup, "pids");
	(void) snprintf(wanted, sizeof(wanted), "/undead: these processes do not end: %d",
			(int) pid);
	double began = seconds();
	CHECK_FAILS_WITH(cgroup_remove(&part, &err), err, wanted);
	CHECK(seconds() - began < 15);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
}

TEST(without_a_freezer_v1_still_removes)
{
	struct cgroup cgroup, part = { .driver = CGROUP_FILES, .layout = CGROUP_LEGACY };

	NEEDS_V1();
	tribe_make(&cgroup, "no freezer", BOMB);
	pid_t pid = tribe_member(&cgroup, bomb);
	part.hierarchies[part.count++] = *cgroup_hierarchy_with(&cgroup, "pids");
	struct cgroup_hierarchy *given =
		(struct cgroup_hierarchy *) (uintptr_t) cgroup_hierarchy_with(&cgroup, "pids");
	given->fd = given->entry = -1;
	REMOVE(part);
	CHECK_EQ(tribe_end(pid), 128 + SIGKILL);
	REMOVE(cgroup);
}
