/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>

#include "libcommon/file.h"
#include "libcommon/number.h"
#include "libcommon/schema.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/life/state.h"

#define RESOURCES_LIMIT (4 << 20)

struct update_args {
	const char *id, *resources;
	const char *memory, *memory_reservation, *memory_swap, *kernel_memory, *kernel_memory_tcp;
	const uint16_t *blkio_weight;
	const uint64_t *cpu_period, *cpu_burst, *cpu_shares, *cpu_rt_period;
	const int64_t *cpu_quota, *cpu_rt_runtime, *cpu_idle, *pids_limit;
	const char *cpus, *mems, *l3_cache, *mem_bw;
};

/* clang-format off */
#define SELF struct update_args
static const struct option_row update_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPTION(resources,          'r', "resources",          "FILE",  "limits as JSON, as in linux.resources; \"-\" reads standard input"),
	OPTION(blkio_weight,       0,   "blkio-weight",       "N",     "share of block device time, 10 to 1000"),
	OPTION(cpu_period,         0,   "cpu-period",         "USEC",  "the period that the quota is for"),
	OPTION(cpu_quota,          0,   "cpu-quota",          "USEC",  "CPU time in each period; -1 is unlimited"),
	OPTION(cpu_burst,          0,   "cpu-burst",          "USEC",  "CPU time that may be saved up"),
	OPTION(cpu_shares,         0,   "cpu-share",          "N",     "share of CPU time"),
	OPTION(cpu_rt_period,      0,   "cpu-rt-period",      "USEC",  "the period of realtime CPU time"),
	OPTION(cpu_rt_runtime,     0,   "cpu-rt-runtime",     "USEC",  "realtime CPU time in each period"),
	OPTION(cpus,               0,   "cpuset-cpus",        "LIST",  "CPUs it may use, \"0-3,7\""),
	OPTION(mems,               0,   "cpuset-mems",        "LIST",  "memory nodes it may use"),
	OPTION(cpu_idle,           0,   "cpu-idle",           "N",     "1: only what nobody else wants"),
	OPTION(memory,             0,   "memory",             "BYTES", "memory; -1 is unlimited"),
	OPTION(memory_reservation, 0,   "memory-reservation", "BYTES", "memory that is protected"),
	OPTION(memory_swap,        0,   "memory-swap",        "BYTES", "memory and swap together; -1 is unlimited"),
	OPTION(kernel_memory,      0,   "kernel-memory",      "BYTES", "taken and ignored", .hidden = true),
	OPTION(kernel_memory_tcp,  0,   "kernel-memory-tcp",  "BYTES", "taken and ignored", .hidden = true),
	OPTION(pids_limit,         0,   "pids-limit",         "N",     "processes; -1 is unlimited"),
};
#undef SELF
/* clang-format on */

/* "512m", "1073741824" or "-1". */
static int
parse_bytes(const int64_t **out, const char *text, const char *option, struct arena *arena, struct error *err)
{
	int64_t *bytes = arena_new(arena, int64_t);
	uint64_t size;

	if (text == NULL)
		return 0;
	if (strcmp(text, "-1") == 0) {
		*bytes = -1;
	} else {
		if (number_size(&size, text, err) < 0)
			return error_prefix(err, option);
		if (size > INT64_MAX)
			return fail(err, "%s: \"%s\" is too large", option, text);
		*bytes = (int64_t) size;
	}
	*out = bytes;
	return 0;
}

static int
from_options(struct oci_resources *resources, const struct update_args *args, struct arena *arena,
	     struct error *err)
{
	struct oci_memory *memory = arena_new(arena, struct oci_memory);
	struct oci_cpu *cpu = arena_new(arena, struct oci_cpu);
	struct oci_pids *pids = arena_new(arena, struct oci_pids);
	struct oci_block_io *block_io = arena_new(arena, struct oci_block_io);

	TRY(parse_bytes(&memory->limit, args->memory, "--memory", arena, err));
	TRY(parse_bytes(&memory->reservation, args->memory_reservation, "--memory-reservation", arena, err));
	TRY(parse_bytes(&memory->swap, args->memory_swap, "--memory-swap", arena, err));
	*cpu = (struct oci_cpu){
		.shares = args->cpu_shares, .quota = args->cpu_quota, .burst = args->cpu_burst,
		.period = args->cpu_period, .realtime_runtime = args->cpu_rt_runtime,
		.realtime_period = args->cpu_rt_period, .cpus = args->cpus, .mems = args->mems,
		.idle = args->cpu_idle,
	};
	pids->limit = args->pids_limit;
	block_io->weight = args->blkio_weight;
	*resources = (struct oci_resources){ .memory = memory, .cpu = cpu,
					     .pids = args->pids_limit != NULL ? pids : NULL,
					     .block_io = args->blkio_weight != NULL ? block_io : NULL };
	return 0;
}

static int
from_document(struct oci_resources *resources, const char *path, struct arena *arena, struct error *err)
{
	const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
	char *json;
	size_t n;

	if (strcmp(path, "-") == 0)
		TRY(file_read(0, name, RESOURCES_LIMIT, arena, &json, &n, err));
	else
		TRY(file_read_at(AT_FDCWD, path, RESOURCES_LIMIT, arena, &json, &n, err));
	return schema_read(&oci_resources_schema, resources, name, json, n, arena, err);
}

static int
update_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct update_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;
	scoped(cgroup_done) struct cgroup cgroup = { .count = 0 };
	struct oci_resources resources = { 0 };
	enum oci_status status;

	TRY(state_open(&state, globals->root, args->id, arena, err));
	if (args->resources != NULL)
		TRY(from_document(&resources, args->resources, arena, err));
	else
		TRY(from_options(&resources, args, arena, err));
	TRY(state_status(&status, &state, err));
	if (status == OCI_STATUS_STOPPED)
		return fail(err, "cannot update a stopped container");
	if (state.record.cgroup == NULL)
		return fail(err, "the container has no cgroup");
	TRY(cgroup_open(&cgroup, state.record.cgroup, arena, err));
	return cgroup_update(&cgroup, &resources, err);
}

const struct command update_command =
	COMMAND("update", "change the limits of a container", update_options, struct update_args, update_run);
