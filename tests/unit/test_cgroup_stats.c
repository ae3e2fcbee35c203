/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "libcommon/text.h"
#include "runtime/kernel/cgroup_stats.h"
#include "tests/unit/tribe.h"

#define FOOD (8 << 20)

/* Uses a CPU, memory and a page of a file, and stays. */
static void
work(void)
{
	char *food = mmap(NULL, FOOD, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (int round = 0; round < 300; round++)
		memset(food, round, FOOD);
	tribe_sleep();
}

static const struct cgroup_stats *
read_stats(const struct cgroup *cgroup, struct arena *arena)
{
	static struct cgroup_stats stats;
	struct error err = { 0 };

	CHECK_OK(cgroup_stats_read(&stats, cgroup, arena, &err), err);
	return &stats;
}

TEST(what_a_container_uses_is_told)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "stats",
		   "{\"pids\":{\"limit\":77},\"memory\":{\"limit\":67108864,\"swap\":100663296},"
		   "\"cpu\":{\"quota\":50000,\"period\":100000},"
		   "\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":2097152}]}");
	pid_t pid = tribe_member(&cgroup, work);
	const struct cgroup_stats *stats = read_stats(&cgroup, &arena);
	for (int i = 0; i < 500 && (stats->memory.usage.usage < FOOD || stats->cpu.user == 0);
	     i++) {
		(void) usleep(10000);
		stats = read_stats(&cgroup, &arena);
	}
	CHECK(stats->cpu.total > 1000000);
	CHECK(stats->cpu.user > 0 && stats->cpu.user < 10000000000);
	CHECK(stats->memory.usage.usage >= FOOD);
	CHECK(stats->memory.usage.max >= stats->memory.usage.usage);
	CHECK_EQ(stats->memory.usage.limit, 67108864);
	CHECK_EQ(stats->memory.swap.limit, 100663296);
	CHECK(stats->memory.swap.usage >= FOOD);
	CHECK(stats->memory.raw.count > 10);
	CHECK_EQ(stats->pids.current, 1);
	CHECK_EQ(stats->pids.limit, 77);
	CHECK(stats->cpu_pressure.known);
	if (cgroup_find_layout() != CGROUP_UNIFIED)
		CHECK(stats->cpu.per_cpu.count >= 1);

	bool found = false;
	FOR_EACH(use, &stats->huge_pages)
		found = found || (text_equal(use->key, "2MB") && use->usage == 0);
	CHECK(found);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 137);
}

TEST(without_limits_all_is_unlimited_and_processes_have_none)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "free", NULL);
	const struct cgroup_stats *stats = read_stats(&cgroup, &arena);
	CHECK_EQ(stats->pids.limit, 0);
	CHECK_EQ(stats->pids.current, 0);
	CHECK(stats->memory.usage.limit > (uint64_t) 1 << 62);
	REMOVE(cgroup);
}

/* An old hierarchy made of plain files: what no disk of this machine would fill in. */
static void
write_file(int dir, const char *name, const char *text)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

	CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t) strlen(text));
	(void) close(fd);
}

static void
check_block(const struct cgroup_block_list *list, size_t i, uint64_t minor, const char *op,
	    uint64_t value)
{
	CHECK(i < list->count);
	CHECK_EQ(list->items[i].major, 8);
	CHECK_EQ(list->items[i].minor, minor);
	CHECK_TEXT(list->items[i].op, op);
	CHECK_EQ(list->items[i].value, value);
}

static struct cgroup
play_hierarchy(const char *controllers, char directory[])
{
	struct cgroup cgroup = { .driver = CGROUP_FILES, .count = 1 };

	CHECK(mkdtemp(directory) != NULL);
	cgroup.hierarchies[0] = (struct cgroup_hierarchy){
		.controllers = controllers,
		.mount = directory,
		.path = "/",
		.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
		.entry = -1,
	};
	return cgroup;
}

static void
end_play(struct cgroup *cgroup, const char *directory, const char *const *files)
{
	for (; *files != NULL; files++)
		CHECK(unlinkat(cgroup->hierarchies[0].fd, *files, 0) == 0);
	cgroup_done(cgroup);
	CHECK(rmdir(directory) == 0);
}

