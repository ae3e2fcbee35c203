/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Most of it is one number from one file, or the number behind a key: rows, one table for each
 * version. Rows of one file stand together, so that it is read once.
 */
#include "runtime/kernel/cgroup_stats.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"

#define FILE_SIZE 65536
#define MICROSECONDS 1000
#define TICKS 0 /* of the clock; how long one is, the system says */

struct source {
	const char *file, *key; /* without a key the whole file is the number */
	size_t offset;
	uint64_t scale;
};

#define INTO(member) offsetof(struct cgroup_stats, member)

/* clang-format off */
static const struct source sources_v1[] = {
	{ "cpuacct.usage", NULL,             INTO(cpu.total),             1 },
	{ "cpuacct.stat",  "user",           INTO(cpu.user),              TICKS },
	{ "cpuacct.stat",  "system",         INTO(cpu.kernel),            TICKS },
	{ "cpu.stat",      "nr_periods",     INTO(cpu.periods),           1 },
	{ "cpu.stat",      "nr_throttled",   INTO(cpu.throttled_periods), 1 },
	{ "cpu.stat",      "throttled_time", INTO(cpu.throttled_time),    1 },
	{ "memory.stat",   "total_cache",    INTO(memory.cache),          1 },
	{ "pids.current",  NULL,             INTO(pids.current),          1 },
	{ "pids.max",      NULL,             INTO(pids.limit),            1 },
};

static const struct source sources_v2[] = {
	{ "cpu.stat",            "usage_usec",     INTO(cpu.total),               MICROSECONDS },
	{ "cpu.stat",            "user_usec",      INTO(cpu.user),                MICROSECONDS },
	{ "cpu.stat",            "system_usec",    INTO(cpu.kernel),              MICROSECONDS },
	{ "cpu.stat",            "nr_periods",     INTO(cpu.periods),             1 },
	{ "cpu.stat",            "nr_throttled",   INTO(cpu.throttled_periods),   1 },
	{ "cpu.stat",            "throttled_usec", INTO(cpu.throttled_time),      MICROSECONDS },
	{ "memory.max",          NULL,             INTO(memory.usage.limit),      1 },
	{ "memory.current",      NULL,             INTO(memory.usage.usage),      1 },
	{ "memory.peak",         NULL,             INTO(memory.usage.max),        1 },
	{ "memory.events",       "max",            INTO(memory.usage.failcnt),    1 },
	{ "memory.swap.max",     NULL,             INTO(memory.swap.limit),       1 },
	{ "memory.swap.current", NULL,             INTO(memory.swap.usage),       1 },
	{ "memory.swap.peak",    NULL,             INTO(memory.swap.max),         1 },
	{ "memory.swap.events",  "max",            INTO(memory.swap.failcnt),     1 },
	{ "memory.stat",         "file",           INTO(memory.cache),            1 },
	{ "memory.stat",         "kernel",         INTO(memory.kernel.usage),     1 },
	{ "memory.stat",         "sock",           INTO(memory.kernel_tcp.usage), 1 },
	{ "pids.current",        NULL,             INTO(pids.current),            1 },
	{ "pids.max",            NULL,             INTO(pids.limit),              1 },
};

/* Of v1, each kind of memory has the same four files. */
static const struct {
	const char *kind;
	size_t offset;
} memory_kinds[] = {
	{ "memory",          INTO(memory.usage) },
	{ "memory.memsw",    INTO(memory.swap) },
	{ "memory.kmem",     INTO(memory.kernel) },
	{ "memory.kmem.tcp", INTO(memory.kernel_tcp) },
};

/* And each number of block devices one, from whichever of these counts. */
static const char *const block_counters[] = { "blkio", "blkio.bfq", "blkio.throttle" };

static const struct {
	const char *name;
	size_t offset;
} block_files[] = {
	{ "io_service_bytes_recursive", INTO(block.service_bytes) },
	{ "io_serviced_recursive",      INTO(block.serviced) },
	{ "io_queued_recursive",        INTO(block.queued) },
	{ "io_service_time_recursive",  INTO(block.service_time) },
	{ "io_wait_time_recursive",     INTO(block.wait_time) },
	{ "io_merged_recursive",        INTO(block.merged) },
	{ "time_recursive",             INTO(block.time) },
	{ "sectors_recursive",          INTO(block.sectors) },
};

