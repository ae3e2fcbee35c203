/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One hierarchy of a cgroup: which one has what, its directory made or opened.
 *
 * The fd that is opened belongs to the struct cgroup.
 */
#ifndef COOPERAGE_CGROUP_HIERARCHY_H
#define COOPERAGE_CGROUP_HIERARCHY_H

#include "runtime/kernel/cgroup.h"

bool cgroup_hierarchy_is_unified(const struct cgroup_hierarchy *hierarchy);

/* The unified one, or NULL. */
const struct cgroup_hierarchy *cgroup_hierarchy_unified(const struct cgroup *cgroup);

/* The old one with this controller, or NULL. */
const struct cgroup_hierarchy *cgroup_hierarchy_with(const struct cgroup *cgroup,
						     const char *controller);

/* The old one with the controller that the file's name begins with, by whichever version's name. */
const struct cgroup_hierarchy *cgroup_hierarchy_of_file(const struct cgroup *cgroup,
							const char *file);

/* The one to ask who is in the cgroup: unified, freezer, any. NULL if none is there. */
const struct cgroup_hierarchy *cgroup_hierarchy_main(const struct cgroup *cgroup);

/*
 * Makes the directory and what is missing above it, fills in what admits nobody while it is empty,
 * and opens it. One that is there already must be empty and thawed. Returns 1 if we may not.
 */
int cgroup_hierarchy_make(struct cgroup_hierarchy *hierarchy, unsigned wanted, struct error *err);

/* The same, but one that is there is taken as it is: whoever manages it made it for us. */
int cgroup_hierarchy_adopt(struct cgroup_hierarchy *hierarchy, unsigned wanted, struct error *err);

/* Opens the directory; its fd stays -1 if it is gone. */
int cgroup_hierarchy_open(struct cgroup_hierarchy *hierarchy, struct error *err);

/* Takes a directory below it instead, "a/b"; "" is itself. */
int cgroup_hierarchy_descend(struct cgroup_hierarchy *hierarchy, const char *below,
			     struct arena *arena, struct error *err);

/* Opens the mount. Returns the fd. */
int cgroup_hierarchy_open_mount(const struct cgroup_hierarchy *hierarchy, struct error *err);

#endif
