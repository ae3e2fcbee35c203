/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_resources.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

const struct word oci_device_words[] = {
	{ "c", OCI_DEVICE_CHAR },
	{ "b", OCI_DEVICE_BLOCK },
	{ "u", OCI_DEVICE_UNBUFFERED },
	{ "p", OCI_DEVICE_FIFO },
	{ NULL, 0 },
};

const struct word oci_device_rule_words[] = {
	{ "a", OCI_DEVICE_ALL },
	{ "c", OCI_DEVICE_CHAR },
	{ "b", OCI_DEVICE_BLOCK },
	{ NULL, 0 },
};

#define SELF struct oci_device_rule
static const struct field device_rule_rows[] = {
	VALUE(allow,  "allow",  .required = true, .help = "allow or deny"),
	WORD(type,    "type",   oci_device_rule_words, .help = "all, char, or block; all if absent"),
	VALUE(major,  "major",  .min = -1, .max = UINT32_MAX, .help = "any if absent or -1"),
	VALUE(minor,  "minor",  .min = -1, .max = UINT32_MAX, .help = "any if absent or -1"),
	VALUE(access, "access", .check = checks_access, .help = "read, write, mknod; all if absent"),
};
SCHEMA(oci_device_rule, device_rule_rows);
#undef SELF

#define SELF struct oci_memory
static const struct field memory_rows[] = {
	VALUE(limit,               "limit",       .min = -1, .help = "bytes; -1 is unlimited"),
	VALUE(reservation,         "reservation", .min = -1, .help = "bytes that are spared when memory is short"),
	VALUE(swap,                "swap",        .min = -1, .help = "bytes of memory and swap together; -1 is unlimited"),
	VALUE(kernel,              "kernel",      .min = -1, .help = "bytes of kernel memory", .deprecated = "the kernel counts it in limit"),
	VALUE(kernel_tcp,          "kernelTCP",   .min = -1, .help = "bytes of TCP buffers", .deprecated = "the kernel counts it in limit"),
	VALUE(swappiness,          "swappiness",  .max = 100, .help = "cgroup v1: how readily it is swapped"),
	VALUE(disable_oom_killer,  "disableOOMKiller",  .help = "cgroup v1: stop instead of being killed"),
	VALUE(use_hierarchy,       "useHierarchy",      .help = "cgroup v1: count children too", .deprecated = "it always is so now"),
	VALUE(check_before_update, "checkBeforeUpdate", .help = "refuse a new limit that is below what is in use"),
};
SCHEMA(oci_memory, memory_rows);
#undef SELF

#define SELF struct oci_cpu
static const struct field cpu_rows[] = {
	VALUE(shares,           "shares",          .help = "its part when all want to run; 1024 is normal"),
	VALUE(quota,            "quota",           .min = -1, .help = "microseconds it may run in each period; -1 is unlimited"),
	VALUE(burst,            "burst",           .help = "microseconds it may save up and exceed the quota by"),
	VALUE(period,           "period",          .help = "microseconds; 100000 if absent"),
	VALUE(realtime_runtime, "realtimeRuntime", .min = -1, .help = "cgroup v1: microseconds of real time in each period"),
	VALUE(realtime_period,  "realtimePeriod",  .help = "cgroup v1: microseconds"),
	VALUE(cpus,             "cpus",            .help = "CPUs it may run on, \"0-3,7\""),
	VALUE(mems,             "mems",            .help = "memory nodes it may use, \"0-1\""),
	VALUE(idle,             "idle",            .max = 1, .help = "1: run only when nobody else wants to"),
};
SCHEMA(oci_cpu, cpu_rows);
#undef SELF

#define SELF struct oci_pids
static const struct field pids_rows[] = {
	VALUE(limit, "limit", .min = -1, .help = "most processes and threads; -1 is unlimited"),
};
SCHEMA(oci_pids, pids_rows);
#undef SELF

/* ---- block devices ---------------------------------------------------------------------------- */

#define DEVICE_NUMBERS \
	VALUE(major, "major", .required = true, .max = UINT32_MAX, .help = "of the device"), \
	VALUE(minor, "minor", .required = true, .max = UINT32_MAX, .help = "of the device")

