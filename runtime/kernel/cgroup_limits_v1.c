/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The old hierarchies. The kernel checks each of their numbers against others when it is written,
 * so pairs are written in whichever order it takes.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "libcommon/arena.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_limit.h"

#define BYTES "memory.limit_in_bytes"
#define MEMSW "memory.memsw.limit_in_bytes"

static int
put_memory_limit(const struct cgroup_place *place, int64_t limit, struct error *err)
{
	uint64_t usage;

	if (cgroup_limit_write_number(place, BYTES, limit, err) == 0)
		return 0;
	if (err->code != EBUSY || !cgroup_file_number(place->dir, "memory.usage_in_bytes", &usage))
		return -1;
	(void) fail(err, "memory.limit: %" PRId64 " bytes, and of the %" PRIu64 " in use not enough can be freed", limit,
		    usage);
	err->code = EBUSY;
	return -1;
}

/* The sum of memory and swap may not be the smaller one, not even for a moment. */
static int
put_memory(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_memory *memory = value;
	const int64_t limit = memory->limit == NULL ? 0 : *memory->limit;
	int64_t swap = memory->swap == NULL ? 0 : *memory->swap;
	uint64_t ignored;

	if (swap == 0 && limit < 0 && cgroup_file_number(place->dir, MEMSW, &ignored))
		swap = -1;
	if (limit == 0 || swap == 0) {
		TRY(limit == 0 ? 0 : put_memory_limit(place, limit, err));
		return swap == 0 ? 0 : cgroup_limit_write_number(place, MEMSW, swap, err);
	}
	if (put_memory_limit(place, limit, err) == 0)
		return cgroup_limit_write_number(place, MEMSW, swap, err);
	if (err->code != EINVAL)
		return -1;
	TRY(cgroup_limit_write_number(place, MEMSW, swap, err));
	return put_memory_limit(place, limit, err);
}

static int
put_oom_control(const struct cgroup_place *place, const void *value, struct error *err)
{
	const bool disable = *(const bool *) value;
	char now[256];
	uint64_t is_disabled;

	/* Engines say false when they mean nothing by it. */
	if (!disable && cgroup_file_read(place->dir, place->limit->file, now, sizeof(now)) > 0 &&
	    cgroup_file_key(now, "oom_kill_disable", &is_disabled) && is_disabled == 0)
		return 0;
	return cgroup_limit_write(place, place->limit->file, disable ? "1" : "0", err);
}

/* An idle group has no shares, and the kernel takes none while it is idle. */
static int
put_shares(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_cpu *cpu = value;

	if (cpu->idle != NULL && *cpu->idle == 0)
		TRY(cgroup_limit_write_number(place, "cpu.idle", 0, err));
	if (cpu->shares != NULL && *cpu->shares != 0 && (cpu->idle == NULL || *cpu->idle == 0))
		TRY(cgroup_limit_write_number(place, "cpu.shares", (int64_t) *cpu->shares, err));
	if (cpu->idle != NULL && *cpu->idle != 0)
		TRY(cgroup_limit_write_number(place, "cpu.idle", *cpu->idle, err));
	return 0;
}

/* A number and the file it goes to. */
struct step {
	const char *file;
	int64_t number;
	bool wished;
};

/* Writes those that were wished, over and over, until each was taken or none is any more. */
static int
put_in_any_order(const struct cgroup_place *place, struct step *steps, size_t count,
		 struct error *err)
{
	for (;;) {
		size_t left = 0, taken = 0;

		for (size_t i = 0; i < count; i++) {
			if (!steps[i].wished)
				continue;
			if (cgroup_limit_write_number(place, steps[i].file, steps[i].number, err) ==
			    0) {
				steps[i].wished = false;
				taken++;
			} else if (err->code == EINVAL) {
				left++;
			} else {
				return -1;
			}
		}
		if (left == 0)
			return 0;
		if (taken == 0)
			return -1;
	}
}

static int
put_bandwidth(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_cpu *cpu = value;
	struct step steps[] = {
		{ "cpu.cfs_burst_us", cpu->burst == NULL ? 0 : (int64_t) *cpu->burst,
		  cpu->burst != NULL },
		{ "cpu.cfs_period_us", cpu->period == NULL ? 0 : (int64_t) *cpu->period,
		  cpu->period != NULL && *cpu->period != 0 },
		{ "cpu.cfs_quota_us", cpu->quota == NULL ? 0 : *cpu->quota,
		  cpu->quota != NULL && *cpu->quota != 0 },
	};

	return put_in_any_order(place, steps, COUNT(steps), err);
}

static int
put_realtime(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_cpu *cpu = value;
	const uint64_t *period = cpu->realtime_period;
	const int64_t *runtime = cpu->realtime_runtime;
	struct step steps[] = {
		{ "cpu.rt_period_us", period == NULL ? 0 : (int64_t) *period,
		  period != NULL && *period != 0 },
		{ "cpu.rt_runtime_us", runtime == NULL ? 0 : *runtime,
		  runtime != NULL && *runtime != 0 },
	};

	return put_in_any_order(place, steps, COUNT(steps), err);
}

