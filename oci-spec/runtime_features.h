/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `features` prints, and what cooper may read of another runtime.
 *
 * Everything read lives in the arena given to schema_read. Words stay text here: a newer runtime
 * may know words that this one does not.
 */
#ifndef COOPERAGE_RUNTIME_FEATURES_H
#define COOPERAGE_RUNTIME_FEATURES_H

#include "libcommon/list.h"

struct schema;

struct oci_features_enabled {
	const bool *enabled;
};

struct oci_features_cgroup {
	const bool *v1, *v2, *systemd, *systemd_user, *rdma;
};

struct oci_features_seccomp {
	const bool *enabled;
	struct text_list actions, operators, archs, known_flags, supported_flags;
};

struct oci_features_intel_rdt {
	const bool *enabled, *schemata, *monitoring;
};

struct oci_features_memory_policy {
	struct text_list modes, flags;
};

struct oci_features_mount_extensions {
	const struct oci_features_enabled *idmap;
};

struct oci_features_linux {
	struct text_list namespaces, capabilities;
	const struct oci_features_cgroup *cgroup;
	const struct oci_features_seccomp *seccomp;
	const struct oci_features_enabled *apparmor, *selinux;
	const struct oci_features_intel_rdt *intel_rdt;
	const struct oci_features_memory_policy *memory_policy;
	const struct oci_features_mount_extensions *mount_extensions;
	const struct oci_features_enabled *net_devices;
};

struct oci_features {
	const char *oci_version_min, *oci_version_max;
	struct text_list hooks, mount_options;
	const struct oci_features_linux *linux_;
	struct pair_list annotations;
	struct text_list potentially_unsafe_config_annotations;
};

extern const struct schema oci_features_schema;

#endif
