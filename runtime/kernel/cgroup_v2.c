/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_v2.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/arena.h"
#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_wait.h"

#define FREEZE_SECONDS 10

static const char *const controller_names[] = { "cpu",  "cpuset",  "io",   "memory",
						"pids", "hugetlb", "rdma", "misc" };

#define BIT(name_index) (1U << (name_index))
#define ALWAYS 0x1fU /* engines read the statistics of the first five */

static unsigned
controllers_in(const char *list)
{
	unsigned found = 0;

	for (unsigned i = 0; i < COUNT(controller_names); i++)
		if (cgroup_file_lists(list, ' ', controller_names[i]))
			found |= BIT(i);
	return found;
}

static unsigned
read_controllers(int dir, const char *file)
{
	char list[512];

	return cgroup_file_read(dir, file, list, sizeof(list)) < 0 ? 0 : controllers_in(list);
}

/* Beyond those that every container has. */
static unsigned
find_special(const struct oci_resources *resources)
{
	unsigned wanted = 0;

	if (resources->hugepage_limits.count > 0)
		wanted |= controllers_in("hugetlb");
	if (resources->rdma.count > 0)
		wanted |= controllers_in("rdma");
	FOR_EACH(pair, &resources->unified) {
		for (unsigned i = 0; i < COUNT(controller_names); i++) {
			const char *rest = text_after(pair->key, controller_names[i]);
			if (rest != NULL && rest[0] == '.')
				wanted |= BIT(i);
		}
	}
	return wanted;
}

unsigned
cgroup_v2_wanted(const struct oci_resources *resources)
{
	return ALWAYS | (resources == NULL ? 0 : find_special(resources));
}

unsigned
cgroup_v2_needed(const struct oci_resources *resources)
{
	if (resources == NULL)
		return 0;

	const struct oci_cpu *cpu = resources->cpu;
	unsigned needed = find_special(resources);
	if (cpu != NULL)
		needed |= controllers_in("cpu");
	if (cpu != NULL && (!text_is_empty(cpu->cpus) || !text_is_empty(cpu->mems)))
		needed |= controllers_in("cpuset");
	if (resources->memory != NULL)
		needed |= controllers_in("memory");
	if (resources->pids != NULL)
		needed |= controllers_in("pids");
	if (resources->block_io != NULL)
		needed |= controllers_in("io");
	return needed;
}

bool
cgroup_v2_has(int dir, unsigned controllers)
{
	return (read_controllers(dir, "cgroup.controllers") & controllers) == controllers;
}

/* All in one write, which costs no more than one; else each, as not all may be refused. */
static void
enable_in(int dir, unsigned missing)
{
	char text[128] = "";

	for (unsigned i = 0; i < COUNT(controller_names); i++)
		if ((missing & BIT(i)) != 0)
			(void) sprintf(text + strlen(text), "%s+%s", text[0] != '\0' ? " " : "",
				       controller_names[i]);
	if (cgroup_file_write(dir, "cgroup.subtree_control", text) == 0)
		return;
	for (unsigned i = 0; i < COUNT(controller_names); i++) {
		if ((missing & BIT(i)) == 0)
			continue;
		(void) snprintf(text, sizeof(text), "+%s", controller_names[i]);
		if (cgroup_file_write(dir, "cgroup.subtree_control", text) < 0)
			log_debug("enable cgroup controller %s: %s, continuing",
				  controller_names[i], strerror(errno));
	}
}

/* Returns false when there is nothing more to be had further down. */
static bool
enable_for_children(int dir, unsigned wanted)
{
	unsigned available = read_controllers(dir, "cgroup.controllers") & wanted;

	if (available == 0)
		return false;
	unsigned missing = available & ~read_controllers(dir, "cgroup.subtree_control");
	if (missing != 0)
		enable_in(dir, missing);
	return true;
}

void
cgroup_v2_enable(int mount, int dir, const char *path, unsigned wanted)
{
	scoped_arena arena = { 0 };

	if ((read_controllers(dir, "cgroup.controllers") & wanted) == wanted)
		return;

	struct text_list parts = text_split(&arena, path[0] == '/' ? path + 1 : path, '/');
	scoped_fd at = openat(mount, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (size_t i = 0; i < parts.count && at >= 0; i++) {
		if (!enable_for_children(at, wanted))
			return;
		int next =
			openat(at, parts.items[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		fd_close(&at);
		at = next;
	}
}

/*
 * The kernel says which files a delegatee may write to; an old one does not say, and has these.
 */
int
cgroup_v2_delegate(int dir, uint32_t uid, struct error *err)
{
	scoped_arena arena = { 0 };
	char list[4096];

	if (cgroup_file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", list, sizeof(list)) < 0)
		(void) strcpy(list, "cgroup.procs\ncgroup.subtree_control\ncgroup.threads");

	struct text_list files = text_split(&arena, list, '\n');
	FOR_EACH(file, &files) {
		if (fchownat(dir, *file, uid, (gid_t) -1, AT_SYMLINK_NOFOLLOW) < 0 &&
		    errno != ENOENT)
			return fail_errno(err, "give %s of the cgroup to user %u", *file, uid);
	}
	if (fchownat(dir, "", uid, (gid_t) -1, AT_EMPTY_PATH) < 0)
		return fail_errno(err, "give the cgroup to user %u", uid);
	return 0;
}

int
cgroup_v2_freeze(int dir, struct error *err)
{
	struct cgroup_wait wait = cgroup_wait_for(FREEZE_SECONDS);

	TRY(file_write_at(dir, "cgroup.freeze", "1", err));
	int late = cgroup_wait_event(dir, "frozen", 1, &wait, err);
	if (late != 0)
		(void) cgroup_file_write(dir, "cgroup.freeze",
					 "0"); /* nothing of ours stays half frozen */
	return late;
}

int
cgroup_v2_thaw(int dir, struct error *err)
{
	if (cgroup_file_write(dir, "cgroup.freeze", "0") < 0 && errno != ENOENT && errno != ENODEV)
		return fail_errno(err, "write \"0\" to cgroup.freeze");
	return 0;
}

static bool
event_is_set(int dir, const char *key)
{
	char text[256];
	uint64_t value;

	return cgroup_file_read(dir, "cgroup.events", text, sizeof(text)) >= 0 &&
	       cgroup_file_key(text, key, &value) && value == 1;
}

int
cgroup_v2_is_frozen(int dir, struct error *err)
{
	char text[256];
	uint64_t value;

	if (cgroup_file_read(dir, "cgroup.events", text, sizeof(text)) >= 0)
		return cgroup_file_key(text, "frozen", &value) && value == 1;
	return errno == ENOENT || errno == ENODEV ? 0 : fail_errno(err, "read cgroup.events");
}

bool
cgroup_v2_is_populated(int dir)
{
	return event_is_set(dir, "populated");
}

int
cgroup_v2_kill(int dir, struct error *err)
{
	if (cgroup_file_write(dir, "cgroup.kill", "1") == 0)
		return 0;
	if (errno == ENODEV)
		return 0;
	if (errno == ENOENT)
		return 1;
	return fail_errno(err, "write \"1\" to cgroup.kill");
}
