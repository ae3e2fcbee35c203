/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unified hierarchy. The document speaks v1, so some numbers are converted (config-linux.md),
 * and what v2 does not have is refused unless it asks for nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_limit.h"
#include "runtime/kernel/cgroup_limits.h"

/* clang-format off */
#define NO_KERNEL   "cgroup v2 has no limit of its own for kernel memory"
#define NO_SWAPPY   "cgroup v2 has no swappiness"
#define NO_OOM      "cgroup v2 cannot disable the OOM killer"
#define NO_REALTIME "cgroup v2 does not share out realtime"
#define NO_LEAF     "cgroup v2 has no weight for leaves"
#define NO_NETWORK  "cgroup v2 has no network controllers"
/* clang-format on */

static int
refuse_memory_in_use(const struct cgroup_place *place, const struct oci_memory *memory,
		     struct error *err)
{
	uint64_t usage;

	if (memory->check_before_update == NULL || !*memory->check_before_update ||
	    !cgroup_file_number(place->dir, "memory.current", &usage))
		return 0;
	if (memory->swap != NULL && *memory->swap > 0 && (uint64_t) *memory->swap <= usage)
		return fail(err,
			    "rejecting memory+swap limit %" PRId64 ": %" PRIu64 " bytes are in use",
			    *memory->swap, usage);
	if (memory->limit != NULL && *memory->limit > 0 && (uint64_t) *memory->limit <= usage)
		return fail(err, "rejecting memory limit %" PRId64 ": %" PRIu64 " bytes are in use",
			    *memory->limit, usage);
	return 0;
}

/* Without swap there is no file, and nothing to write if none or all of it was allowed. */
static int
put_swap(const struct cgroup_place *place, int64_t swap, struct error *err)
{
	char text[32] = "max";

	if (swap >= 0)
		(void) snprintf(text, sizeof(text), "%" PRId64, swap);
	if (cgroup_limit_write(place, "memory.swap.max", text, err) == 0)
		return 0;
	return err->code == ENOENT && swap <= 0 ? 0 : -1;
}

static int
put_memory(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_memory *memory = value;
	const int64_t limit = memory->limit == NULL ? 0 : *memory->limit;
	int64_t sum = memory->swap == NULL ? 0 : *memory->swap, beside = limit, swap;
	uint64_t now;

	TRY(refuse_memory_in_use(place, memory, err));
	if (sum == 0 && limit < 0)
		sum = -1; /* unlimited memory means both, as in v1 */
	if (sum > 0 && limit == 0 && cgroup_file_number(place->dir, "memory.max", &now) &&
	    now < INT64_MAX)
		beside = (int64_t) now;
	TRY(cgroup_limits_swap(&swap, sum, beside, err));

	if (limit < 0)
		TRY(cgroup_limit_write(place, "memory.max", "max", err));
	if (limit > 0)
		TRY(cgroup_limit_write_number(place, "memory.max", limit, err));
	return sum == 0 ? 0 : put_swap(place, swap, err);
}

static int
put_weight(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_cpu *cpu = value;
	const uint64_t weight = cpu->shares == NULL ? 0 : cgroup_limits_cpu_weight(*cpu->shares);

	if (cpu->idle != NULL && *cpu->idle == 0)
		TRY(cgroup_limit_write_number(place, "cpu.idle", 0, err));
	if (weight != 0 && (cpu->idle == NULL || *cpu->idle == 0))
		TRY(cgroup_limit_write_number(place, "cpu.weight", (int64_t) weight, err));
	if (cpu->idle != NULL && *cpu->idle != 0)
		TRY(cgroup_limit_write_number(place, "cpu.idle", *cpu->idle, err));
	return 0;
}

/* "QUOTA PERIOD"; a quota alone leaves the period, a period alone needs the quota that is there. */
static int
put_quota(const struct cgroup_place *place, const struct oci_cpu *cpu, struct error *err)
{
	const int64_t quota = cpu->quota == NULL ? 0 : *cpu->quota;
	const uint64_t period = cpu->period == NULL ? 0 : *cpu->period;
	char text[96] = "max", now[64];

	if (quota == 0 && period == 0)
		return 0;
	if (quota > 0)
		(void) snprintf(text, sizeof(text), "%" PRId64, quota);
	if (quota == 0 && cgroup_file_read(place->dir, "cpu.max", now, sizeof(now)) > 0)
		(void) snprintf(text, sizeof(text), "%.*s", (int) strcspn(now, " "), now);
	if (period != 0)
		(void) snprintf(text + strlen(text), sizeof(text) - strlen(text), " %" PRIu64,
				period);
	return cgroup_limit_write(place, "cpu.max", text, err);
}