TEST(v1_counts_blocks_by_whichever_scheduler_counts)
{
	scoped_arena arena = { 0 };
	char directory[] = "/tmp/cooperage-stats-XXXXXX";
	struct cgroup cgroup = play_hierarchy("blkio", directory);
	int dir = cgroup.hierarchies[0].fd;

	write_file(dir, "blkio.io_service_bytes_recursive", "Total 0\n");
	write_file(dir, "blkio.bfq.io_service_bytes_recursive",
		   "8:0 Read 4096\n8:16 Write 512\nTotal 4608\n");
	write_file(dir, "blkio.throttle.io_serviced_recursive", "8:0 Read 3\n");
	write_file(dir, "blkio.bfq.time_recursive", "8:0 99\n");
	const struct cgroup_stats *stats = read_stats(&cgroup, &arena);
	CHECK_EQ(stats->block.service_bytes.count, 2);
	check_block(&stats->block.service_bytes, 0, 0, "Read", 4096);
	check_block(&stats->block.service_bytes, 1, 16, "Write", 512);
	check_block(&stats->block.serviced, 0, 0, "Read", 3);
	check_block(&stats->block.time, 0, 0, "", 99);
	end_play(&cgroup, directory,
		 (const char *const[]){ "blkio.io_service_bytes_recursive",
					"blkio.bfq.io_service_bytes_recursive",
					"blkio.throttle.io_serviced_recursive",
					"blkio.bfq.time_recursive", NULL });
}

TEST(v2_has_a_line_for_each_device_and_pressure_in_percent)
{
	scoped_arena arena = { 0 };
	char directory[] = "/tmp/cooperage-stats-XXXXXX";
	struct cgroup cgroup = play_hierarchy("", directory);
	int dir = cgroup.hierarchies[0].fd;

	write_file(dir, "io.stat",
		   "8:0 rbytes=4096 wbytes=1 rios=2 wios=3 dbytes=0 dios=0\n8:16 \n");
	write_file(dir, "io.pressure",
		   "some avg10=12.34 avg60=1.05 avg300=0.00 total=678\n"
		   "full avg10=100.00 avg60=0.00 avg300=0.01 total=9\n");
	write_file(dir, "hugetlb.2MB.current", "2097152\n");
	write_file(dir, "hugetlb.2MB.events", "max 5\n");
	write_file(dir, "memory.current", "100\n");
	write_file(dir, "memory.max", "max\n");
	write_file(dir, "memory.swap.current", "50\n");
	const struct cgroup_stats *stats = read_stats(&cgroup, &arena);
	CHECK_EQ(stats->block.service_bytes.count, 3);
	check_block(&stats->block.service_bytes, 0, 0, "Read", 4096);
	check_block(&stats->block.serviced, 1, 0, "Write", 3);
	CHECK(stats->io_pressure.known && !stats->cpu_pressure.known);
	CHECK_EQ(stats->io_pressure.some.avg10, 1234);
	CHECK_EQ(stats->io_pressure.some.avg60, 105);
	CHECK_EQ(stats->io_pressure.some.total, 678);
	CHECK_EQ(stats->io_pressure.full.avg10, 10000);
	CHECK_EQ(stats->huge_pages.count, 1);
	CHECK_EQ(stats->huge_pages.items[0].usage, 2097152);
	CHECK_EQ(stats->huge_pages.items[0].failcnt, 5);
	CHECK_EQ(stats->memory.swap.usage, 150);
	CHECK(stats->memory.swap.limit == UINT64_MAX);
	end_play(&cgroup, directory,
		 (const char *const[]){ "io.stat", "io.pressure", "hugetlb.2MB.current",
					"hugetlb.2MB.events", "memory.current", "memory.max",
					"memory.swap.current", NULL });
}

TEST(a_cgroup_that_is_gone_has_no_statistics)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct cgroup_stats stats;
	struct cgroup none = { .driver = CGROUP_DISABLED };

	CHECK_FAILS(cgroup_stats_read(&stats, &none, &arena, &err), err,
		    "read statistics: the container has no cgroup");
}
