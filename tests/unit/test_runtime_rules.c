/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include "libcommon/schema.h"
#include "oci-spec/runtime_rules.h"

/* A config that breaks no rule, but for what a test adds. */
static int
judge(const char *process, const char *members, const char *linux_, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *json =
		arena_format(&arena,
			     "{\"ociVersion\": \"1.3.0\", \"root\": {\"path\": \"rootfs\"},"
			     "\"process\": {\"cwd\": \"/\", \"args\": [\"sh\"]%s%s},"
			     "\"linux\": {%s}%s%s}",
			     process[0] != '\0' ? ", " : "", process, linux_,
			     members[0] != '\0' ? ", " : "", members);
	struct oci_config config;

	CHECK_OK(schema_read(&oci_config_schema, &config, "config.json", json, strlen(json), &arena,
			     err),
		 *err);
	return runtime_rules_check(&config, err);
}

static void
check_process(const char *process, const char *wanted)
{
	struct error err = { 0 };

	if (wanted == NULL)
		CHECK_OK(judge(process, "", "", &err), err);
	else
		CHECK_FAILS(judge(process, "", "", &err), err, wanted);
}

static void
check_members(const char *members, const char *linux_, const char *wanted)
{
	struct error err = { 0 };

	if (wanted == NULL)
		CHECK_OK(judge("", members, linux_, &err), err);
	else
		CHECK_FAILS(judge("", members, linux_, &err), err, wanted);
}

static void
check_linux(const char *linux_, const char *wanted)
{
	check_members("", linux_, wanted);
}

#define FINE NULL

/* ---- the document ---------------------------------------------------------------------------- */

TEST(a_plain_config_breaks_no_rule)
{
	check_linux("", FINE);
}

TEST(all_that_is_broken_is_told)
{
	scoped_arena arena = { 0 };
	const char *json = "{\"ociVersion\": \"0.5.0-dev\", \"hostname\": \"h\", \"linux\": {"
			   "\"resources\": {\"memory\": {\"limit\": 10, \"swap\": 5}}}}";
	struct oci_config config;
	struct error err = { .text = "an old error" };

	CHECK_OK(schema_read(&oci_config_schema, &config, "config.json", json, strlen(json), &arena,
			     &err),
		 err);
	CHECK_FAILS(runtime_rules_check(&config, &err), err,
		    "ociVersion: must be of version 1 of the specification\n"
		    "root: is needed to create a container\n"
		    "process: is needed to create a container\n"
		    "hostname: needs a uts namespace\n"
		    "linux.resources.memory.swap: counts memory too, so it must not be less than "
		    "memory.limit");
}

TEST(host_names_need_a_uts_namespace_new_or_joined)
{
	check_members("\"hostname\": \"h\", \"domainname\": \"d\"", "",
		      "hostname: needs a uts namespace\ndomainname: needs a uts namespace");
	check_members("\"hostname\": \"h\", \"domainname\": \"d\"",
		      "\"namespaces\": [{\"type\": \"uts\"}]", FINE);
	check_members("\"hostname\": \"h\"",
		      "\"namespaces\": [{\"type\": \"uts\", \"path\": \"/proc/1/ns/uts\"}]", FINE);
}

/* ---- the process ----------------------------------------------------------------------------- */

TEST(a_process_names_a_program)
{
	struct oci_process process = { .cwd = "/" };
	const char *empty[] = { "" };
	struct error err = { 0 };

	CHECK_FAILS(runtime_rules_check_process(&process, &err), err, "args: must name a program");
	process.args = (struct text_list){ empty, 1 };
	CHECK_FAILS(runtime_rules_check_process(&process, &err), err, "args: must name a program");
}

TEST(rlimits_are_there_once_and_in_order)
{
	check_process("\"rlimits\": [{\"type\": \"RLIMIT_CORE\", \"soft\": 1, \"hard\": 1},"
		      "{\"type\": \"RLIMIT_NOFILE\", \"soft\": 9, \"hard\": 1},"
		      "{\"type\": \"RLIMIT_CORE\", \"soft\": 0, \"hard\": 18446744073709551615}]",
		      "process.rlimits[2].type: each type may be there only once\n"
		      "process.rlimits[1].soft: must not be more than hard");
}