/* v2 has one line for each device. */
static const struct {
	const char *key, *op;
	size_t offset;
} io_keys[] = {
	{ "rbytes", "Read",    INTO(block.service_bytes) },
	{ "wbytes", "Write",   INTO(block.service_bytes) },
	{ "dbytes", "Discard", INTO(block.service_bytes) },
	{ "rios",   "Read",    INTO(block.serviced) },
	{ "wios",   "Write",   INTO(block.serviced) },
	{ "dios",   "Discard", INTO(block.serviced) },
};
/* clang-format on */

struct reading {
	struct cgroup_stats *stats;
	const struct cgroup *cgroup;
	struct arena *arena;
	char *text; /* FILE_SIZE bytes */
};

/* The directory with the file, by the controller in its name; -1 if the other version has that. */
static int
directory_of(const struct reading *reading, const char *file, bool of_v2)
{
	const struct cgroup_hierarchy *old = cgroup_hierarchy_of_file(reading->cgroup, file);
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(reading->cgroup);

	if (of_v2)
		return old == NULL && unified != NULL ? unified->fd : -1;
	return old == NULL ? -1 : old->fd;
}

static bool
read_text(const struct reading *reading, const char *file, bool of_v2)
{
	int dir = directory_of(reading, file, of_v2);

	return dir >= 0 && cgroup_file_read(dir, file, reading->text, FILE_SIZE) > 0;
}

/* ---- single numbers -------------------------------------------------------------------------- */

static uint64_t
scaled(uint64_t value, uint64_t scale)
{
	const uint64_t tick = 1000000000 / (uint64_t) sysconf(_SC_CLK_TCK);

	return value * (scale == TICKS ? tick : scale);
}

static void
read_sources(const struct reading *reading, const struct source *sources, size_t count, bool of_v2)
{
	bool is_read = false;

	for (size_t i = 0; i < count; i++) {
		const struct source *source = &sources[i];
		uint64_t value;

		if (i == 0 || !text_equal(source->file, sources[i - 1].file))
			is_read = read_text(reading, source->file, of_v2);
		if (!is_read)
			continue;
		if (source->key == NULL)
			value = text_equal(reading->text, "max")
					? UINT64_MAX
					: strtoull(reading->text, NULL, 10);
		else if (!cgroup_file_key(reading->text, source->key, &value))
			continue;
		*(uint64_t *) (void *) ((char *) reading->stats + source->offset) =
			scaled(value, source->scale);
	}
}

static void
read_memory(const struct reading *reading)
{
	int dir = directory_of(reading, "memory.", false);

	for (size_t i = 0; i < COUNT(memory_kinds) && dir >= 0; i++) {
		struct cgroup_memory_use *use =
			(void *) ((char *) reading->stats + memory_kinds[i].offset);
		const struct {
			const char *file;
			uint64_t *into;
		} files[] = {
			{ "limit_in_bytes", &use->limit },
			{ "usage_in_bytes", &use->usage },
			{ "max_usage_in_bytes", &use->max },
			{ "failcnt", &use->failcnt },
		};

		for (size_t j = 0; j < COUNT(files); j++) {
			const char *name = arena_format(reading->arena, "%s.%s",
							memory_kinds[i].kind, files[j].file);
			(void) cgroup_file_number(dir, name,
						  files[j].into); /* 0 where there is none */
		}
	}
}

static void
read_per_cpu(const struct reading *reading)
{
	if (!read_text(reading, "cpuacct.usage_percpu", false))
		return;
	for (char *at = reading->text, *end;; at = end) {
		uint64_t value = strtoull(at, &end, 10);
		if (end == at)
			return;
		list_add(&reading->stats->cpu.per_cpu, reading->arena, value);
	}
}

