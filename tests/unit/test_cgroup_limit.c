/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Limits as the kernel has them afterwards. What a host has of v1 or v2 is tested there; the same
 * program says the rest on another.
 */
#include "tests/unit/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/cgroup_file.h"
#include "runtime/kernel/cgroup_hierarchy.h"
#include "tests/unit/tribe.h"

#define READS(cgroup, controller, file, wanted)                                                    \
	CHECK_TEXT(tribe_read(&(cgroup), controller, file), wanted)

static int
update(const struct cgroup *cgroup, const char *json, struct error *err)
{
	return cgroup_update(cgroup, tribe_resources(json), err);
}

static int
try_to_make(const char *resources, struct error *err)
{
	scoped_arena arena = { 0 };
	struct cgroup cgroup;
	struct cgroup_request request = tribe_request("refused");

	request.resources = tribe_resources(resources);
	int result = cgroup_plan(&cgroup, &request, &arena, err) < 0 ? -1 : cgroup_make(&cgroup, &request, &arena, err);
	cgroup_done(&cgroup);
	return result;
}

/* "254:0", the first of these that this machine has; "" if it has none. */
static const char *
find_disk(const char *const *names, size_t count)
{
	static char numbers[32];

	for (size_t i = 0; i < count; i++) {
		char path[64];
		(void) snprintf(path, sizeof(path), "/sys/block/%s/dev", names[i]);
		if (cgroup_file_read(AT_FDCWD, path, numbers, sizeof(numbers)) > 0)
			return numbers;
	}
	return "";
}

#define NEEDS_DISK(major, minor, ...)                                                              \
	do {                                                                                       \
		static const char *const names_[] = { __VA_ARGS__ };                               \
		if (sscanf(find_disk(names_, COUNT(names_)), "%u:%u", &(major), &(minor)) != 2) {  \
			print_message("skipped: there is no such disk\n");                         \
			skip();                                                                    \
		}                                                                                  \
	} while (0)

#define DISKS "vda", "sda", "nvme0n1", "xvda"

/* ---- v1 -------------------------------------------------------------------------------------- */

TEST(v1_memory_goes_up_and_down_with_its_sum)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "memory",
		   "{\"memory\":{\"limit\":33554432,\"swap\":67108864,"
		   "\"reservation\":16777216,\"swappiness\":7,"
		   "\"disableOOMKiller\":false,\"useHierarchy\":true}}");
	READS(cgroup, "memory", "memory.limit_in_bytes", "33554432");
	READS(cgroup, "memory", "memory.memsw.limit_in_bytes", "67108864");
	READS(cgroup, "memory", "memory.soft_limit_in_bytes", "16777216");
	READS(cgroup, "memory", "memory.swappiness", "7");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"limit\":134217728,\"swap\":268435456}}", &err),
		 err);
	READS(cgroup, "memory", "memory.limit_in_bytes", "134217728");
	READS(cgroup, "memory", "memory.memsw.limit_in_bytes", "268435456");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"limit\":33554432,\"swap\":33554432}}", &err), err);
	READS(cgroup, "memory", "memory.memsw.limit_in_bytes", "33554432");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"limit\":-1}}", &err), err);
	READS(cgroup, "memory", "memory.limit_in_bytes", "9223372036854771712");
	READS(cgroup, "memory", "memory.memsw.limit_in_bytes", "9223372036854771712");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"disableOOMKiller\":true}}", &err), err);
	CHECK(text_after(tribe_read(&cgroup, "memory", "memory.oom_control"),
			 "oom_kill_disable 1") != NULL);
	REMOVE(cgroup);
}