#define SELF struct oci_weight_device
static const struct field weight_device_rows[] = {
	DEVICE_NUMBERS,
	VALUE(weight,      "weight",     .help = "10 to 1000; 0 is as for other devices"),
	VALUE(leaf_weight, "leafWeight", .help = "cgroup v1: 10 to 1000, against its own children"),
};
SCHEMA(oci_weight_device, weight_device_rows);
#undef SELF

#define SELF struct oci_throttle_device
static const struct field throttle_device_rows[] = {
	DEVICE_NUMBERS,
	VALUE(rate, "rate", .always = true, .help = "a second; 0 is unlimited"),
};
SCHEMA(oci_throttle_device, throttle_device_rows);
#undef SELF

#define SELF struct oci_block_io
static const struct field block_io_rows[] = {
	VALUE(weight,                        "weight",                  .help = "its part of the devices, 10 to 1000"),
	VALUE(leaf_weight,                   "leafWeight",              .help = "cgroup v1: 10 to 1000, against its own children"),
	OBJECTS(weight_device,               "weightDevice",            oci_weight_device, .help = "the weight for one device"),
	OBJECTS(throttle_read_bps_device,    "throttleReadBpsDevice",   oci_throttle_device, .help = "bytes read"),
	OBJECTS(throttle_write_bps_device,   "throttleWriteBpsDevice",  oci_throttle_device, .help = "bytes written"),
	OBJECTS(throttle_read_iops_device,   "throttleReadIOPSDevice",  oci_throttle_device, .help = "reads"),
	OBJECTS(throttle_write_iops_device,  "throttleWriteIOPSDevice", oci_throttle_device, .help = "writes"),
};
SCHEMA(oci_block_io, block_io_rows);
#undef SELF

/* ---- the rest --------------------------------------------------------------------------------- */

#define SELF struct oci_hugepage_limit
static const struct field hugepage_limit_rows[] = {
	VALUE(page_size, "pageSize", .required = true, .check = checks_page_size, .help = "\"64KB\", \"2MB\", \"1GB\""),
	VALUE(limit,     "limit",    .required = true, .help = "bytes in pages of that size"),
};
SCHEMA(oci_hugepage_limit, hugepage_limit_rows);
#undef SELF

#define SELF struct oci_interface_priority
static const struct field interface_priority_rows[] = {
	VALUE(name,     "name",     .required = true, .check = checks_interface, .help = "of the interface, in the runtime's network namespace"),
	VALUE(priority, "priority", .required = true, .help = "of what it sends there"),
};
SCHEMA(oci_interface_priority, interface_priority_rows);
#undef SELF

#define SELF struct oci_network
static const struct field network_rows[] = {
	VALUE(class_id,     "classID",    .help = "cgroup v1: marks its packets for traffic control"),
	OBJECTS(priorities, "priorities", oci_interface_priority, .help = "cgroup v1: priorities by interface"),
};
SCHEMA(oci_network, network_rows);
#undef SELF

#define SELF struct oci_rdma
static const struct field rdma_rows[] = {
	VALUE(hca_handles, "hcaHandles", .help = "most handles of the device"),
	VALUE(hca_objects, "hcaObjects", .help = "most objects of the device"),
};
SCHEMA_KEYED(oci_rdma, rdma_rows);
#undef SELF

#define SELF struct oci_resources
static const struct field resources_rows[] = {
	OBJECTS(devices,         "devices",        oci_device_rule, .help = "which devices may be used; later rules win"),
	OBJECT(memory,           "memory",         oci_memory, .help = "memory and swap"),
	OBJECT(cpu,              "cpu",            oci_cpu, .help = "processor time and places"),
	OBJECT(pids,             "pids",           oci_pids, .help = "how many processes"),
	OBJECT(block_io,         "blockIO",        oci_block_io, .help = "block devices"),
	OBJECTS(hugepage_limits, "hugepageLimits", oci_hugepage_limit, .help = "huge pages by size"),
	OBJECT(network,          "network",        oci_network, .help = "marks on packets"),
	OBJECT_MAP(rdma,         "rdma",           oci_rdma, .help = "RDMA devices, by name"),
	MAP(unified,             "unified",        .check = checks_file_name, .help = "cgroup v2: files and what to write to them, after all else"),
};
SCHEMA(oci_resources, resources_rows);
#undef SELF
