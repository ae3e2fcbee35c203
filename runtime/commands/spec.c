/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The example document: a shell in all namespaces but the user's, with few capabilities, no new
 * privileges, and everything masked that the engines mask. It is a struct, written by the same rows
 * that read it, so it cannot be a document that runlet would refuse.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "runtime/commands.h"
#include "runtime/globals.h"

struct spec_args {
	const char *bundle, *explain;
	bool rootless;
};

/* clang-format off */
#define SELF struct spec_args
static const struct option_row spec_options[] = {
	OPTION(bundle,  'b', "bundle",   "DIR",  "where to write config.json", .fallback = "."),
	FLAG(rootless,  0,   "rootless",         "for a user who is not root"),
	OPTION(explain, 0,   "explain",  "PATH", "instead, say what may stand at a path: linux.resources.memory"),
};
#undef SELF

/* A list of what a constant array holds. Nobody writes through it. */
#define TEXTS(array) ((struct text_list){ (const char **) (uintptr_t) (array), COUNT(array) })

static const char *const few_capabilities[] = { "CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE" };

static const char *const masked_paths[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware", "/sys/fs/selinux",
};

static const char *const readonly_paths[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const char *const shell[] = { "sh" };

static const char *const environment[] = {
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
};

/* Without privileges: no group of its own for ttys, the host's /sys, and no cgroup to write to. */
static const struct example_mount {
	const char *destination, *type, *source, *options;
	enum { ALWAYS, AS_ROOT, ROOTLESS } when;
} example_mounts[] = {
	{ "/proc",          "proc",   "proc",   "",                                                           ALWAYS },
	{ "/dev",           "tmpfs",  "tmpfs",  "nosuid,strictatime,mode=755,size=65536k",                    ALWAYS },
	{ "/dev/pts",       "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",    AS_ROOT },
	{ "/dev/pts",       "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620",          ROOTLESS },
	{ "/dev/shm",       "tmpfs",  "shm",    "nosuid,noexec,nodev,mode=1777,size=65536k",                  ALWAYS },
	{ "/dev/mqueue",    "mqueue", "mqueue", "nosuid,noexec,nodev",                                        ALWAYS },
	{ "/sys",           "sysfs",  "sysfs",  "nosuid,noexec,nodev,ro",                                     AS_ROOT },
	{ "/sys",           "none",   "/sys",   "rbind,nosuid,noexec,nodev,ro",                               ROOTLESS },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro",                            AS_ROOT },
};
/* clang-format on */

static struct oci_namespace_list
choose_namespaces(bool rootless, struct arena *arena)
{
	struct oci_namespace_list list = { 0 };
	static const enum oci_namespace_type always[] = { OCI_NAMESPACE_PID, OCI_NAMESPACE_IPC, OCI_NAMESPACE_UTS,
							  OCI_NAMESPACE_MOUNT, OCI_NAMESPACE_CGROUP };

	for (size_t i = 0; i < COUNT(always); i++)
		list_add(&list, arena, (struct oci_namespace){ .type = always[i] });
	list_add(&list, arena, (struct oci_namespace){ .type = rootless ? OCI_NAMESPACE_USER : OCI_NAMESPACE_NETWORK });
	return list;
}

static struct oci_mount_list
choose_mounts(bool rootless, struct arena *arena)
{
	struct oci_mount_list list = { 0 };

	for (const struct example_mount *row = example_mounts; row < example_mounts + COUNT(example_mounts); row++) {
		if (row->when == (rootless ? AS_ROOT : ROOTLESS))
			continue;
		struct oci_mount mount = { .destination = row->destination, .type = row->type, .source = row->source };
		if (row->options[0] != '\0')
			mount.options = text_split(arena, row->options, ',');
		list_add(&list, arena, mount);
	}
	return list;
}

static struct oci_id_map_list
map_to_root(uint32_t id, struct arena *arena)
{
	struct oci_id_map_list list = { 0 };

	list_add(&list, arena, (struct oci_id_map){ .container_id = 0, .host_id = id, .size = 1 });
	return list;
}

static void
write_example(const struct spec_args *args, struct arena *arena, struct buffer *out)
{
	struct oci_user user = { .uid = 0 };
	struct oci_capabilities capabilities = { .bounding = TEXTS(few_capabilities),
						 .effective = TEXTS(few_capabilities),
						 .permitted = TEXTS(few_capabilities) };
	struct oci_rlimit nofile = { .type = OCI_RLIMIT_NOFILE, .soft = 1024, .hard = 1024 };
	struct oci_process process = {
		.terminal = true, .user = &user, .args = TEXTS(shell), .cwd = "/", .no_new_privileges = true,
		.env = TEXTS(environment),
		.capabilities = &capabilities, .rlimits = { &nofile, 1 },
	};
	struct oci_root root = { .path = "rootfs", .readonly = true };
	struct oci_device_rule deny = { .allow = false, .access = "rwm" };
	struct oci_resources resources = { .devices = { &deny, 1 } };
	struct oci_linux linux_ = {
		.namespaces = choose_namespaces(args->rootless, arena),
		.resources = args->rootless ? NULL : &resources,
		.masked_paths = TEXTS(masked_paths),
		.readonly_paths = TEXTS(readonly_paths),
	};
	struct oci_config config = { .oci_version = OCI_VERSION, .process = &process, .root = &root,
				     .hostname = "runlet", .mounts = choose_mounts(args->rootless, arena),
				     .linux_ = &linux_ };

	if (args->rootless) {
		linux_.uid_mappings = map_to_root(geteuid(), arena);
		linux_.gid_mappings = map_to_root(getegid(), arena);
	}
	schema_write(&oci_config_schema, &config, SCHEMA_PRETTY, out);
}

static int
spec_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct spec_args *args = parsed;
	scoped_buffer out = { 0 };
	(void) data;

	if (args->explain != NULL) {
		TRY(schema_explain(&oci_config_schema, args->explain, &out, err));
		return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
	}
	const char *path = path_join(arena, args->bundle, "config.json");
	write_example(args, arena, &out);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST)
		return fail(err, "%s is there already and is left as it is", path);
	if (fd < 0)
		return fail_errno(err, "create %s", path);
	scoped_fd file = fd;
	return file_write(file, path, out.bytes, out.length, err);
}

const struct command spec_command =
	COMMAND("spec", "write an example config.json", spec_options, struct spec_args, spec_run);