TEST(v1_cpu_is_written_in_an_order_that_the_kernel_takes)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "cpu",
		   "{\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":200000,"
		   "\"burst\":20000,\"cpus\":\"0\",\"mems\":\"0\"}}");
	READS(cgroup, "cpu", "cpu.shares", "512");
	READS(cgroup, "cpu", "cpu.cfs_quota_us", "50000");
	READS(cgroup, "cpu", "cpu.cfs_period_us", "200000");
	READS(cgroup, "cpu", "cpu.cfs_burst_us", "20000");
	READS(cgroup, "cpuset", "cpuset.cpus", "0");
	READS(cgroup, "cpuset", "cpuset.mems", "0");
	/* Below the burst that is there, and above the quota that is there. */
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"quota\":10000,\"burst\":5000}}", &err), err);
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"quota\":90000,\"burst\":90000}}", &err), err);
	READS(cgroup, "cpu", "cpu.cfs_burst_us", "90000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"burst\":0,\"quota\":-1}}", &err), err);
	READS(cgroup, "cpu", "cpu.cfs_quota_us", "-1");
	READS(cgroup, "cpu", "cpu.cfs_period_us", "200000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"idle\":1,\"shares\":700}}", &err), err);
	READS(cgroup, "cpu", "cpu.idle", "1");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"idle\":0,\"shares\":700}}", &err), err);
	READS(cgroup, "cpu", "cpu.shares", "700");
	CHECK_FAILS_WITH(update(&cgroup, "{\"cpu\":{\"burst\":100001,\"quota\":100000}}", &err),
			 err, "Invalid argument");
	REMOVE(cgroup);
}

TEST(v1_realtime_is_given_where_the_parent_has_some)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "realtime", "{\"cpu\":{\"realtimePeriod\":500000}}");
	if (tribe_read(&cgroup, "cpu", "cpu.rt_period_us")[0] == '\0') {
		REMOVE(cgroup);
		print_message("skipped: the kernel does not share out realtime\n");
		skip();
	}
	READS(cgroup, "cpu", "cpu.rt_period_us", "500000");
	CHECK_FAILS_WITH(update(&cgroup, "{\"cpu\":{\"realtimeRuntime\":1000}}", &err), err,
			 "cpu.rt_runtime_us: Invalid argument");
	REMOVE(cgroup);
}

TEST(v1_parents_of_a_cpuset_are_filled_in)
{
	struct cgroup cgroup;

	NEEDS_V1();
	tribe_make(&cgroup, "a/b/c", NULL);
	CHECK(tribe_read(&cgroup, "cpuset", "cpuset.cpus")[0] != '\0');
	CHECK(tribe_read(&cgroup, "cpuset", "cpuset.mems")[0] != '\0');
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 137);
	CHECK_EQ(tribe_cleared("a"), 0);
}

TEST(v1_devices_of_a_block_are_throttled)
{
	struct cgroup cgroup;
	char json[512], wanted[64];
	unsigned major, minor;

	NEEDS_V1();
	NEEDS_DISK(major, minor, DISKS);
	(void) snprintf(json, sizeof(json),
			"{\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":%u,\"minor\":%u,"
			"\"rate\":1048576}],"
			"\"throttleWriteIOPSDevice\":[{\"major\":%u,\"minor\":%u,\"rate\":77}]}}",
			major, minor, major, minor);
	tribe_make(&cgroup, "blkio", json);
	(void) snprintf(wanted, sizeof(wanted), "%u:%u 1048576", major, minor);
	READS(cgroup, "blkio", "blkio.throttle.read_bps_device", wanted);
	(void) snprintf(wanted, sizeof(wanted), "%u:%u 77", major, minor);
	READS(cgroup, "blkio", "blkio.throttle.write_iops_device", wanted);
	REMOVE(cgroup);
}

TEST(v1_takes_no_files_of_v2)
{
	struct error err = { 0 };

	NEEDS_V1();
	CHECK_FAILS_WITH(try_to_make("{\"unified\":{\"memory.high\":\"1000000\"}}", &err), err,
			 "unified");
	CHECK_FAILS_WITH(try_to_make("{\"unified\":{\"memory.high\":\"1000000\"}}", &err), err,
			 "memory.high");
}

TEST(a_limit_whose_controller_is_missing_is_an_error)
{
	struct error err = { 0 };

	NEEDS_V1();
	CHECK_FAILS_WITH(try_to_make("{\"rdma\":{\"mlx5_1\":{\"hcaHandles\":3}}}", &err), err,
			 "rdma: ");
	CHECK_FAILS_WITH(try_to_make("{\"network\":{\"classID\":7}}", &err), err,
			 "network.classID: ");
}

/* ---- both ------------------------------------------------------------------------------------ */