TEST(a_scheduler_has_the_members_of_its_policy)
{
	check_process("\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"nice\": 5}", FINE);
	check_process("\"scheduler\": {\"policy\": \"SCHED_FIFO\", \"priority\": 99}", FINE);
	check_process(
		"\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1, \"deadline\": 2,"
		"\"period\": 3}",
		FINE);
	check_process("\"scheduler\": {\"policy\": \"SCHED_OTHER\", \"priority\": 5}",
		      "process.scheduler.priority: is only for SCHED_FIFO and SCHED_RR");
	check_process(
		"\"scheduler\": {\"policy\": \"SCHED_RR\"}",
		"process.scheduler.priority: must be between 1 and 99 for SCHED_FIFO and SCHED_RR");
	check_process(
		"\"scheduler\": {\"policy\": \"SCHED_BATCH\", \"runtime\": 1, \"deadline\": 2,"
		"\"period\": 3}",
		"process.scheduler.runtime: is only for SCHED_DEADLINE\n"
		"process.scheduler.deadline: is only for SCHED_DEADLINE\n"
		"process.scheduler.period: is only for SCHED_DEADLINE");
	check_process(
		"\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 3, \"deadline\": 2}",
		"process.scheduler: for SCHED_DEADLINE, runtime must fit in deadline, and deadline "
		"in period");
}

TEST(a_deadline_and_a_set_of_cpus_exclude_each_other)
{
	struct error err = { 0 };

	CHECK_FAILS(judge("\"scheduler\": {\"policy\": \"SCHED_DEADLINE\", \"runtime\": 1,"
			  "\"deadline\": 2}",
			  "", "\"resources\": {\"cpu\": {\"cpus\": \"0\"}}", &err),
		    err,
		    "process.scheduler.policy: SCHED_DEADLINE cannot be used with "
		    "linux.resources.cpu.cpus");
}

/* ---- mounts ---------------------------------------------------------------------------------- */

#define ONE_MAP "[{\"containerID\": 0, \"hostID\": 1000, \"size\": 10}]"

TEST(mapped_mounts_have_both_maps_and_are_binds)
{
	check_members("\"mounts\": [{\"destination\": \"/a\", \"options\": [\"rbind\"],"
		      "\"uidMappings\": " ONE_MAP ", \"gidMappings\": " ONE_MAP "},"
		      "{\"destination\": \"/b\", \"type\": \"bind\", \"uidMappings\": " ONE_MAP
		      ", \"gidMappings\": " ONE_MAP "}]",
		      "", FINE);
	check_members("\"mounts\": [{\"destination\": \"/a\", \"options\": [\"bind\"],"
		      "\"uidMappings\": " ONE_MAP "}]",
		      "", "mounts[0]: needs both uidMappings and gidMappings, or neither");
	check_members("\"mounts\": [{\"destination\": \"/a\"}, {\"destination\": \"/b\","
		      "\"type\": \"tmpfs\", \"uidMappings\": " ONE_MAP ", \"gidMappings\": " ONE_MAP
		      "}]",
		      "", "mounts[1]: ids can be mapped only where something is bound");
}

TEST(an_idmap_without_maps_takes_those_of_the_user_namespace)
{
	const char *mount =
		"\"mounts\": [{\"destination\": \"/a\", \"options\": [\"bind\", \"ridmap\"]}]";

	check_members(
		mount, "",
		"mounts[0]: needs uidMappings and gidMappings, or a user namespace to take them "
		"from");
	check_members(mount,
		      "\"namespaces\": [{\"type\": \"user\", \"path\": \"/proc/1/ns/user\"}]",
		      FINE);
}

/* ---- namespaces and maps --------------------------------------------------------------------- */

TEST(each_namespace_is_there_once)
{
	check_linux(
		"\"namespaces\": [{\"type\": \"pid\"}, {\"type\": \"ipc\"}, {\"type\": \"pid\"}]",
		"linux.namespaces[2].type: each type may be there only once");
}

TEST(maps_and_a_new_user_namespace_need_each_other)
{
	const char *joined = "{\"type\": \"user\", \"path\": \"/proc/1/ns/user\"}";
	scoped_arena arena = { 0 };

	check_linux("\"uidMappings\": " ONE_MAP ", \"gidMappings\": " ONE_MAP,
		    "linux.uidMappings: needs a user namespace\n"
		    "linux.gidMappings: needs a user namespace");
	check_linux("\"namespaces\": [{\"type\": \"user\"}], \"uidMappings\": " ONE_MAP,
		    "linux.gidMappings: is needed by a new user namespace");
	check_linux("\"namespaces\": [{\"type\": \"user\"}], \"uidMappings\": " ONE_MAP
		    ", \"gidMappings\": " ONE_MAP,
		    FINE);
	check_linux(arena_format(&arena, "\"namespaces\": [%s]", joined), FINE);
	check_linux(
		arena_format(&arena, "\"namespaces\": [%s], \"uidMappings\": %s", joined, ONE_MAP),
		FINE);
}

