/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_features.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

#define SELF struct oci_features_enabled
static const struct field enabled_rows[] = {
	VALUE(enabled, "enabled", .help = "was it built in"),
};
SCHEMA(oci_features_enabled, enabled_rows);
#undef SELF

#define SELF struct oci_features_cgroup
static const struct field cgroup_rows[] = {
	VALUE(v1,           "v1",          .help = "cgroup v1"),
	VALUE(v2,           "v2",          .help = "cgroup v2"),
	VALUE(systemd,      "systemd",     .help = "systemd's manager for the system"),
	VALUE(systemd_user, "systemdUser", .help = "systemd's manager for a user"),
	VALUE(rdma,         "rdma",        .help = "limits on RDMA devices"),
};
SCHEMA(oci_features_cgroup, cgroup_rows);
#undef SELF

#define SELF struct oci_features_seccomp
static const struct field seccomp_rows[] = {
	VALUE(enabled,          "enabled",        .help = "was it built in"),
	VALUES(actions,         "actions",        .help = "known actions"),
	VALUES(operators,       "operators",      .help = "known comparisons"),
	VALUES(archs,           "archs",          .help = "known architectures"),
	VALUES(known_flags,     "knownFlags",     .help = "flags that may be written"),
	VALUES(supported_flags, "supportedFlags", .help = "flags that this kernel has"),
};
SCHEMA(oci_features_seccomp, seccomp_rows);
#undef SELF

#define SELF struct oci_features_intel_rdt
static const struct field intel_rdt_rows[] = {
	VALUE(enabled,    "enabled",    .help = "was it built in"),
	VALUE(schemata,   "schemata",   .help = "is linux.intelRdt.schemata known"),
	VALUE(monitoring, "monitoring", .help = "is linux.intelRdt.enableMonitoring known"),
};
SCHEMA(oci_features_intel_rdt, intel_rdt_rows);
#undef SELF

#define SELF struct oci_features_memory_policy
static const struct field memory_policy_rows[] = {
	VALUES(modes, "modes", .help = "known modes"),
	VALUES(flags, "flags", .help = "known flags"),
};
SCHEMA(oci_features_memory_policy, memory_policy_rows);
#undef SELF

#define SELF struct oci_features_mount_extensions
static const struct field mount_extensions_rows[] = {
	OBJECT(idmap, "idmap", oci_features_enabled, .help = "mounts whose ids are mapped"),
};
SCHEMA(oci_features_mount_extensions, mount_extensions_rows);
#undef SELF

#define SELF struct oci_features_linux
static const struct field linux_rows[] = {
	VALUES(namespaces,       "namespaces",      .help = "known namespaces"),
	VALUES(capabilities,     "capabilities",    .help = "known capabilities"),
	OBJECT(cgroup,           "cgroup",          oci_features_cgroup, .help = "ways to manage cgroups"),
	OBJECT(seccomp,          "seccomp",         oci_features_seccomp, .help = "filters of system calls"),
	OBJECT(apparmor,         "apparmor",        oci_features_enabled, .help = "AppArmor profiles"),
	OBJECT(selinux,          "selinux",         oci_features_enabled, .help = "SELinux labels"),
	OBJECT(intel_rdt,        "intelRdt",        oci_features_intel_rdt, .help = "resctrl"),
	OBJECT(memory_policy,    "memoryPolicy",    oci_features_memory_policy, .help = "memory policies"),
	OBJECT(mount_extensions, "mountExtensions", oci_features_mount_extensions, .help = "kinds of mounts"),
	OBJECT(net_devices,      "netDevices",      oci_features_enabled, .help = "moving network devices"),
};
SCHEMA(oci_features_linux, linux_rows);
#undef SELF

#define SELF struct oci_features
static const struct field features_rows[] = {
	VALUE(oci_version_min, "ociVersionMin", .required = true, .check = checks_version, .help = "the oldest specification that is read"),
	VALUE(oci_version_max, "ociVersionMax", .required = true, .check = checks_version, .help = "the newest specification that is read"),
	VALUES(hooks,          "hooks",         .help = "known hooks"),
	VALUES(mount_options,  "mountOptions",  .help = "known mount options"),
	OBJECT(linux_,         "linux",         oci_features_linux, .help = "what only Linux has"),
	MAP(annotations,       "annotations",   .help = "anything else of the runtime"),
	VALUES(potentially_unsafe_config_annotations, "potentiallyUnsafeConfigAnnotations",
		.help = "annotations, or beginnings of them up to a dot, that change what the runtime does"),
};
SCHEMA(oci_features, features_rows);
#undef SELF