TEST(processes_are_limited_and_none_means_one)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	const char *controller = cgroup_find_layout() == CGROUP_UNIFIED ? "" : "pids";
	tribe_make(&cgroup, "pids", "{\"pids\":{\"limit\":42}}");
	READS(cgroup, controller, "pids.max", "42");
	CHECK_OK(update(&cgroup, "{\"pids\":{\"limit\":0}}", &err), err);
	READS(cgroup, controller, "pids.max", "1");
	CHECK_OK(update(&cgroup, "{\"memory\":{}}", &err), err);
	READS(cgroup, controller, "pids.max", "1");
	CHECK_OK(update(&cgroup, "{\"pids\":{\"limit\":-1}}", &err), err);
	READS(cgroup, controller, "pids.max", "max");
	REMOVE(cgroup);
}

TEST(huge_pages_are_limited_and_so_are_reservations)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "huge",
		   "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}");
	READS(cgroup, "", "hugetlb.2MB.max", "4194304");
	READS(cgroup, "", "hugetlb.2MB.rsvd.max", "4194304");
	REMOVE(cgroup);
	CHECK_FAILS_WITH(
		try_to_make("{\"hugepageLimits\":[{\"pageSize\":\"3MB\",\"limit\":1}]}", &err), err,
		"has no hugetlb.3MB.max");
}

TEST(files_by_their_names_have_the_last_word)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "unified",
		   "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}],"
		   "\"unified\":{\"hugetlb.2MB.max\":\"8388608\"}}");
	READS(cgroup, "", "hugetlb.2MB.max", "8388608");
	REMOVE(cgroup);
	CHECK_FAILS_WITH(try_to_make("{\"unified\":{\"hugetlb.2MB.max\":\"much\"}}", &err), err,
			 "unified: write \"much\" to /sys/fs/cgroup");
}

static void
eat(void)
{
	for (;;) {
		char *food = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (food != MAP_FAILED)
			memset(food, 1, 1 << 20);
	}
}

TEST(who_died_of_hunger_is_counted)
{
	struct cgroup cgroup;

	NEEDS_CGROUPS();
	tribe_make(&cgroup, "hunger", "{\"memory\":{\"limit\":8388608,\"swap\":8388608}}");
	CHECK_EQ(cgroup_oom_kills(&cgroup), 0);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, eat)), 137);
	CHECK_EQ(cgroup_oom_kills(&cgroup), 1);
	REMOVE(cgroup);
}

/* ---- v2 -------------------------------------------------------------------------------------- */

TEST(v2_memory_knows_swap_by_itself)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V2_ALONE();
	tribe_make(&cgroup, "memory",
		   "{\"memory\":{\"limit\":33554432,\"swap\":67108864,"
		   "\"reservation\":16777216,\"disableOOMKiller\":false,"
		   "\"swappiness\":0,\"kernel\":-1,\"useHierarchy\":true}}");
	READS(cgroup, "", "memory.max", "33554432");
	READS(cgroup, "", "memory.swap.max", "33554432");
	READS(cgroup, "", "memory.low", "16777216");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"swap\":50331648}}", &err), err);
	READS(cgroup, "", "memory.swap.max", "16777216");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"limit\":67108864,\"swap\":67108864}}", &err), err);
	READS(cgroup, "", "memory.swap.max", "0");
	CHECK_OK(update(&cgroup, "{\"memory\":{\"limit\":-1}}", &err), err);
	READS(cgroup, "", "memory.max", "max");
	READS(cgroup, "", "memory.swap.max", "max");
	CHECK_FAILS(
		update(&cgroup, "{\"memory\":{\"swap\":50331648}}", &err), err,
		"memory.swap: 50331648 is memory and swap together, but the memory has no limit");
	REMOVE(cgroup);
}