static void
check_maps(const char *maps, const char *wanted)
{
	scoped_arena arena = { 0 };

	check_linux(arena_format(&arena,
				 "\"namespaces\": [{\"type\": \"user\"}], \"gidMappings\": " ONE_MAP
				 ", \"uidMappings\": [%s]",
				 maps),
		    wanted);
}

TEST(maps_have_sizes_and_do_not_overlap)
{
	check_maps("{\"containerID\": 0, \"hostID\": 0, \"size\": 4294967295}", FINE);
	check_maps(
		"{\"containerID\": 0, \"hostID\": 5, \"size\": 0}",
		"linux.uidMappings[0].size: must be at least 1, and no id may be above 4294967294");
	check_maps(
		"{\"containerID\": 0, \"hostID\": 5, \"size\": 4294967295}",
		"linux.uidMappings[0].size: must be at least 1, and no id may be above 4294967294");
	check_maps("{\"containerID\": 0, \"hostID\": 100, \"size\": 10},"
		   "{\"containerID\": 10, \"hostID\": 110, \"size\": 10}",
		   FINE);
	check_maps("{\"containerID\": 0, \"hostID\": 100, \"size\": 10},"
		   "{\"containerID\": 9, \"hostID\": 200, \"size\": 1}",
		   "linux.uidMappings[1]: ids are mapped before already");
	check_maps("{\"containerID\": 0, \"hostID\": 100, \"size\": 10},"
		   "{\"containerID\": 20, \"hostID\": 95, \"size\": 6}",
		   "linux.uidMappings[1]: ids are mapped before already");
	check_members("\"mounts\": [{\"destination\": \"/a\", \"options\": [\"bind\"],"
		      "\"uidMappings\": [{\"containerID\": 0, \"hostID\": 0, \"size\": 0}],"
		      "\"gidMappings\": " ONE_MAP "}]",
		      "",
		      "mounts[0].uidMappings[0].size: must be at least 1, and no id may be above "
		      "4294967294");
}

TEST(maps_are_no_longer_than_the_kernel_takes)
{
	scoped_buffer maps = { 0 };

	for (unsigned i = 0; i < 341; i++)
		buffer_add_format(&maps, "%s{\"containerID\": %u, \"hostID\": %u, \"size\": 1}",
				  i > 0 ? "," : "", i, i);
	check_maps(buffer_text(&maps), "linux.uidMappings: may have at most 340 entries");
}

TEST(clocks_are_set_only_in_a_new_time_namespace)
{
	check_linux("\"timeOffsets\": {}", "linux.timeOffsets: needs a new time namespace");
	check_linux("\"timeOffsets\": {}, \"namespaces\": [{\"type\": \"time\", \"path\": \"/x\"}]",
		    "linux.timeOffsets: needs a new time namespace");
	check_linux("\"timeOffsets\": {}, \"namespaces\": [{\"type\": \"time\"}]", FINE);
}

TEST(paths_are_covered_only_in_a_mount_namespace)
{
	check_linux("\"maskedPaths\": [\"/proc/kcore\"], \"readonlyPaths\": [\"/proc/sys\"]",
		    "linux.maskedPaths: needs a mount namespace\n"
		    "linux.readonlyPaths: needs a mount namespace");
	check_linux("\"maskedPaths\": [\"/proc/kcore\"], \"namespaces\": [{\"type\": \"mount\"}]",
		    FINE);
}

/* ---- devices --------------------------------------------------------------------------------- */

TEST(devices_have_numbers_unless_they_are_fifos)
{
	check_linux("\"devices\": [{\"type\": \"p\", \"path\": \"/dev/p\"},"
		    "{\"type\": \"c\", \"path\": \"/dev/c\", \"major\": 1, \"minor\": 0}]",
		    FINE);
	check_linux("\"devices\": [{\"type\": \"b\", \"path\": \"/dev/b\", \"major\": 1},"
		    "{\"type\": \"u\", \"path\": \"/dev/u\", \"minor\": 1}]",
		    "linux.devices[0].minor: is needed unless it is a fifo\n"
		    "linux.devices[1].major: is needed unless it is a fifo");
}

