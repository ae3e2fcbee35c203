/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_config.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

const struct word oci_rlimit_words[] = {
	{ "RLIMIT_AS",         OCI_RLIMIT_AS },
	{ "RLIMIT_CORE",       OCI_RLIMIT_CORE },
	{ "RLIMIT_CPU",        OCI_RLIMIT_CPU },
	{ "RLIMIT_DATA",       OCI_RLIMIT_DATA },
	{ "RLIMIT_FSIZE",      OCI_RLIMIT_FSIZE },
	{ "RLIMIT_LOCKS",      OCI_RLIMIT_LOCKS },
	{ "RLIMIT_MEMLOCK",    OCI_RLIMIT_MEMLOCK },
	{ "RLIMIT_MSGQUEUE",   OCI_RLIMIT_MSGQUEUE },
	{ "RLIMIT_NICE",       OCI_RLIMIT_NICE },
	{ "RLIMIT_NOFILE",     OCI_RLIMIT_NOFILE },
	{ "RLIMIT_NPROC",      OCI_RLIMIT_NPROC },
	{ "RLIMIT_RSS",        OCI_RLIMIT_RSS },
	{ "RLIMIT_RTPRIO",     OCI_RLIMIT_RTPRIO },
	{ "RLIMIT_RTTIME",     OCI_RLIMIT_RTTIME },
	{ "RLIMIT_SIGPENDING", OCI_RLIMIT_SIGPENDING },
	{ "RLIMIT_STACK",      OCI_RLIMIT_STACK },
	{ NULL, 0 },
};

const struct word oci_scheduler_policy_words[] = {
	{ "SCHED_OTHER",    OCI_SCHED_OTHER },
	{ "SCHED_FIFO",     OCI_SCHED_FIFO },
	{ "SCHED_RR",       OCI_SCHED_RR },
	{ "SCHED_BATCH",    OCI_SCHED_BATCH },
	{ "SCHED_ISO",      OCI_SCHED_ISO },
	{ "SCHED_IDLE",     OCI_SCHED_IDLE },
	{ "SCHED_DEADLINE", OCI_SCHED_DEADLINE },
	{ NULL, 0 },
};

const struct word oci_scheduler_flag_words[] = {
	{ "SCHED_FLAG_RESET_ON_FORK",  OCI_SCHED_FLAG_RESET_ON_FORK },
	{ "SCHED_FLAG_RECLAIM",        OCI_SCHED_FLAG_RECLAIM },
	{ "SCHED_FLAG_DL_OVERRUN",     OCI_SCHED_FLAG_DL_OVERRUN },
	{ "SCHED_FLAG_KEEP_POLICY",    OCI_SCHED_FLAG_KEEP_POLICY },
	{ "SCHED_FLAG_KEEP_PARAMS",    OCI_SCHED_FLAG_KEEP_PARAMS },
	{ "SCHED_FLAG_UTIL_CLAMP_MIN", OCI_SCHED_FLAG_UTIL_CLAMP_MIN },
	{ "SCHED_FLAG_UTIL_CLAMP_MAX", OCI_SCHED_FLAG_UTIL_CLAMP_MAX },
	{ NULL, 0 },
};

const struct word oci_io_class_words[] = {
	{ "IOPRIO_CLASS_RT",   OCI_IO_CLASS_RT },
	{ "IOPRIO_CLASS_BE",   OCI_IO_CLASS_BE },
	{ "IOPRIO_CLASS_IDLE", OCI_IO_CLASS_IDLE },
	{ NULL, 0 },
};

/* ---- process ---------------------------------------------------------------------------------- */

#define SELF struct oci_box
static const struct field box_rows[] = {
	VALUE(height, "height", .required = true, .help = "rows of characters"),
	VALUE(width,  "width",  .required = true, .help = "columns of characters"),
};
SCHEMA(oci_box, box_rows);
#undef SELF

#define SELF struct oci_user
static const struct field user_rows[] = {
	VALUE(uid,              "uid",            .always = true, .help = "user id in the container"),
	VALUE(gid,              "gid",            .always = true, .help = "group id in the container"),
	VALUE(umask,            "umask",          .max = 0777,    .help = "in decimal; left as it is if absent"),
	VALUES(additional_gids, "additionalGids", .help = "ids of further groups"),
};
SCHEMA(oci_user, user_rows);
#undef SELF

