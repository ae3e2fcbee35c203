/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real cgroups with real processes in them, below one of our own that is named after this process
 * and removed when it ends, whatever happened in between.
 */
#ifndef COOPERAGE_TESTS_TRIBE_H
#define COOPERAGE_TESTS_TRIBE_H

#include "runtime/kernel/cgroup.h"

/* NULL if cgroups can be made here, else why not. */
const char *tribe_is_barred(void);

/* "/cooperage-test-812/NAME". */
const char *tribe_path(const char *name);

/* A request for a cgroup of that name. */
struct cgroup_request tribe_request(const char *name);

/* Makes it with these resources given as JSON, or none (NULL), and fails the test if that fails. */
void tribe_make(struct cgroup *cgroup, const char *name, const char *resources);

/* The JSON, read into memory that lives as long as the program. */
const struct oci_resources *tribe_resources(const char *json);

/* A process that is born into the cgroup as a guest is, and then does this; it is waited for by tribe_end. */
pid_t tribe_member(const struct cgroup *cgroup, void (*live)(void));

/* The same, but it enters from a user namespace where it is nobody. */
pid_t tribe_stranger(const struct cgroup *cgroup, void (*live)(void));
void tribe_sleep(void);

/* How it ended, as a shell says it; it is killed if it does not end within a few seconds. */
int tribe_end(pid_t pid);

/* Opens the cgroup of that name anew and removes it. Returns what cgroup_remove does. */
int tribe_cleared(const char *name);

/* What is in a file of the hierarchy with this controller ("" for the unified one), or "". */
const char *tribe_read(const struct cgroup *cgroup, const char *controller, const char *file);

/* Its directory, "/sys/fs/cgroup/memory/cooperage-test-812/NAME"; NULL if there is no such hierarchy. */
const char *tribe_directory(const struct cgroup *cgroup, const char *controller);

#define NEEDS_CGROUPS()                                                                            \
	do {                                                                                       \
		if (tribe_is_barred() != NULL) {                                                   \
			print_message("skipped: %s\n", tribe_is_barred());                         \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define NEEDS_V1()                                                                                 \
	do {                                                                                       \
		NEEDS_CGROUPS();                                                                   \
		if (cgroup_find_layout() == CGROUP_UNIFIED) {                                      \
			print_message("skipped: there is only v2 here\n");                         \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define NEEDS_V2_ALONE()                                                                           \
	do {                                                                                       \
		NEEDS_CGROUPS();                                                                   \
		if (cgroup_find_layout() != CGROUP_UNIFIED) {                                      \
			print_message("skipped: there is not only v2 here\n");                     \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define REMOVE(cgroup)                                                                             \
	do {                                                                                       \
		struct error remove_ = { 0 };                                                      \
		CHECK_OK(cgroup_remove(&(cgroup), &remove_), remove_);                             \
		cgroup_done(&(cgroup));                                                            \
	} while (0)

#endif