TEST(network_devices_need_a_namespace_and_names_of_their_own)
{
	check_linux("\"netDevices\": {\"eth0\": {}}",
		    "linux.netDevices: needs a network namespace");
	check_linux("\"netDevices\": {\"eth0\": {\"name\": \"a\"}, \"eth1\": {\"name\": \"a\"}},"
		    "\"namespaces\": [{\"type\": \"network\"}]",
		    "linux.netDevices: \"a\": two devices cannot have one name in the container");
	check_linux(
		"\"netDevices\": {\"eth0\": {\"name\": \"eth1\"}, \"eth1\": {}},"
		"\"namespaces\": [{\"type\": \"network\"}]",
		"linux.netDevices: \"eth1\": two devices cannot have one name in the container");
	check_linux(
		"\"netDevices\": {\"eth0\": {\"name\": \"c%d\"}, \"eth1\": {\"name\": \"c%d\"}},"
		"\"namespaces\": [{\"type\": \"network\"}]",
		FINE);
}

/* ---- resources ------------------------------------------------------------------------------- */

TEST(swap_counts_memory_too)
{
	check_linux("\"resources\": {\"memory\": {\"limit\": 10, \"swap\": 10}}", FINE);
	check_linux("\"resources\": {\"memory\": {\"limit\": 10, \"swap\": -1}}", FINE);
	check_linux("\"resources\": {\"memory\": {\"swap\": -1}}", FINE);
	check_linux("\"resources\": {\"memory\": {\"limit\": -1, \"swap\": 0}}", FINE);
	check_linux("\"resources\": {\"memory\": {\"swap\": 5}}",
		    "linux.resources.memory.swap: counts memory too, so it needs memory.limit");
	check_linux("\"resources\": {\"memory\": {\"limit\": -1, \"swap\": 5}}",
		    "linux.resources.memory.swap: counts memory too, so it needs memory.limit");
}

TEST(resources_by_themselves_are_judged_with_their_own_paths)
{
	const int64_t limit = 10, swap = 5;
	const struct oci_memory memory = { .limit = &limit, .swap = &swap };
	const struct oci_resources resources = { .memory = &memory };
	struct error err = { 0 };

	CHECK_FAILS(runtime_rules_check_resources(&resources, &err), err,
		    "memory.swap: counts memory too, so it must not be less than memory.limit");
}

TEST(weights_have_their_range)
{
	check_linux("\"resources\": {\"blockIO\": {\"weight\": 0, \"leafWeight\": 1000, "
		    "\"weightDevice\": ["
		    "{\"major\": 8, \"minor\": 0, \"weight\": 10}]}}",
		    FINE);
	check_linux("\"resources\": {\"blockIO\": {\"weight\": 9, \"leafWeight\": 1001, "
		    "\"weightDevice\": ["
		    "{\"major\": 8, \"minor\": 0, \"weight\": 1}, {\"major\": 8, \"minor\": 0}]}}",
		    "linux.resources.blockIO.weight: must be between 10 and 1000, or 0\n"
		    "linux.resources.blockIO.leafWeight: must be between 10 and 1000, or 0\n"
		    "linux.resources.blockIO.weightDevice[0].weight: must be between 10 and 1000, "
		    "or 0\n"
		    "linux.resources.blockIO.weightDevice[1]: needs weight, leafWeight or both");
}

TEST(huge_pages_and_rdma_devices_say_something_once)
{
	check_linux("\"resources\": {\"hugepageLimits\": [{\"pageSize\": \"2MB\", \"limit\": 1},"
		    "{\"pageSize\": \"1GB\", \"limit\": 1}, {\"pageSize\": \"2MB\", \"limit\": 1}],"
		    "\"rdma\": {\"mlx5_1\": {}, \"mlx5_2\": {\"hcaObjects\": 0}}}",
		    "linux.resources.hugepageLimits[2].pageSize: each size may be there only once\n"
		    "linux.resources.rdma[\"mlx5_1\"]: needs hcaHandles, hcaObjects or both");
}

/* ---- seccomp --------------------------------------------------------------------------------- */

#define RULE(name, action) "{\"names\": [\"" name "\"], \"action\": \"SCMP_ACT_" action "\"}"