TEST(v2_refuses_a_memory_limit_below_what_is_used_if_asked_to_look)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V2_ALONE();
	tribe_make(&cgroup, "before", "{\"memory\":{\"limit\":67108864}}");
	pid_t pid = tribe_member(&cgroup, tribe_sleep);
	CHECK_FAILS_WITH(
		update(&cgroup, "{\"memory\":{\"limit\":4096,\"checkBeforeUpdate\":true}}", &err),
		err, "rejecting memory limit 4096: ");
	CHECK_FAILS_WITH(
		update(&cgroup,
		       "{\"memory\":{\"swap\":8192,\"limit\":4096,\"checkBeforeUpdate\":true}}",
		       &err),
		err, "rejecting memory+swap limit 8192: ");
	READS(cgroup, "", "memory.max", "67108864");
	REMOVE(cgroup);
	CHECK_EQ(tribe_end(pid), 137);
}

TEST(v2_cpu_is_converted)
{
	struct error err = { 0 };
	struct cgroup cgroup;

	NEEDS_V2_ALONE();
	tribe_make(&cgroup, "cpu",
		   "{\"cpu\":{\"shares\":512,\"quota\":50000,\"period\":200000,"
		   "\"burst\":20000,\"cpus\":\"0\",\"mems\":\"0\"}}");
	READS(cgroup, "", "cpu.weight", "59");
	READS(cgroup, "", "cpu.max", "50000 200000");
	READS(cgroup, "", "cpu.max.burst", "20000");
	READS(cgroup, "", "cpuset.cpus", "0");
	READS(cgroup, "", "cpuset.mems", "0");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"period\":100000}}", &err), err);
	READS(cgroup, "", "cpu.max", "50000 100000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"quota\":90000,\"burst\":90000}}", &err), err);
	READS(cgroup, "", "cpu.max", "90000 100000");
	READS(cgroup, "", "cpu.max.burst", "90000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"quota\":10000,\"burst\":5000}}", &err), err);
	READS(cgroup, "", "cpu.max", "10000 100000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"quota\":-1,\"burst\":0}}", &err), err);
	READS(cgroup, "", "cpu.max", "max 100000");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"idle\":1,\"shares\":1024}}", &err), err);
	READS(cgroup, "", "cpu.idle", "1");
	CHECK_OK(update(&cgroup, "{\"cpu\":{\"idle\":0,\"shares\":1024}}", &err), err);
	READS(cgroup, "", "cpu.weight", "100");
	REMOVE(cgroup);
}

TEST(v2_io_is_one_file_for_all_rates)
{
	struct cgroup cgroup;
	char json[512], wanted[64];
	unsigned major, minor;

	NEEDS_V2_ALONE();
	NEEDS_DISK(major, minor, DISKS);
	(void) snprintf(json, sizeof(json),
			"{\"blockIO\":{\"weight\":500,"
			"\"throttleReadBpsDevice\":[{\"major\":%u,\"minor\":%u,\"rate\":1048576}],"
			"\"throttleWriteBpsDevice\":[{\"major\":%u,\"minor\":%u,\"rate\":0}],"
			"\"throttleWriteIOPSDevice\":[{\"major\":%u,\"minor\":%u,\"rate\":77}]}}",
			major, minor, major, minor, major, minor);
	tribe_make(&cgroup, "io", json);
	(void) snprintf(wanted, sizeof(wanted), "%u:%u rbps=1048576 wbps=max riops=max wiops=77",
			major, minor);
	READS(cgroup, "", "io.max", wanted);
	if (tribe_read(&cgroup, "", "io.bfq.weight")[0] == '\0')
		READS(cgroup, "", "io.weight", "default 4950");
	REMOVE(cgroup);
}

TEST(v2_refuses_what_only_v1_has)
{
	struct error err = { 0 };

	NEEDS_V2_ALONE();
	CHECK_FAILS(try_to_make("{\"memory\":{\"swappiness\":60}}", &err), err,
		    "memory.swappiness: cgroup v2 has no swappiness");
	CHECK_FAILS(try_to_make("{\"memory\":{\"disableOOMKiller\":true}}", &err), err,
		    "memory.disableOOMKiller: cgroup v2 cannot disable the OOM killer");
	CHECK_FAILS(try_to_make("{\"memory\":{\"kernelTCP\":4096}}", &err), err,
		    "memory.kernelTCP: cgroup v2 has no limit of its own for kernel memory");
	CHECK_FAILS(try_to_make("{\"cpu\":{\"realtimeRuntime\":950000}}", &err), err,
		    "cpu.realtimeRuntime: cgroup v2 does not share out realtime");
	CHECK_FAILS(try_to_make("{\"blockIO\":{\"leafWeight\":50}}", &err), err,
		    "blockIO.leafWeight: cgroup v2 has no weight for leaves");
	CHECK_FAILS(try_to_make("{\"network\":{\"priorities\":[{\"name\":\"lo\",\"priority\":1}]}}",
				&err),
		    err, "network.priorities: cgroup v2 has no network controllers");
}