/* The file is named after the scheduler that weighs: CFQ (gone since 5.0) or BFQ. */
static int
put_io(const struct cgroup_place *place, const char *plain, const char *bfq, const char *text,
       struct error *err)
{
	if (cgroup_limit_write(place, plain, text, err) == 0)
		return 0;
	return err->code == ENOENT ? cgroup_limit_write(place, bfq, text, err) : -1;
}

static int
put_weight(const struct cgroup_place *place, const void *value, struct error *err)
{
	char text[16];

	(void) snprintf(text, sizeof(text), "%u", *(const uint16_t *) value);
	return *(const uint16_t *) value == 0
		       ? 0
		       : put_io(place, "blkio.weight", "blkio.bfq.weight", text, err);
}

static int
put_weights(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_weight_device *wish = value;
	char text[64];

	if (wish->weight != NULL) {
		(void) snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %u", wish->major,
				wish->minor, *wish->weight);
		TRY(put_io(place, "blkio.weight_device", "blkio.bfq.weight_device", text, err));
	}
	if (wish->leaf_weight != NULL) {
		(void) snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %u", wish->major,
				wish->minor, *wish->leaf_weight);
		TRY(cgroup_limit_write(place, "blkio.leaf_weight_device", text, err));
	}
	return 0;
}

static int
put_rate(const struct cgroup_place *place, const void *value, struct error *err)
{
	const struct oci_throttle_device *wish = value;
	char text[80];

	(void) snprintf(text, sizeof(text), "%" PRId64 ":%" PRId64 " %" PRIu64, wish->major,
			wish->minor, wish->rate);
	return cgroup_limit_write(place, place->limit->file, text, err);
}

static int
put_priority(const struct cgroup_place *place, const void *value, struct error *err)
{
	scoped_arena arena = { 0 };
	const struct oci_interface_priority *wish = value;

	return cgroup_limit_write(place, place->limit->file,
				  arena_format(&arena, "%s %" PRIu32, wish->name, wish->priority),
				  err);
}

/* clang-format off */
const struct cgroup_limit cgroup_limits_v1[] = {
	{ "memory",                  "memory.limit_in_bytes",          put_memory,          NULL },
	{ "memory.reservation",      "memory.soft_limit_in_bytes",     cgroup_limit_if_set, NULL },
	{ "memory.kernel",           "memory.kmem.limit_in_bytes",     cgroup_limit_if_set, NULL },
	{ "memory.kernelTCP",        "memory.kmem.tcp.limit_in_bytes", cgroup_limit_if_set, NULL },
	{ "memory.swappiness",       "memory.swappiness",              cgroup_limit_number, NULL },
	{ "memory.disableOOMKiller", "memory.oom_control",             put_oom_control,     NULL },
	{ "memory.useHierarchy",     "memory.use_hierarchy",           cgroup_limit_if_set, NULL },
	{ "cpu",                     "cpu.shares",                     put_shares,          NULL },
	{ "cpu",                     "cpu.rt_runtime_us",              put_realtime,        NULL },
	{ "cpu",                     "cpu.cfs_quota_us",               put_bandwidth,       NULL },
	{ "cpu.cpus",                "cpuset.cpus",                    cgroup_limit_text,   NULL },
	{ "cpu.mems",                "cpuset.mems",                    cgroup_limit_text,   NULL },
	{ "pids.limit",              "pids.max",                       cgroup_limit_count,  NULL },
	{ "hugepageLimits",          "hugetlb.limit_in_bytes",         cgroup_limit_pages,  NULL },
	{ "network.classID",         "net_cls.classid",                cgroup_limit_number, NULL },
	{ "network.priorities",      "net_prio.ifpriomap",             put_priority,        NULL },
	{ "rdma",                    "rdma.max",                       cgroup_limit_rdma,   NULL },
	{ "blockIO.weight",          "blkio.weight",                   put_weight,          NULL },
	{ "blockIO.leafWeight",      "blkio.leaf_weight",              cgroup_limit_if_set, NULL },
	{ "blockIO.weightDevice",    "blkio.weight_device",            put_weights,         NULL },

	{ "blockIO.throttleReadBpsDevice",   "blkio.throttle.read_bps_device",   put_rate, NULL },
	{ "blockIO.throttleWriteBpsDevice",  "blkio.throttle.write_bps_device",  put_rate, NULL },
	{ "blockIO.throttleReadIOPSDevice",  "blkio.throttle.read_iops_device",  put_rate, NULL },
	{ "blockIO.throttleWriteIOPSDevice", "blkio.throttle.write_iops_device", put_rate, NULL },
	{ NULL, NULL, NULL, NULL },
};
/* clang-format on */
