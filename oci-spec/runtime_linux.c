/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_linux.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

const struct word oci_namespace_words[] = {
	{ "pid",     OCI_NAMESPACE_PID },
	{ "network", OCI_NAMESPACE_NETWORK },
	{ "mount",   OCI_NAMESPACE_MOUNT },
	{ "ipc",     OCI_NAMESPACE_IPC },
	{ "uts",     OCI_NAMESPACE_UTS },
	{ "user",    OCI_NAMESPACE_USER },
	{ "cgroup",  OCI_NAMESPACE_CGROUP },
	{ "time",    OCI_NAMESPACE_TIME },
	{ NULL, 0 },
};

/* The forms with "r" are not in the specification; every runtime takes them. */
const struct word oci_propagation_words[] = {
	{ "private",     OCI_PROPAGATION_PRIVATE },
	{ "rprivate",    OCI_PROPAGATION_RPRIVATE },
	{ "slave",       OCI_PROPAGATION_SLAVE },
	{ "rslave",      OCI_PROPAGATION_RSLAVE },
	{ "shared",      OCI_PROPAGATION_SHARED },
	{ "rshared",     OCI_PROPAGATION_RSHARED },
	{ "unbindable",  OCI_PROPAGATION_UNBINDABLE },
	{ "runbindable", OCI_PROPAGATION_RUNBINDABLE },
	{ NULL, 0 },
};

const struct word oci_memory_policy_mode_words[] = {
	{ "MPOL_DEFAULT",             OCI_MPOL_DEFAULT },
	{ "MPOL_BIND",                OCI_MPOL_BIND },
	{ "MPOL_INTERLEAVE",          OCI_MPOL_INTERLEAVE },
	{ "MPOL_WEIGHTED_INTERLEAVE", OCI_MPOL_WEIGHTED_INTERLEAVE },
	{ "MPOL_PREFERRED",           OCI_MPOL_PREFERRED },
	{ "MPOL_PREFERRED_MANY",      OCI_MPOL_PREFERRED_MANY },
	{ "MPOL_LOCAL",               OCI_MPOL_LOCAL },
	{ NULL, 0 },
};

const struct word oci_memory_policy_flag_words[] = {
	{ "MPOL_F_NUMA_BALANCING", OCI_MPOL_F_NUMA_BALANCING },
	{ "MPOL_F_RELATIVE_NODES", OCI_MPOL_F_RELATIVE_NODES },
	{ "MPOL_F_STATIC_NODES",   OCI_MPOL_F_STATIC_NODES },
	{ NULL, 0 },
};

const struct word oci_personality_words[] = {
	{ "LINUX",   OCI_PERSONALITY_LINUX },
	{ "LINUX32", OCI_PERSONALITY_LINUX32 },
	{ NULL, 0 },
};

/* ---- namespaces and what belongs to them ------------------------------------------------------ */

#define SELF struct oci_namespace
static const struct field namespace_rows[] = {
	WORD(type,  "type", oci_namespace_words, .required = true, .help = "which kind"),
	VALUE(path, "path", .check = checks_absolute, .help = "join this one instead of making one"),
};
SCHEMA(oci_namespace, namespace_rows);
#undef SELF

#define SELF struct oci_id_map
static const struct field id_map_rows[] = {
	VALUE(container_id, "containerID", .required = true, .help = "the first id inside"),
	VALUE(host_id,      "hostID",      .required = true, .help = "what it is outside"),
	VALUE(size,         "size",        .required = true, .help = "how many ids, from there on"),
};
SCHEMA(oci_id_map, id_map_rows);
#undef SELF

#define SELF struct oci_time_offset
static const struct field time_offset_rows[] = {
	VALUE(secs,     "secs",     .always = true, .help = "seconds that the clock is ahead"),
	VALUE(nanosecs, "nanosecs", .always = true, .max = 999999999, .help = "nanoseconds on top"),
};
SCHEMA(oci_time_offset, time_offset_rows);
#undef SELF

#define SELF struct oci_time_offsets
static const struct field time_offsets_rows[] = {
	OBJECT(monotonic, "monotonic", oci_time_offset, .help = "of CLOCK_MONOTONIC"),
	OBJECT(boottime,  "boottime",  oci_time_offset, .help = "of CLOCK_BOOTTIME"),
};
SCHEMA(oci_time_offsets, time_offsets_rows);
#undef SELF

/* ---- devices ---------------------------------------------------------------------------------- */

#define SELF struct oci_device
static const struct field device_rows[] = {
	WORD(type,       "type",     oci_device_words, .required = true, .help = "char, block, unbuffered char, or fifo"),
	VALUE(path,      "path",     .required = true, .check = checks_absolute, .help = "where in the container"),
	VALUE(major,     "major",    .max = UINT32_MAX, .help = "required unless it is a fifo"),
	VALUE(minor,     "minor",    .max = UINT32_MAX, .help = "required unless it is a fifo"),
	VALUE(file_mode, "fileMode", .help = "in decimal; 438 (0666) if absent"),
	VALUE(uid,       "uid",      .help = "its owner in the container"),
	VALUE(gid,       "gid",      .help = "its group in the container"),
};
SCHEMA(oci_device, device_rows);
#undef SELF