#define SELF struct oci_capabilities
static const struct field capabilities_rows[] = {
	VALUES(bounding,    "bounding",    .help = "the most that any process may ever have"),
	VALUES(effective,   "effective",   .help = "those that are in force"),
	VALUES(inheritable, "inheritable", .help = "those that a program file may let pass"),
	VALUES(permitted,   "permitted",   .help = "those that the process may put in force"),
	VALUES(ambient,     "ambient",     .help = "those kept across exec without a file's help"),
};
SCHEMA(oci_capabilities, capabilities_rows);
#undef SELF

#define SELF struct oci_rlimit
static const struct field rlimit_rows[] = {
	WORD(type,  "type", oci_rlimit_words, .required = true, .help = "which resource"),
	VALUE(hard, "hard", .required = true, .help = "the ceiling of soft"),
	VALUE(soft, "soft", .required = true, .help = "what the kernel enforces"),
};
SCHEMA(oci_rlimit, rlimit_rows);
#undef SELF

#define SELF struct oci_scheduler
static const struct field scheduler_rows[] = {
	WORD(policy,    "policy",   oci_scheduler_policy_words, .required = true, .help = "see sched(7)"),
	VALUE(nice,     "nice",     .min = -20, .max = 19, .help = "for SCHED_OTHER and SCHED_BATCH"),
	VALUE(priority, "priority", .help = "1 to 99 for SCHED_FIFO and SCHED_RR"),
	WORDS(flags,    "flags",    oci_scheduler_flag_words, .help = "see sched_setattr(2)"),
	VALUE(runtime,  "runtime",  .help = "nanoseconds, for SCHED_DEADLINE"),
	VALUE(deadline, "deadline", .help = "nanoseconds, for SCHED_DEADLINE"),
	VALUE(period,   "period",   .help = "nanoseconds, for SCHED_DEADLINE"),
};
SCHEMA(oci_scheduler, scheduler_rows);
#undef SELF

#define SELF struct oci_io_priority
static const struct field io_priority_rows[] = {
	WORD(class,     "class",    oci_io_class_words, .required = true, .help = "see ioprio_set(2)"),
	VALUE(priority, "priority", .always = true, .max = 7, .help = "0 is the highest in its class"),
};
SCHEMA(oci_io_priority, io_priority_rows);
#undef SELF

#define SELF struct oci_exec_cpu_affinity
static const struct field exec_cpu_affinity_rows[] = {
	VALUE(initial, "initial", .check = checks_cpu_list, .help = "CPUs while entering the cgroup, \"0-3,7\""),
	VALUE(final,   "final",   .check = checks_cpu_list, .help = "CPUs once inside; all of the cgroup's if absent"),
};
SCHEMA(oci_exec_cpu_affinity, exec_cpu_affinity_rows);
#undef SELF

#define SELF struct oci_process
static const struct field process_rows[] = {
	VALUE(terminal,           "terminal",    .help = "give it a terminal"),
	OBJECT(console_size,      "consoleSize", oci_box, .help = "the size of that terminal"),
	OBJECT(user,              "user",        oci_user, .help = "as whom it runs; root if absent"),
	VALUES(args,              "args",        .help = "the program and its arguments"),
	VALUES(env,               "env",         .check = checks_environment, .help = "its environment, each NAME=VALUE"),
	VALUE(cwd,                "cwd",         .required = true, .check = checks_absolute, .help = "its working directory"),
	OBJECT(capabilities,      "capabilities", oci_capabilities, .help = "its five sets of capabilities, by name"),
	OBJECTS(rlimits,          "rlimits",     oci_rlimit, .help = "limits by setrlimit(2), each type once"),
	VALUE(no_new_privileges,  "noNewPrivileges", .help = "never gain any by executing a file"),
	VALUE(apparmor_profile,   "apparmorProfile", .help = "AppArmor profile to run under"),
	VALUE(oom_score_adj,      "oomScoreAdj", .min = -1000, .max = 1000, .help = "-1000 is never killed for memory; left as it is if absent"),
	OBJECT(scheduler,         "scheduler",   oci_scheduler, .help = "scheduling policy by sched_setattr(2)"),
	VALUE(selinux_label,      "selinuxLabel", .help = "SELinux context to run in"),
	OBJECT(io_priority,       "ioPriority",  oci_io_priority, .help = "priority of its reads and writes"),
	OBJECT(exec_cpu_affinity, "execCPUAffinity", oci_exec_cpu_affinity, .help = "where processes that exec adds may run"),
};
SCHEMA(oci_process, process_rows);
#undef SELF