TEST(filters_do_not_lock_the_runtime_itself)
{
	check_linux(
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_NOTIFY\", \"listenerPath\": \"/s\"}",
		"linux.seccomp.defaultAction: must not be SCMP_ACT_NOTIFY");
	check_linux("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/s\","
		    "\"syscalls\": [" RULE("mkdir", "NOTIFY") "," RULE("write", "NOTIFY") "]}",
		    "linux.seccomp.syscalls[1].names[0]: must not be answered by SCMP_ACT_NOTIFY");
}

TEST(somebody_must_listen_to_notifications)
{
	check_linux("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [" RULE(
			    "mkdir", "NOTIFY") "]}",
		    "linux.seccomp.syscalls[0].action: SCMP_ACT_NOTIFY needs listenerPath");
	check_linux(
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerMetadata\": \"x\"}",
		"linux.seccomp.listenerMetadata: needs listenerPath");
	check_linux(
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/s\"}",
		FINE);
}

TEST(only_actions_that_return_an_errno_take_one)
{
	check_linux("\"seccomp\": {\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 38,"
		    "\"syscalls\": [{\"names\": [\"a\"], \"action\": \"SCMP_ACT_TRACE\", "
		    "\"errnoRet\": 1}]}",
		    FINE);
	check_linux(
		"\"seccomp\": {\"defaultAction\": \"SCMP_ACT_KILL\", \"defaultErrnoRet\": 38,"
		"\"syscalls\": [{\"names\": [], \"action\": \"SCMP_ACT_ALLOW\", \"errnoRet\": 1}]}",
		"linux.seccomp.defaultErrnoRet: is only for SCMP_ACT_ERRNO and SCMP_ACT_TRACE\n"
		"linux.seccomp.syscalls[0].errnoRet: is only for SCMP_ACT_ERRNO and "
		"SCMP_ACT_TRACE\n"
		"linux.seccomp.syscalls[0].names: must name a system call");
}

/* ---- the smaller matters --------------------------------------------------------------------- */

TEST(cgroups_path_does_not_lead_upwards)
{
	check_linux("\"cgroupsPath\": \"/a/..b/c..\"", FINE);
	check_linux("\"cgroupsPath\": \"system.slice:prefix:name\"", FINE);
	check_linux("\"cgroupsPath\": \"/a/../../b\"",
		    "linux.cgroupsPath: must not lead upwards by \"..\"");
	check_linux("\"cgroupsPath\": \"..\"",
		    "linux.cgroupsPath: must not lead upwards by \"..\"");
}

TEST(personalities_have_no_flags)
{
	check_linux("\"personality\": {\"domain\": \"LINUX32\", \"flags\": []}", FINE);
	check_linux("\"personality\": {\"domain\": \"LINUX32\", \"flags\": [\"X\"]}",
		    "linux.personality.flags: must be empty, none is defined");
}

TEST(a_class_of_service_is_a_name_and_schemata_are_lines)
{
	check_linux("\"intelRdt\": {\"closID\": \"/\", \"schemata\": [\"L3:0=f\"]}", FINE);
	check_linux("\"intelRdt\": {\"closID\": \"../x\", \"schemata\": [\"L3:0=f\\nMB:0=1\"]}",
		    "linux.intelRdt.closID: must be a name, or \"/\"\n"
		    "linux.intelRdt.schemata[0]: must be one line");
	check_linux("\"intelRdt\": {\"closID\": \"..\"}",
		    "linux.intelRdt.closID: must be a name, or \"/\"");
}

TEST(memory_policies_have_nodes_where_they_mean_something)
{
	check_linux("\"memoryPolicy\": {\"mode\": \"MPOL_BIND\", \"nodes\": \"0\"}", FINE);
	check_linux("\"memoryPolicy\": {\"mode\": \"MPOL_PREFERRED\"}", FINE);
	check_linux("\"memoryPolicy\": {\"mode\": \"MPOL_BIND\"}",
		    "linux.memoryPolicy.nodes: is needed by this mode");
	check_linux("\"memoryPolicy\": {\"mode\": \"MPOL_LOCAL\", \"nodes\": \"0\", \"flags\": "
		    "[\"MPOL_F_STATIC_NODES\", \"MPOL_F_RELATIVE_NODES\"]}",
		    "linux.memoryPolicy.nodes: must not be given for this mode\n"
		    "linux.memoryPolicy.flags: MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES "
		    "exclude each "
		    "other");
}