static void
read_raw_memory(const struct reading *reading, bool of_v2)
{
	if (!read_text(reading, "memory.stat", of_v2))
		return;

	struct text_list lines = text_split(reading->arena, reading->text, '\n');
	FOR_EACH(line, &lines) {
		char *key = arena_text(reading->arena, *line), *space = strchr(key, ' ');
		if (space == NULL)
			continue;
		*space = '\0';
		const struct cgroup_number number = { key, strtoull(space + 1, NULL, 10) };
		list_add(&reading->stats->memory.raw, reading->arena, number);
	}
}

/* v1 counts swap with memory, and so do those who read this. */
static void
join_swap(struct cgroup_memory_stats *memory)
{
	memory->swap.usage += memory->usage.usage;
	if (memory->swap.limit != UINT64_MAX && memory->usage.limit != UINT64_MAX)
		memory->swap.limit += memory->usage.limit;
	else
		memory->swap.limit = UINT64_MAX;
}

/* ---- block devices --------------------------------------------------------------------------- */

static struct cgroup_block_list *
block_list(const struct reading *reading, size_t offset)
{
	return (struct cgroup_block_list *) (void *) ((char *) reading->stats + offset);
}

/* "8:0 Read 4096", without an operation for time and sectors; the line "Total" has no device. */
static bool
read_block_file(const struct reading *reading, const char *counter, size_t i)
{
	struct cgroup_block_list *list = block_list(reading, block_files[i].offset);
	const char *file = arena_format(reading->arena, "%s.%s", counter, block_files[i].name);

	if (!read_text(reading, file, false))
		return false;

	struct text_list lines = text_split(reading->arena, reading->text, '\n');
	FOR_EACH(line, &lines) {
		struct cgroup_block_use use = { .op = "" };
		char op[16] = "";

		if (sscanf(*line, "%" SCNu64 ":%" SCNu64 " %15[A-Za-z] %" SCNu64, &use.major,
			   &use.minor, op, &use.value) != 4 &&
		    sscanf(*line, "%" SCNu64 ":%" SCNu64 " %" SCNu64, &use.major, &use.minor,
			   &use.value) != 3)
			continue;
		use.op = arena_text(reading->arena, op);
		list_add(list, reading->arena, use);
	}
	return list->count > 0;
}

static void
read_block_files(const struct reading *reading)
{
	for (size_t i = 0; i < COUNT(block_files); i++)
		for (size_t j = 0; j < COUNT(block_counters); j++)
			if (read_block_file(reading, block_counters[j], i))
				break;
}

/* "8:0 rbytes=4096 wbytes=0 rios=1 …" */
static void
read_io_line(const struct reading *reading, const char *line)
{
	struct text_list words = text_split(reading->arena, line, ' ');
	struct cgroup_block_use use = { 0 };

	if (sscanf(line, "%" SCNu64 ":%" SCNu64, &use.major, &use.minor) != 2)
		return;
	FOR_EACH(word, &words) {
		for (size_t i = 0; i < COUNT(io_keys); i++) {
			const char *value = text_after(*word, io_keys[i].key);

			if (value == NULL || value[0] != '=')
				continue;
			use.op = io_keys[i].op;
			use.value = strtoull(value + 1, NULL, 10);
			list_add(block_list(reading, io_keys[i].offset), reading->arena, use);
		}
	}
}

static void
read_io(const struct reading *reading)
{
	if (!read_text(reading, "io.stat", true))
		return;

	struct text_list lines = text_split(reading->arena, reading->text, '\n');
	FOR_EACH(line, &lines)
		read_io_line(reading, *line);
}

/* ---- huge pages and pressure ----------------------------------------------------------------- */

static uint64_t
number_in(int dir, struct arena *arena, const char *format, const char *size)
{
	uint64_t value;
	const char *name = arena_format(arena, "hugetlb.%s.%s", size, format);

	return cgroup_file_number(dir, name, &value) ? value : 0;
}

