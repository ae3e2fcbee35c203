/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a cgroup has used, in the terms of v1 that engines know from `events`: nanoseconds and
 * bytes; UINT64_MAX is "unlimited", but for processes, where that is 0.
 *
 * Lists live in the arena given. What the kernel does not tell stays 0.
 */
#ifndef COOPERAGE_CGROUP_STATS_H
#define COOPERAGE_CGROUP_STATS_H

#include "runtime/kernel/cgroup.h"

struct cgroup_cpu_stats {
	uint64_t total, user, kernel;
	list_of(uint64_t) per_cpu; /* v1 only */
	uint64_t periods, throttled_periods, throttled_time;
};

struct cgroup_memory_use {
	uint64_t limit, usage, max, failcnt;
};

struct cgroup_number {
	const char *key;
	uint64_t value;
};

struct cgroup_memory_stats {
	uint64_t cache;
	struct cgroup_memory_use usage, swap /* with memory */, kernel, kernel_tcp;
	list_of(struct cgroup_number) raw; /* memory.stat */
};

struct cgroup_block_use {
	uint64_t major, minor;
	const char *op; /* "Read", "Write", … */
	uint64_t value;
};

struct cgroup_block_list {
	struct cgroup_block_use *items;
	size_t count;
};

struct cgroup_block_stats {
	struct cgroup_block_list service_bytes, serviced, queued, service_time, wait_time, merged,
		time, sectors;
};

struct cgroup_huge_page_use {
	const char *key; /* "2MB" */
	uint64_t usage, max, failcnt;
};

struct cgroup_pids_stats {
	uint64_t current, limit;
};

/* One line of a pressure file, in hundredths of a percent and microseconds. */
struct cgroup_pressure_line {
	uint64_t avg10, avg60, avg300, total;
};

struct cgroup_pressure {
	bool known;
	struct cgroup_pressure_line some, full;
};

struct cgroup_stats {
	struct cgroup_cpu_stats cpu;
	struct cgroup_memory_stats memory;
	struct cgroup_block_stats block;
	struct cgroup_pids_stats pids;
	list_of(struct cgroup_huge_page_use) huge_pages;
	struct cgroup_pressure cpu_pressure, memory_pressure, io_pressure;
};

/* Fails only if the cgroup is gone. */
int cgroup_stats_read(struct cgroup_stats *stats, const struct cgroup *cgroup, struct arena *arena,
		      struct error *err);

#endif
