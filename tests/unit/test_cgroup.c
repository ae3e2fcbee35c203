/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "libcommon/text.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "tests/unit/child.h"
#include "tests/unit/tribe.h"

#define NEEDS_CGROUPS()                                                                            \
	do {                                                                                       \
		if (tribe_is_barred() != NULL) {                                                   \
			print_message("skipped: %s\n", tribe_is_barred());                         \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define REMOVE(cgroup)                                                                             \
	do {                                                                                       \
		struct error remove_ = { 0 };                                                      \
		CHECK_OK(cgroup_remove(&(cgroup), &remove_), remove_);                             \
		cgroup_done(&(cgroup));                                                            \
	} while (0)

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