static void
read_huge_pages_of(const struct reading *reading, int dir, const char *size, bool of_v2)
{
	struct arena *arena = reading->arena;
	struct cgroup_huge_page_use use = {
		.key = size,
		.usage = number_in(dir, arena, of_v2 ? "current" : "usage_in_bytes", size),
		.max = of_v2 ? 0 : number_in(dir, arena, "max_usage_in_bytes", size),
		.failcnt = of_v2 ? 0 : number_in(dir, arena, "failcnt", size),
	};

	if (of_v2 && cgroup_file_read(dir, arena_format(arena, "hugetlb.%s.events", size),
				      reading->text, FILE_SIZE) > 0)
		(void) cgroup_file_key(reading->text, "max", &use.failcnt);
	list_add(&reading->stats->huge_pages, arena, use);
}

/* Which sizes there are, only the files' names say. */
static void
read_huge_pages(const struct reading *reading, bool of_v2)
{
	int dir = directory_of(reading, "hugetlb.", of_v2);
	int fd = dir < 0 ? -1 : openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *files = fd < 0 ? NULL : fdopendir(fd);

	if (files == NULL) {
		fd_close(&fd);
		return;
	}
	for (struct dirent *file; (file = readdir(files)) != NULL;) {
		const char *size = text_after(file->d_name, "hugetlb.");
		const char *dot = size == NULL ? NULL : strchr(size, '.');

		if (dot != NULL && text_equal(dot, of_v2 ? ".current" : ".usage_in_bytes"))
			read_huge_pages_of(reading, dir,
					   arena_copy(reading->arena, size, (size_t) (dot - size)),
					   of_v2);
	}
	(void) closedir(files);
}

/* "some avg10=0.12 avg60=0.00 avg300=0.00 total=345" */
static bool
read_pressure_line(struct cgroup_pressure_line *line, const char *text, const char *kind)
{
	unsigned whole[3], part[3];
	const char *at = strstr(text, kind);

	if (at == NULL ||
	    sscanf(at + strlen(kind), " avg10=%u.%u avg60=%u.%u avg300=%u.%u total=%" SCNu64,
		   &whole[0], &part[0], &whole[1], &part[1], &whole[2], &part[2],
		   &line->total) != 7)
		return false;
	line->avg10 = whole[0] * 100 + part[0];
	line->avg60 = whole[1] * 100 + part[1];
	line->avg300 = whole[2] * 100 + part[2];
	return true;
}

static void
read_pressure(const struct reading *reading, struct cgroup_pressure *pressure, const char *file)
{
	const struct cgroup_hierarchy *unified = cgroup_hierarchy_unified(reading->cgroup);

	if (unified == NULL || cgroup_file_read(unified->fd, file, reading->text, FILE_SIZE) <= 0)
		return;
	pressure->known = read_pressure_line(&pressure->some, reading->text, "some");
	(void) read_pressure_line(&pressure->full, reading->text,
				  "full"); /* that of cpus came later */
}

/* ---------------------------------------------------------------------------------------------- */

int
cgroup_stats_read(struct cgroup_stats *stats, const struct cgroup *cgroup, struct arena *arena,
		  struct error *err)
{
	const struct reading reading = { stats, cgroup, arena, arena_alloc(arena, FILE_SIZE) };

	*stats = (struct cgroup_stats){ 0 };
	if (cgroup_hierarchy_main(cgroup) == NULL)
		return fail(err, "read statistics: the container has no cgroup");
	read_sources(&reading, sources_v1, COUNT(sources_v1), false);
	read_sources(&reading, sources_v2, COUNT(sources_v2), true);
	read_memory(&reading);
	if (cgroup_hierarchy_with(cgroup, "memory") == NULL)
		join_swap(&stats->memory);
	if (stats->pids.limit == UINT64_MAX)
		stats->pids.limit = 0;
	read_per_cpu(&reading);
	read_raw_memory(&reading, cgroup_hierarchy_with(cgroup, "memory") == NULL);
	read_block_files(&reading);
	read_io(&reading);
	read_huge_pages(&reading, cgroup_hierarchy_with(cgroup, "hugetlb") == NULL);
	read_pressure(&reading, &stats->cpu_pressure, "cpu.pressure");
	read_pressure(&reading, &stats->memory_pressure, "memory.pressure");
	read_pressure(&reading, &stats->io_pressure, "io.pressure");
	return 0;
}
