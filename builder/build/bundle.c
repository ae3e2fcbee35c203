/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/bundle.h"

#include <sys/resource.h>

#include "builder/build/pairs.h"
#include "builder/build/profile.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"

/* clang-format off */

/* What root in a container needs to install software, and no more: podman's list. */
static const char *const capabilities[] = {
	"CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
	"CAP_SETFCAP", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_CHROOT",
};

/* What the kernel shows of the host there: all that docker, podman and containerd hide. */
static const char *const masked[] = {
	"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
	"/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list",
	"/proc/timer_stats", "/sys/dev/block", "/sys/devices/virtual/powercap", "/sys/firmware",
	"/sys/fs/selinux",
};

static const char *const read_only[] = {
	"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

static const struct {
	const char *destination, *type, *source, *options;
} mounts[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts", "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
	{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	{ "/sys", "sysfs", "sysfs", "nosuid,noexec,nodev,ro" },
	{ "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro" },
};

/* clang-format on */

#define PIDS_LIMIT 2048

/* A user namespace's root may not do all that root may. */
static bool
is_limited(const struct bundle_wish *wish)
{
	return wish->owners != NULL && !owners_are_all(wish->owners);
}

static struct text_list
list_texts(const char *const *texts, size_t count, struct arena *arena)
{
	struct text_list list = { 0 };

	for (size_t i = 0; i < count; i++)
		list_add(&list, arena, texts[i]);
	return list;
}

/* Users have no cgroup to count processes in, so these count all that theirs are. */
static void
limit_processes(struct oci_process *process, struct arena *arena)
{
	struct oci_rlimit limit = { OCI_RLIMIT_NPROC, PIDS_LIMIT, PIDS_LIMIT };
	struct rlimit ours;

	if (getrlimit(RLIMIT_NPROC, &ours) == 0 && ours.rlim_max < PIDS_LIMIT)
		limit.soft = limit.hard = ours.rlim_max;
	list_add(&process->rlimits, arena, limit);
}

static const struct oci_process *
describe_process(const struct bundle_wish *wish, struct arena *arena)
{
	struct oci_process *process = arena_new(arena, struct oci_process);
	struct oci_user *user = arena_new(arena, struct oci_user);
	struct oci_capabilities *sets = arena_new(arena, struct oci_capabilities);
	struct pair_list environment = pairs_copy(arena, &wish->environment);

	*user = (struct oci_user){ .uid = wish->account.uid, .gid = wish->account.gid };
	for (size_t i = 0; i < wish->groups.count; i++)
		list_add(&user->additional_gids, arena, (uint32_t) wish->groups.items[i]);
	sets->bounding = list_texts(capabilities, COUNT(capabilities), arena);
	if (wish->account.uid == 0)
		sets->effective = sets->permitted = sets->bounding;
	if (wish->home != NULL && pairs_get(&environment, "HOME") == NULL)
		pairs_set(&environment, arena, "HOME", wish->home);
	if (wish->terminal && pairs_get(&environment, "TERM") == NULL)
		pairs_set(&environment, arena, "TERM", "xterm");

	*process = (struct oci_process){
		.terminal = wish->terminal,
		.user = user,
		.args = wish->args,
		.env = pairs_to_texts(arena, &environment),
		.cwd = text_is_empty(wish->directory) ? "/" : wish->directory,
		.capabilities = sets,
	};
	if (wish->no_core)
		list_add(&process->rlimits, arena, (struct oci_rlimit){ .type = OCI_RLIMIT_CORE });
	if (is_limited(wish))
		limit_processes(process, arena);
	return process;
}

/*
 * What the kernel refuses to the root of a user namespace: terminals of a group that is not in it, and a
 * sysfs of a network that is not its own, in whose place comes the host's.
 */
static struct oci_mount
adapt_mount(struct oci_mount mount, const struct bundle_wish *wish, struct arena *arena)
{
	const struct text_list options = mount.options;
	bool shows_sysfs = text_equal(mount.type, "sysfs") && !wish->own_network;

	if (!is_limited(wish))
		return mount;
	if (shows_sysfs)
		mount.type = "bind", mount.source = "/sys";
	mount.options = (struct text_list){ 0 };
	FOR_EACH(option, &options)
		if (!text_equal(*option, "gid=5") || owners_have_group(wish->owners, 5))
			list_add(&mount.options, arena, *option);
	if (shows_sysfs)
		list_add(&mount.options, arena, "rbind");
	return mount;
}

static struct oci_mount_list
describe_mounts(const struct bundle_wish *wish, struct arena *arena)
{
	struct oci_mount_list list = { 0 };

	for (size_t i = 0; i < COUNT(mounts); i++)
		list_add(&list, arena,
			 adapt_mount(
				 (struct oci_mount){
					 .destination = mounts[i].destination,
					 .type = mounts[i].type,
					 .source = mounts[i].source,
					 .options = text_split(arena, mounts[i].options, ','),
				 },
				 wish, arena));
	FOR_EACH(mount, &wish->mounts)
		list_add(&list, arena, *mount);
	return list;
}

static const struct oci_resources *
describe_resources(struct arena *arena)
{
	struct oci_resources *resources = arena_new(arena, struct oci_resources);
	struct oci_pids *pids = arena_new(arena, struct oci_pids);
	int64_t *limit = arena_new(arena, int64_t);

	*limit = PIDS_LIMIT;
	pids->limit = limit;
	resources->pids = pids;
	list_add(&resources->devices, arena, (struct oci_device_rule){ .access = "rwm" });
	return resources;
}

static const struct oci_linux *
describe_linux(const struct bundle_wish *wish, struct arena *arena)
{
	static const enum oci_namespace_type own[] = { OCI_NAMESPACE_PID, OCI_NAMESPACE_IPC,
						       OCI_NAMESPACE_UTS, OCI_NAMESPACE_MOUNT,
						       OCI_NAMESPACE_CGROUP };
	struct oci_linux *section = arena_new(arena, struct oci_linux);

	for (size_t i = 0; i < COUNT(own); i++)
		list_add(&section->namespaces, arena, (struct oci_namespace){ .type = own[i] });
	if (wish->own_network)
		list_add(&section->namespaces, arena,
			 (struct oci_namespace){ .type = OCI_NAMESPACE_NETWORK });
	if (wish->own_users) {
		list_add(&section->namespaces, arena,
			 (struct oci_namespace){ .type = OCI_NAMESPACE_USER });
		section->uid_mappings = wish->owners->users;
		section->gid_mappings = wish->owners->groups;
	}
	if (!is_limited(wish))
		section->resources = describe_resources(arena);
	section->seccomp = profile_seccomp(arena);
	section->masked_paths = list_texts(masked, COUNT(masked), arena);
	section->readonly_paths = list_texts(read_only, COUNT(read_only), arena);
	return section;
}

void
bundle_describe(struct oci_config *config, const struct bundle_wish *wish, struct arena *arena)
{
	struct oci_root *root = arena_new(arena, struct oci_root);

	*root = (struct oci_root){ .path = wish->root, .readonly = wish->read_only };
	*config = (struct oci_config){
		.oci_version = OCI_VERSION,
		.process = describe_process(wish, arena),
		.root = root,
		.hostname = wish->hostname,
		.mounts = describe_mounts(wish, arena),
		.annotations = wish->annotations,
		.linux_ = describe_linux(wish, arena),
	};
}

struct oci_mount
bundle_bind(const char *source, const char *destination, bool is_read_only, struct arena *arena)
{
	return (struct oci_mount){
		.destination = destination,
		.type = "bind",
		.source = source,
		.options = text_split(arena,
				      is_read_only ? "rbind,rprivate,ro,nosuid,nodev"
						   : "rbind,rprivate,nosuid,nodev",
				      ','),
	};
}

/* ---- an image's annotations ------------------------------------------------------------------ */

static void
annotate(struct pair_list *annotations, struct arena *arena, const char *name, const char *value)
{
	if (!text_is_empty(value))
		pairs_set(annotations, arena,
			  arena_format(arena, "org.opencontainers.image.%s", name), value);
}

/* Labels come last: they win over what is computed. */
struct pair_list
bundle_annotations(const struct oci_image *image, struct arena *arena)
{
	struct pair_list annotations = { 0 };

	annotate(&annotations, arena, "os", image->os);
	annotate(&annotations, arena, "architecture", image->architecture);
	annotate(&annotations, arena, "variant", image->variant);
	annotate(&annotations, arena, "os.version", image->os_version);
	annotate(&annotations, arena, "os.features", text_join(arena, &image->os_features, ","));
	annotate(&annotations, arena, "author", image->author);
	annotate(&annotations, arena, "created", image->created);
	if (image->config == NULL)
		return annotations;
	annotate(&annotations, arena, "stopSignal", image->config->stop_signal);
	annotate(&annotations, arena, "exposedPorts",
		 text_join(arena, &image->config->exposed_ports, ","));
	FOR_EACH(label, &image->config->labels)
		pairs_set(&annotations, arena, label->key, label->value);
	return annotations;
}

int
bundle_write(int directory, const struct oci_config *config, struct error *err)
{
	scoped_buffer text = { 0 };

	schema_write(&oci_config_schema, config, SCHEMA_PRETTY, &text);
	return file_replace(directory, "config.json", text.bytes, text.length, 0600, err);
}