#define SELF struct oci_net_device
static const struct field net_device_rows[] = {
	VALUE(name, "name", .check = checks_interface, .help = "its name in the container; the same if absent"),
};
SCHEMA_KEYED(oci_net_device, net_device_rows);
#undef SELF

/* ---- the smaller matters ---------------------------------------------------------------------- */

#define SELF struct oci_intel_rdt
static const struct field intel_rdt_rows[] = {
	VALUE(clos_id,           "closID",           .help = "class of service: a directory in resctrl; the container's id if absent"),
	VALUES(schemata,         "schemata",         .help = "lines for its schemata file"),
	VALUE(l3_cache_schema,   "l3CacheSchema",    .help = "\"L3:…\" lines for its schemata file"),
	VALUE(mem_bw_schema,     "memBwSchema",      .check = checks_bandwidth, .help = "an \"MB:…\" line for its schemata file"),
	VALUE(enable_monitoring, "enableMonitoring", .help = "give it a monitoring group of its own"),
};
SCHEMA(oci_intel_rdt, intel_rdt_rows);
#undef SELF

#define SELF struct oci_memory_policy
static const struct field memory_policy_rows[] = {
	WORD(mode,   "mode",  oci_memory_policy_mode_words, .required = true, .help = "see set_mempolicy(2)"),
	VALUE(nodes, "nodes", .check = checks_cpu_list, .help = "memory nodes, \"0-3,7\""),
	WORDS(flags, "flags", oci_memory_policy_flag_words, .help = "see set_mempolicy(2)"),
};
SCHEMA(oci_memory_policy, memory_policy_rows);
#undef SELF

#define SELF struct oci_personality
static const struct field personality_rows[] = {
	WORD(domain,  "domain", oci_personality_words, .required = true, .help = "what uname(2) claims"),
	VALUES(flags, "flags",  .help = "none is defined: must be empty"),
};
SCHEMA(oci_personality, personality_rows);
#undef SELF

/* ---- the section ------------------------------------------------------------------------------ */

#define SELF struct oci_linux
static const struct field linux_rows[] = {
	OBJECTS(namespaces,      "namespaces",        oci_namespace, .help = "made or joined, each type once; others are shared with the host"),
	OBJECTS(uid_mappings,    "uidMappings",       oci_id_map, .help = "user ids; needs a user namespace"),
	OBJECTS(gid_mappings,    "gidMappings",       oci_id_map, .help = "group ids; needs a user namespace"),
	OBJECT(time_offsets,     "timeOffsets",       oci_time_offsets, .help = "clocks; needs a new time namespace"),
	OBJECTS(devices,         "devices",           oci_device, .help = "made in /dev beside those that always are"),
	OBJECT_MAP(net_devices,  "netDevices",        oci_net_device, .help = "network devices to move in, by their name on the host"),
	VALUE(cgroups_path,      "cgroupsPath",       .help = "its cgroup; \"slice:prefix:name\" for systemd"),
	OBJECT(resources,        "resources",         oci_resources, .help = "what its cgroup may use"),
	OBJECT(intel_rdt,        "intelRdt",          oci_intel_rdt, .help = "cache and memory bandwidth by resctrl"),
	OBJECT(memory_policy,    "memoryPolicy",      oci_memory_policy, .help = "on which nodes its memory is"),
	MAP(sysctl,              "sysctl",            .check = checks_named, .help = "kernel settings of its namespaces"),
	OBJECT(seccomp,          "seccomp",           oci_seccomp, .help = "filter of system calls"),
	WORD(rootfs_propagation, "rootfsPropagation", oci_propagation_words, .help = "how mounts spread from and to its root"),
	VALUES(masked_paths,     "maskedPaths",       .check = checks_absolute, .help = "cannot be read"),
	VALUES(readonly_paths,   "readonlyPaths",     .check = checks_absolute, .help = "cannot be written"),
	VALUE(mount_label,       "mountLabel",        .help = "SELinux context of its mounts"),
	OBJECT(personality,      "personality",       oci_personality, .help = "execution domain by personality(2)"),
};
SCHEMA(oci_linux, linux_rows);
#undef SELF

struct text_list
runtime_linux_id_numbers(const struct oci_id_map_list *map, struct arena *arena)
{
	struct text_list numbers = { 0 };

	FOR_EACH(line, map) {
		list_add(&numbers, arena, arena_format(arena, "%u", line->container_id));
		list_add(&numbers, arena, arena_format(arena, "%u", line->host_id));
		list_add(&numbers, arena, arena_format(arena, "%u", line->size));
	}
	return numbers;
}
