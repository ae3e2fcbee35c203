/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources, written into a cgroup's files. Which member goes to which file is two tables,
 * one for each version; on a hybrid host it is that of the hierarchy with the controller.
 *
 * A limit that cannot be set is an error: a container is never less confined than was asked.
 */
#ifndef COOPERAGE_CGROUP_LIMITS_H
#define COOPERAGE_CGROUP_LIMITS_H

#include "runtime/kernel/cgroup.h"

/* For a new cgroup; without any resources (NULL) only the default rules for devices are set. */
int cgroup_limits_set(const struct cgroup *cgroup, const struct oci_resources *resources,
		      struct error *err);

/* For a living one: what the document does not name stays, also the rules for devices. */
int cgroup_limits_change(const struct cgroup *cgroup, const struct oci_resources *resources,
			 struct error *err);

/* The numbers of v1 in the terms of v2. 0, "unset", stays 0. */
uint64_t cgroup_limits_cpu_weight(uint64_t shares);
uint64_t cgroup_limits_io_weight(uint64_t weight);

/*
 * memory.swap.max for `swap`, which is memory and swap together, and the memory limit: -1 is
 * unlimited. Fails where there is no such number.
 */
int cgroup_limits_swap(int64_t *out, int64_t swap, int64_t limit, struct error *err);

#endif