/* A burst may not be larger than the quota: which goes first depends on what is there now. */
static int
put_bandwidth(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_cpu *cpu = value;
	const int64_t burst = cpu->burst == NULL ? 0 : (int64_t) *cpu->burst;
	int first = 0;

	if (cpu->burst != NULL)
		first = cgroup_limit_write_number(place, "cpu.max.burst", burst, err);
	if (first < 0 && err->code != EINVAL)
		return -1;
	TRY(put_quota(place, cpu, err));
	return first == 0 ? 0 : cgroup_limit_write_number(place, "cpu.max.burst", burst, err);
}

/* BFQ weighs by numbers of its own, as v1 did, and comes first where there is both. */
static int
put_io_weight(const struct cgroup_place *place, const char *device, uint16_t weight,
	      struct error *err)
{
	char text[80];

	(void) snprintf(text, sizeof(text), "%s%u", device, weight);
	if (cgroup_limit_write(place, "io.bfq.weight", text, err) == 0)
		return 0;
	if (err->code != ENOENT)
		return -1;
	(void) snprintf(text, sizeof(text), "%s%" PRIu64, device, cgroup_limits_io_weight(weight));
	return cgroup_limit_write(place, "io.weight", text, err);
}

static int
put_io(const struct cgroup_place *place, const void *value, struct error *err)
{
	const uint16_t weight = *(const uint16_t *) value;

	return weight == 0 ? 0 : put_io_weight(place, "", weight, err);
}

static int
put_weights(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_weight_device *wish = value;
	char device[64];

	if (wish->leaf_weight != NULL && *wish->leaf_weight != 0)
		return fail(err, "%s: " NO_LEAF, place->limit->wish);
	if (wish->weight == NULL)
		return 0;
	(void) snprintf(device, sizeof(device), "%" PRId64 ":%" PRId64 " ", wish->major,
			wish->minor);
	return put_io_weight(place, device, *wish->weight, err);
}

static int
put_rate(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_throttle_device *wish = value;
	char text[96], rate[32] = "max";

	if (wish->rate != 0) /* v1's way to say that there is no limit */
		(void) snprintf(rate, sizeof(rate), "%" PRIu64, wish->rate);
	(void) snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %s=%s", wish->major,
			wish->minor, place->limit->word, rate);
	return cgroup_limit_write(place, "io.max", text, err);
}

/* clang-format off */
const struct cgroup_limit cgroup_limits_v2[] = {
	{ "memory",                  "memory.max",         put_memory,          NULL },
	{ "memory.reservation",      "memory.low",         cgroup_limit_or_max, NULL },
	{ "memory.kernel",           "memory.kmem",        cgroup_limit_refuse, NO_KERNEL },
	{ "memory.kernelTCP",        "memory.kmem.tcp",    cgroup_limit_refuse, NO_KERNEL },
	{ "memory.swappiness",       "memory.swappiness",  cgroup_limit_refuse, NO_SWAPPY },
	{ "memory.disableOOMKiller", "memory.oom_control", cgroup_limit_refuse, NO_OOM },
	{ "cpu",                     "cpu.weight",         put_weight,          NULL },
	{ "cpu",                     "cpu.max",            put_bandwidth,       NULL },
	{ "cpu.realtimeRuntime",     "cpu.rt_runtime_us",  cgroup_limit_refuse, NO_REALTIME },
	{ "cpu.realtimePeriod",      "cpu.rt_period_us",   cgroup_limit_refuse, NO_REALTIME },
	{ "cpu.cpus",                "cpuset.cpus",        cgroup_limit_text,   NULL },
	{ "cpu.mems",                "cpuset.mems",        cgroup_limit_text,   NULL },
	{ "pids.limit",              "pids.max",           cgroup_limit_count,  NULL },
	{ "hugepageLimits",          "hugetlb.max",        cgroup_limit_pages,  NULL },
	{ "network.classID",         "net_cls.classid",    cgroup_limit_refuse, NO_NETWORK },
	{ "network.priorities",      "net_prio.ifpriomap", cgroup_limit_refuse, NO_NETWORK },
	{ "rdma",                    "rdma.max",           cgroup_limit_rdma,   NULL },
	{ "blockIO.weight",          "io.weight",          put_io,              NULL },
	{ "blockIO.leafWeight",      "io.leaf_weight",     cgroup_limit_refuse, NO_LEAF },
	{ "blockIO.weightDevice",    "io.weight",          put_weights,         NULL },

	{ "blockIO.throttleReadBpsDevice",   "io.max", put_rate, "rbps" },
	{ "blockIO.throttleWriteBpsDevice",  "io.max", put_rate, "wbps" },
	{ "blockIO.throttleReadIOPSDevice",  "io.max", put_rate, "riops" },
	{ "blockIO.throttleWriteIOPSDevice", "io.max", put_rate, "wiops" },
	{ NULL, NULL, NULL, NULL },
};
/* clang-format on */
