/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/tribe.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "libcommon/fd.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_host.h"
#include "runtime/kernel/cgroup_path.h"
#include "runtime/kernel/syscalls.h"

#define END_SECONDS 10

static struct arena arena;
static pid_t first;

const char *
tribe_is_barred(void)
{
	if (!cgroup_host_has_root())
		return "needs root";
	return cgroup_find_layout() == CGROUP_NONE ? "there are no cgroups here" : NULL;
}

const char *
tribe_path(const char *name)
{
	return arena_format(&arena, "/cooperage-test-%d%s%s", (int) first,
			    name[0] != '\0' ? "/" : "", name);
}

int
tribe_cleared(const char *name)
{
	struct error err = { 0 };
	struct cgroup cgroup = { .driver = CGROUP_FILES };

	if (cgroup_host_find(&cgroup, true, &arena, &err) < 0)
		return -1;
	for (size_t i = 0; i < cgroup.count; i++)
		cgroup.hierarchies[i].path = tribe_path(name);
	const char *record = cgroup_record(&cgroup, &arena);
	int result = cgroup_open(&cgroup, record, &arena, &err);
	if (result == 0)
		result = cgroup_remove(&cgroup, &err);
	if (result < 0)
		print_error("%s\n", err.text);
	cgroup_done(&cgroup);
	return result;
}

/* The top of all our cgroups, with whatever a failed test left in it. */
static void
remove_all(void)
{
	if (getpid() != first)
		return;
	(void) tribe_cleared("");
	arena_done(&arena);
}

struct cgroup_request
tribe_request(const char *name)
{
	if (first == 0) {
		first = getpid();
		(void) atexit(remove_all);
	}
	return (struct cgroup_request){ .driver = CGROUP_FILES,
					.id = name,
					.path = tribe_path(name) };
}

const struct oci_resources *
tribe_resources(const char *json)
{
	struct error err = { 0 };
	struct oci_resources *resources = arena_new(&arena, struct oci_resources);

	if (schema_read(&oci_resources_schema, resources, "resources", json, strlen(json), &arena,
			&err) < 0)
		fail_msg("%s", err.text);
	return resources;
}

void
tribe_make(struct cgroup *cgroup, const char *name, const char *resources)
{
	struct error err = { 0 };
	struct cgroup_request request = tribe_request(name);

	request.resources = resources == NULL ? NULL : tribe_resources(resources);
	if (cgroup_plan(cgroup, &request, &arena, &err) < 0 || cgroup_make(cgroup, &request, &arena, &err) < 0)
		fail_msg("%s", err.text);
}

void
tribe_sleep(void)
{
	for (;;)
		(void) pause();
}

struct life {
	const struct cgroup *cgroup;
	void (*live)(void);
	bool stranger;
};

static no_return void
live_as(const struct life *life, int said)
{
	struct error err = { 0 };

	if (life->stranger && unshare(CLONE_NEWUSER) < 0)
		_exit(98);
	if (cgroup_enter(life->cgroup, &err) < 0) {
		(void) !write(said, err.text, strlen(err.text));
		_exit(99);
	}
	(void) !write(said, "", 1);
	(void) close(said);
	life->live();
	_exit(0);
}

static pid_t
give_birth(const struct life *life)
{
	int birthplace = cgroup_birthplace(life->cgroup), said[2];
	char text[4096] = "nothing";
	struct clone_args args = {
		.flags = birthplace >= 0 ? CLONE_INTO_CGROUP : 0,
		.exit_signal = SIGCHLD,
		.cgroup = birthplace >= 0 ? (uint64_t) birthplace : 0,
	};

	if (pipe2(said, O_CLOEXEC) < 0)
		fail_msg("pipe: %s", strerror(errno));
	pid_t pid = (pid_t) syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		fail_msg("clone3: %s", strerror(errno));
	if (pid == 0)
		live_as(life, said[1]);
	(void) close(said[1]);
	ssize_t n = read(said[0], text, sizeof(text) - 1);
	(void) close(said[0]);
	if (n != 1 || text[0] != '\0')
		fail_msg("a member says: %.*s", (int) (n > 0 ? n : 0), text);
	return pid;
}

pid_t
tribe_member(const struct cgroup *cgroup, void (*live)(void))
{
	const struct life life = { cgroup, live, false };

	return give_birth(&life);
}

pid_t
tribe_stranger(const struct cgroup *cgroup, void (*live)(void))
{
	const struct life life = { cgroup, live, true };

	return give_birth(&life);
}

int
tribe_end(pid_t pid)
{
	int status;

	for (int i = 0; i < END_SECONDS * 1000; i++) {
		pid_t ended = waitpid(pid, &status, WNOHANG);
		if (ended == pid)
			return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
		(void) usleep(1000);
	}
	(void) kill(pid, SIGKILL);
	return -1;
}

static const struct cgroup_hierarchy *
find(const struct cgroup *cgroup, const char *controller)
{
	return controller[0] == '\0' ? cgroup_hierarchy_unified(cgroup)
				     : cgroup_hierarchy_with(cgroup, controller);
}

const char *
tribe_read(const struct cgroup *cgroup, const char *controller, const char *file)
{
	const struct cgroup_hierarchy *hierarchy = find(cgroup, controller);
	char text[4096];

	if (hierarchy == NULL || cgroup_file_read(hierarchy->fd, file, text, sizeof(text)) < 0)
		return "";
	return arena_text(&arena, text);
}

const char *
tribe_directory(const struct cgroup *cgroup, const char *controller)
{
	const struct cgroup_hierarchy *hierarchy = find(cgroup, controller);

	return hierarchy == NULL ? NULL
				 : arena_format(&arena, "%s%s", hierarchy->mount, hierarchy->path);
}