/* ---- root, mounts, hooks ---------------------------------------------------------------------- */

#define SELF struct oci_root
static const struct field root_rows[] = {
	VALUE(path,     "path",     .required = true, .check = checks_not_empty, .help = "a directory, absolute or from the bundle"),
	VALUE(readonly, "readonly", .help = "nothing in it can be written"),
};
SCHEMA(oci_root, root_rows);
#undef SELF

#define SELF struct oci_mount
static const struct field mount_rows[] = {
	VALUE(destination,    "destination", .required = true, .check = checks_not_empty, .help = "where in the container"),
	VALUE(type,           "type",        .help = "name of a filesystem; may be left out for bind mounts"),
	VALUE(source,         "source",      .help = "a device, a name, or the path to bind: absolute or from the bundle"),
	VALUES(options,       "options",     .help = "mount options; what is none of those goes to the filesystem"),
	OBJECTS(uid_mappings, "uidMappings", oci_id_map, .help = "how user ids of the source look in the container"),
	OBJECTS(gid_mappings, "gidMappings", oci_id_map, .help = "how group ids of the source look in the container"),
};
SCHEMA(oci_mount, mount_rows);
#undef SELF

#define SELF struct oci_hook
static const struct field hook_rows[] = {
	VALUE(path,    "path",    .required = true, .check = checks_absolute, .help = "the program"),
	VALUES(args,   "args",    .help = "its arguments, with its name as the first"),
	VALUES(env,    "env",     .check = checks_environment, .help = "its environment, each NAME=VALUE"),
	VALUE(timeout, "timeout", .min = 1, .help = "seconds until it is killed"),
};
SCHEMA(oci_hook, hook_rows);
#undef SELF

#define SELF struct oci_hooks
static const struct field hooks_rows[] = {
	OBJECTS(prestart,         "prestart",        oci_hook, .help = "as createRuntime, before it",
		.deprecated = "use createRuntime, createContainer and startContainer"),
	OBJECTS(create_runtime,   "createRuntime",   oci_hook, .help = "on the host, once the namespaces stand"),
	OBJECTS(create_container, "createContainer", oci_hook, .help = "in the namespaces, before the root is entered"),
	OBJECTS(start_container,  "startContainer",  oci_hook, .help = "in the container, before the user's program"),
	OBJECTS(poststart,        "poststart",       oci_hook, .help = "on the host, once the program was started"),
	OBJECTS(poststop,         "poststop",        oci_hook, .help = "on the host, once the container was deleted"),
};
SCHEMA(oci_hooks, hooks_rows);
#undef SELF

/* ---- the document ----------------------------------------------------------------------------- */

#define SELF struct oci_config
static const struct field config_rows[] = {
	VALUE(oci_version, "ociVersion",  .required = true, .check = checks_version, .help = "of the specification that this follows"),
	OBJECT(process,    "process",     oci_process, .help = "what runs in the container; required to start it"),
	OBJECT(root,       "root",        oci_root, .help = "its root filesystem"),
	VALUE(hostname,    "hostname",    .help = "its host name; needs a uts namespace"),
	VALUE(domainname,  "domainname",  .help = "its NIS domain name; needs a uts namespace"),
	OBJECTS(mounts,    "mounts",      oci_mount, .help = "mounted in this order"),
	OBJECT(hooks,      "hooks",       oci_hooks, .help = "programs run along its way"),
	MAP(annotations,   "annotations", .check = checks_named, .help = "anything, for whoever knows the name"),
	OBJECT(linux_,     "linux",       oci_linux, .help = "what only Linux has"),
};
SCHEMA(oci_config, config_rows);
#undef SELF
