/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.json of the runtime specification 1.3: the process, its root, mounts and hooks.
 *
 * Everything read lives in the arena given to schema_read. Absent is NULL, 0 or false; a list that
 * is there but empty has items and no count. Knows nothing about how any of it is done.
 */
#ifndef COOPERAGE_RUNTIME_CONFIG_H
#define COOPERAGE_RUNTIME_CONFIG_H

#include "libcommon/list.h"
#include "libcommon/word.h"
#include "oci-spec/runtime_linux.h"

struct schema;

/* What this reads and writes. Any version that begins with "1." is taken. */
#define OCI_VERSION     "1.3.0"
#define OCI_VERSION_MIN "1.0.0"

struct oci_box {
	uint64_t height, width;
};

struct oci_id_list {
	uint32_t *items;
	size_t count;
};

struct oci_user {
	uint32_t uid, gid;
	const uint32_t *umask;
	struct oci_id_list additional_gids;
};

/* Names as written, "CAP_CHOWN"; which of them exist is the kernel room's to know. */
struct oci_capabilities {
	struct text_list bounding, effective, inheritable, permitted, ambient;
};

enum oci_rlimit_type {
	OCI_RLIMIT_AS = 1,
	OCI_RLIMIT_CORE,
	OCI_RLIMIT_CPU,
	OCI_RLIMIT_DATA,
	OCI_RLIMIT_FSIZE,
	OCI_RLIMIT_LOCKS,
	OCI_RLIMIT_MEMLOCK,
	OCI_RLIMIT_MSGQUEUE,
	OCI_RLIMIT_NICE,
	OCI_RLIMIT_NOFILE,
	OCI_RLIMIT_NPROC,
	OCI_RLIMIT_RSS,
	OCI_RLIMIT_RTPRIO,
	OCI_RLIMIT_RTTIME,
	OCI_RLIMIT_SIGPENDING,
	OCI_RLIMIT_STACK,
};

struct oci_rlimit {
	enum oci_rlimit_type type;
	uint64_t soft, hard;
};

struct oci_rlimit_list {
	struct oci_rlimit *items;
	size_t count;
};

enum oci_scheduler_policy {
	OCI_SCHED_OTHER = 1,
	OCI_SCHED_FIFO,
	OCI_SCHED_RR,
	OCI_SCHED_BATCH,
	OCI_SCHED_ISO,
	OCI_SCHED_IDLE,
	OCI_SCHED_DEADLINE,
};

enum oci_scheduler_flag {
	OCI_SCHED_FLAG_RESET_ON_FORK = 1,
	OCI_SCHED_FLAG_RECLAIM,
	OCI_SCHED_FLAG_DL_OVERRUN,
	OCI_SCHED_FLAG_KEEP_POLICY,
	OCI_SCHED_FLAG_KEEP_PARAMS,
	OCI_SCHED_FLAG_UTIL_CLAMP_MIN,
	OCI_SCHED_FLAG_UTIL_CLAMP_MAX,
};

struct oci_scheduler {
	enum oci_scheduler_policy policy;
	int32_t nice, priority;
	list_of(enum oci_scheduler_flag) flags;
	uint64_t runtime, deadline, period;
};

enum oci_io_class {
	OCI_IO_CLASS_RT = 1,
	OCI_IO_CLASS_BE,
	OCI_IO_CLASS_IDLE,
};

struct oci_io_priority {
	enum oci_io_class class;
	int32_t priority;
};

/* Lists of CPUs as text, "0-3,7"; for `exec` only. */
struct oci_exec_cpu_affinity {
	const char *initial, *final;
};

struct oci_process {
	bool terminal;
	const struct oci_box *console_size;
	const struct oci_user *user;
	struct text_list args, env;
	const char *cwd;
	const struct oci_capabilities *capabilities;
	struct oci_rlimit_list rlimits;
	bool no_new_privileges;
	const char *apparmor_profile;
	const int32_t *oom_score_adj;
	const struct oci_scheduler *scheduler;
	const char *selinux_label;
	const struct oci_io_priority *io_priority;
	const struct oci_exec_cpu_affinity *exec_cpu_affinity;
};

struct oci_root {
	const char *path;
	bool readonly;
};

struct oci_mount {
	const char *destination, *type, *source;
	struct text_list options;
	struct oci_id_map_list uid_mappings, gid_mappings;
};

struct oci_mount_list {
	struct oci_mount *items;
	size_t count;
};

struct oci_hook {
	const char *path;
	struct text_list args, env;
	const int64_t *timeout; /* seconds */
};

struct oci_hook_list {
	struct oci_hook *items;
	size_t count;
};

struct oci_hooks {
	struct oci_hook_list prestart; /* deprecated, still written by many */
	struct oci_hook_list create_runtime, create_container, start_container, poststart, poststop;
};

struct oci_config {
	const char *oci_version;
	const struct oci_process *process;
	const struct oci_root *root;
	const char *hostname, *domainname;
	struct oci_mount_list mounts;
	const struct oci_hooks *hooks;
	struct pair_list annotations;
	const struct oci_linux *linux_; /* `linux` is a macro */
};

extern const struct schema oci_config_schema;
extern const struct schema oci_process_schema; /* a document of its own for `exec --process` */
extern const struct schema oci_mount_schema;

extern const struct word oci_rlimit_words[];
extern const struct word oci_scheduler_policy_words[];
extern const struct word oci_scheduler_flag_words[];
extern const struct word oci_io_class_words[];

#endif