TEST(v2_controllers_reach_a_cgroup_however_deep)
{
	struct cgroup cgroup;

	NEEDS_V2_ALONE();
	tribe_make(&cgroup, "x/y/z", "{\"pids\":{\"limit\":9},\"unified\":{\"misc.max\":\"\"}}");
	READS(cgroup, "", "pids.max", "9");
	CHECK(cgroup_file_lists(tribe_read(&cgroup, "", "cgroup.controllers"), ' ', "memory"));
	REMOVE(cgroup);
	CHECK_EQ(tribe_cleared("x"), 0);
}

/* ---- devices --------------------------------------------------------------------------------- */

static dev_t wanted_device;

/* 0: it can be read; 1: it cannot; 2: not even made. */
static void
open_device(void)
{
	char path[] = "/tmp/cooperage-device-XXXXXX";

	if (mkdtemp(path) == NULL || chdir(path) < 0)
		_exit(3);
	int made = mknod("device", S_IFBLK | 0600, wanted_device);
	int fd = open("device", O_RDONLY | O_NONBLOCK | O_CLOEXEC), code = errno;
	(void) unlink("device");
	(void) rmdir(path);
	_exit(made < 0 ? 2 : fd >= 0 ? 0 : code == EPERM ? 1 : 4);
}

static void
use_harmless_devices(void)
{
	static const char *const paths[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
					     "/dev/urandom" };

	for (size_t i = 0; i < COUNT(paths); i++)
		if (open(paths[i], O_RDONLY | O_CLOEXEC) < 0)
			_exit(1);
	_exit(open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC) < 0 ? 2 : 0);
}

TEST(devices_are_denied_unless_allowed_and_an_update_counts_at_once)
{
	struct error err = { 0 };
	struct cgroup cgroup;
	unsigned major, minor;
	char allow[128], deny[128];

	NEEDS_CGROUPS();
	NEEDS_DISK(major, minor, "loop0", DISKS);
	wanted_device = makedev(major, minor);
	(void) snprintf(
		allow, sizeof(allow),
		"{\"devices\":[{\"allow\":true,\"type\":\"b\",\"major\":%u,\"access\":\"r\"}]}",
		major);
	(void) snprintf(deny, sizeof(deny), "{\"devices\":[{\"allow\":false}]}");

	tribe_make(&cgroup, "devices", NULL);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 1);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, use_harmless_devices)), 0);
	CHECK_OK(update(&cgroup, allow, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 0);
	CHECK_OK(update(&cgroup, allow, &err), err);
	CHECK_OK(update(&cgroup, "{\"pids\":{\"limit\":50}}", &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 0);
	CHECK_OK(update(&cgroup, deny, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 1);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, use_harmless_devices)), 0);
	CHECK_OK(update(&cgroup, "{\"devices\":[{\"allow\":true}]}", &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 0);
	CHECK_OK(update(&cgroup, deny, &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 1);
	REMOVE(cgroup);
}

TEST(everything_may_be_allowed_from_the_beginning)
{
	struct error err = { 0 };
	struct cgroup cgroup;
	unsigned major, minor;

	NEEDS_CGROUPS();
	NEEDS_DISK(major, minor, "loop0", DISKS);
	wanted_device = makedev(major, minor);
	tribe_make(&cgroup, "privileged", "{\"devices\":[{\"allow\":true,\"access\":\"rwm\"}]}");
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 0);
	CHECK_OK(update(&cgroup, "{\"devices\":[{\"allow\":false}]}", &err), err);
	CHECK_EQ(tribe_end(tribe_member(&cgroup, open_device)), 1);
	REMOVE(cgroup);
}
