/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The "linux" section of config.json: namespaces, id maps, devices, masks and the smaller matters.
 *
 * Everything read lives in the arena given to schema_read. Knows no kernel constant: words are
 * enums of our own, and the kernel rooms translate them.
 */
#ifndef COOPERAGE_RUNTIME_LINUX_H
#define COOPERAGE_RUNTIME_LINUX_H

#include "libcommon/list.h"
#include "libcommon/word.h"
#include "oci-spec/runtime_resources.h"
#include "oci-spec/runtime_seccomp.h"

struct schema;

enum oci_namespace_type {
	OCI_NAMESPACE_PID = 1,
	OCI_NAMESPACE_NETWORK,
	OCI_NAMESPACE_MOUNT,
	OCI_NAMESPACE_IPC,
	OCI_NAMESPACE_UTS,
	OCI_NAMESPACE_USER,
	OCI_NAMESPACE_CGROUP,
	OCI_NAMESPACE_TIME,
};
#define OCI_NAMESPACE_TYPES 8 /* how many there are; types count from 1 */

struct oci_namespace {
	enum oci_namespace_type type;
	const char *path; /* join this one; NULL makes a new one */
};

struct oci_namespace_list {
	struct oci_namespace *items;
	size_t count;
};

struct oci_id_map {
	uint32_t container_id, host_id, size;
};

struct oci_id_map_list {
	struct oci_id_map *items;
	size_t count;
};

/* As newuidmap takes it: three arguments for each line. */
struct text_list runtime_linux_id_numbers(const struct oci_id_map_list *map, struct arena *arena);

struct oci_time_offset {
	int64_t secs;
	uint32_t nanosecs;
};

struct oci_time_offsets {
	const struct oci_time_offset *monotonic, *boottime;
};

struct oci_device {
	enum oci_device_type type;
	const char *path;
	const int64_t *major, *minor;
	const uint32_t *file_mode, *uid, *gid;
};

struct oci_device_list {
	struct oci_device *items;
	size_t count;
};

struct oci_net_device {
	const char *key;  /* what it is called on the host */
	const char *name; /* what the container shall call it; NULL keeps the name */
};

struct oci_net_device_list {
	struct oci_net_device *items;
	size_t count;
};

enum oci_propagation {
	OCI_PROPAGATION_PRIVATE = 1,
	OCI_PROPAGATION_RPRIVATE,
	OCI_PROPAGATION_SLAVE,
	OCI_PROPAGATION_RSLAVE,
	OCI_PROPAGATION_SHARED,
	OCI_PROPAGATION_RSHARED,
	OCI_PROPAGATION_UNBINDABLE,
	OCI_PROPAGATION_RUNBINDABLE,
};

struct oci_intel_rdt {
	const char *clos_id;
	struct text_list schemata;
	const char *l3_cache_schema, *mem_bw_schema;
	bool enable_monitoring;
};

enum oci_memory_policy_mode {
	OCI_MPOL_DEFAULT = 1,
	OCI_MPOL_BIND,
	OCI_MPOL_INTERLEAVE,
	OCI_MPOL_WEIGHTED_INTERLEAVE,
	OCI_MPOL_PREFERRED,
	OCI_MPOL_PREFERRED_MANY,
	OCI_MPOL_LOCAL,
};

enum oci_memory_policy_flag {
	OCI_MPOL_F_NUMA_BALANCING = 1,
	OCI_MPOL_F_RELATIVE_NODES,
	OCI_MPOL_F_STATIC_NODES,
};

struct oci_memory_policy {
	enum oci_memory_policy_mode mode;
	const char *nodes; /* "0-3,7" */
	list_of(enum oci_memory_policy_flag) flags;
};

enum oci_personality_domain {
	OCI_PERSONALITY_LINUX = 1,
	OCI_PERSONALITY_LINUX32,
};

struct oci_personality {
	enum oci_personality_domain domain;
	struct text_list flags; /* none is defined: must be empty */
};

struct oci_linux {
	struct oci_namespace_list namespaces;
	struct oci_id_map_list uid_mappings, gid_mappings;
	const struct oci_time_offsets *time_offsets;
	struct oci_device_list devices;
	struct oci_net_device_list net_devices;
	const char *cgroups_path;
	const struct oci_resources *resources;
	const struct oci_intel_rdt *intel_rdt;
	const struct oci_memory_policy *memory_policy;
	struct pair_list sysctl;
	const struct oci_seccomp *seccomp;
	enum oci_propagation rootfs_propagation;
	struct text_list masked_paths, readonly_paths;
	const char *mount_label;
	const struct oci_personality *personality;
};

extern const struct schema oci_linux_schema;
extern const struct schema oci_id_map_schema;

extern const struct word oci_namespace_words[];
extern const struct word oci_propagation_words[];
extern const struct word oci_memory_policy_mode_words[];
extern const struct word oci_memory_policy_flag_words[];
extern const struct word oci_personality_words[];

#endif
