/* SPDX-License-Identifier: Apache-2.0 */
/*
 * linux.resources: what a container's cgroup may use. Also the document that `update` reads.
 *
 * Everything read lives in the arena given to schema_read. Every limit is a pointer, since `update`
 * must tell "leave it" from "zero". Knows nothing about cgroup versions and files.
 */
#ifndef COOPERAGE_RUNTIME_RESOURCES_H
#define COOPERAGE_RUNTIME_RESOURCES_H

#include "libcommon/list.h"
#include "libcommon/word.h"

struct schema;

enum oci_device_type {
	OCI_DEVICE_CHAR = 1,
	OCI_DEVICE_BLOCK,
	OCI_DEVICE_UNBUFFERED, /* "u": a char device by another name */
	OCI_DEVICE_FIFO,
	OCI_DEVICE_ALL, /* "a", only in rules */
};

struct oci_device_rule {
	bool allow;
	enum oci_device_type type;    /* absent means all */
	const int64_t *major, *minor; /* NULL or -1: any */
	const char *access;           /* of "rwm"; NULL means all */
};

struct oci_device_rule_list {
	struct oci_device_rule *items;
	size_t count;
};

struct oci_memory {
	const int64_t *limit, *reservation, *swap, *kernel, *kernel_tcp;
	const uint64_t *swappiness;
	const bool *disable_oom_killer, *use_hierarchy, *check_before_update;
};

struct oci_cpu {
	const uint64_t *shares;
	const int64_t *quota;
	const uint64_t *burst, *period;
	const int64_t *realtime_runtime;
	const uint64_t *realtime_period;
	const char *cpus, *mems;
	const int64_t *idle;
};

struct oci_pids {
	const int64_t *limit;
};

struct oci_weight_device {
	int64_t major, minor;
	const uint16_t *weight, *leaf_weight;
};

struct oci_weight_device_list {
	struct oci_weight_device *items;
	size_t count;
};

struct oci_throttle_device {
	int64_t major, minor;
	uint64_t rate;
};

struct oci_throttle_device_list {
	struct oci_throttle_device *items;
	size_t count;
};

struct oci_block_io {
	const uint16_t *weight, *leaf_weight;
	struct oci_weight_device_list weight_device;
	struct oci_throttle_device_list throttle_read_bps_device, throttle_write_bps_device;
	struct oci_throttle_device_list throttle_read_iops_device, throttle_write_iops_device;
};

struct oci_hugepage_limit {
	const char *page_size; /* "2MB" */
	uint64_t limit;
};

struct oci_hugepage_limit_list {
	struct oci_hugepage_limit *items;
	size_t count;
};

struct oci_interface_priority {
	const char *name;
	uint32_t priority;
};

struct oci_network {
	const uint32_t *class_id;
	list_of(struct oci_interface_priority) priorities;
};

struct oci_rdma {
	const char *key; /* the device, "mlx5_1" */
	const uint32_t *hca_handles, *hca_objects;
};

struct oci_rdma_list {
	struct oci_rdma *items;
	size_t count;
};

struct oci_resources {
	struct oci_device_rule_list devices;
	const struct oci_memory *memory;
	const struct oci_cpu *cpu;
	const struct oci_pids *pids;
	const struct oci_block_io *block_io;
	struct oci_hugepage_limit_list hugepage_limits;
	const struct oci_network *network;
	struct oci_rdma_list rdma;
	struct pair_list unified; /* file in a v2 cgroup → what to write */
};

extern const struct schema oci_resources_schema; /* a document of its own for `update` */

extern const struct word oci_device_words[];      /* what can be made */
extern const struct word oci_device_rule_words[]; /* what can be allowed */

#endif
