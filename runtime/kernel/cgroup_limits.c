/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_limits.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "libcommon/text.h"
#include "runtime/kernel/cgroup_devices.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "runtime/kernel/cgroup_limit.h"

/* ---- numbers of v1 in the terms of v2 -------------------------------------------------------- */

/* A curve through the least, the normal and the most: 2 → 1, 1024 → 100, 262144 → 10000. */
uint64_t
cgroup_limits_cpu_weight(uint64_t shares)
{
	if (shares == 0)
		return 0;
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;

	double l = log2((double) shares);
	return (uint64_t) ceil(pow(10, (l * l + 125 * l) / 612 - 7.0 / 34));
}

/* A line: 10 → 1, 1000 → 10000. */
uint64_t
cgroup_limits_io_weight(uint64_t weight)
{
	if (weight == 0)
		return 0;
	return weight < 10 ? 1 : 1 + (weight - 10) * 9999 / 990;
}

int
cgroup_limits_swap(int64_t *out, int64_t swap, int64_t limit, struct error *err)
{
	*out = swap;
	if (swap <= 0) /* unset or unlimited */
		return 0;
	if (limit <= 0)
		return fail(err,
			    "memory.swap: %" PRId64
			    " is memory and swap together, but the memory has no limit",
			    swap);
	if (swap < limit)
		return fail(err,
			    "memory.swap: %" PRId64
			    " is memory and swap together, and less than the memory limit %" PRId64,
			    swap, limit);
	*out = swap - limit;
	return 0;
}

/* ---- the tables, applied --------------------------------------------------------------------- */

static struct cgroup_place
place_in(const struct cgroup_hierarchy *hierarchy, const struct cgroup_limit *limit)
{
	if (hierarchy == NULL)
		return (struct cgroup_place){ .dir = -1, .limit = limit };
	return (struct cgroup_place){
		.dir = hierarchy->fd,
		.mount = hierarchy->mount,
		.path = hierarchy->path,
		.limit = limit,
	};
}

/* A row of v1 whose controller nobody has is tried too, since somebody has to say so. */
static int
set_limits(const struct cgroup *cgroup, const struct oci_resources *resources, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	for (const struct cgroup_limit *limit = cgroup_limits_v1; limit->wish != NULL; limit++) {
		const struct cgroup_hierarchy *old = cgroup_hierarchy_of_file(cgroup, limit->file);
		if (old != NULL || unified == NULL)
			(void) GET(cgroup_limit_put(place_in(old, limit), resources, err));
	}
	for (const struct cgroup_limit *limit = cgroup_limits_v2;
	     limit->wish != NULL && unified != NULL; limit++) {
		if (cgroup_hierarchy_of_file(cgroup, limit->file) == NULL)
			(void) GET(cgroup_limit_put(place_in(unified, limit), resources, err));
	}
	return 0;
}

/* Files by their names, last, so that they have the last word. */
static int
set_unified(const struct cgroup *cgroup, const struct pair_list *pairs, struct error *err)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(cgroup);

	FOR_EACH(pair, pairs) {
		if (unified == NULL)
			return fail(err, "unified.%s: this host has no cgroup v2", pair->key);
		const struct cgroup_limit limit = { .wish = "unified", .file = pair->key };
		const struct cgroup_place place = place_in(unified, &limit);
		TRY(cgroup_limit_write(&place, pair->key, pair->value, err));
	}
	return 0;
}

static int
set_all(const struct cgroup *cgroup, const struct oci_resources *resources, struct error *err)
{
	TRY(set_limits(cgroup, resources, err));
	return set_unified(cgroup, &resources->unified, err);
}

int
cgroup_limits_set(const struct cgroup *cgroup, const struct oci_resources *resources,
		  struct error *err)
{
	static const struct oci_device_rule_list none = { 0 };

	TRY(cgroup_devices_set(cgroup, resources == NULL ? &none : &resources->devices, err));
	return resources == NULL ? 0 : set_all(cgroup, resources, err);
}

int
cgroup_limits_change(const struct cgroup *cgroup, const struct oci_resources *resources,
		     struct error *err)
{
	if (resources->devices.count > 0)
		TRY(cgroup_devices_change(cgroup, &resources->devices, err));
	return set_all(cgroup, resources, err);
}
