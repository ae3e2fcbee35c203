/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/runtime_rules.h"

#include <stdlib.h>
#include <string.h>

#include "libcommon/text.h"
#include "oci-spec/process_rules.h"
#include "oci-spec/resource_rules.h"
#include "oci-spec/rule.h"
#include "oci-spec/seccomp_rules.h"

#define ID_MAPS_MAX 340 /* lines that the kernel takes in one map */

/* ---- what a document says -------------------------------------------------------------------- */

/* Rules about linux find an empty one where there is none. */
static const struct oci_linux *
linux_of(const void *subject)
{
	static const struct oci_linux none = { .cgroups_path = NULL };
	const struct oci_config *config = subject;

	return config->linux_ != NULL ? config->linux_ : &none;
}

static const struct oci_namespace *
find_namespace(const void *subject, enum oci_namespace_type type)
{
	FOR_EACH(ns, &linux_of(subject)->namespaces)
		if (ns->type == type)
			return ns;
	return NULL;
}

static bool
is_new(const struct oci_namespace *ns)
{
	return ns != NULL && ns->path == NULL;
}

static bool
has_option(const struct oci_mount *mount, const char *a, const char *b)
{
	FOR_EACH(option, &mount->options)
		if (text_equal(*option, a) || text_equal(*option, b))
			return true;
	return false;
}

/* ---- the document ---------------------------------------------------------------------------- */

static void
judge_version(struct verdict *verdict, const void *subject)
{
	if (text_after(((const struct oci_config *) subject)->oci_version, "1.") == NULL)
		rule_broken(verdict, "ociVersion");
}

static void
judge_process(struct verdict *verdict, const void *subject)
{
	if (((const struct oci_config *) subject)->process == NULL)
		rule_broken(verdict, "process");
}

static void
judge_root(struct verdict *verdict, const void *subject)
{
	if (((const struct oci_config *) subject)->root == NULL)
		rule_broken(verdict, "root");
}

static void
judge_host_names(struct verdict *verdict, const void *subject)
{
	const struct oci_config *config = subject;

	if (find_namespace(subject, OCI_NAMESPACE_UTS) != NULL)
		return;
	if (config->hostname != NULL)
		rule_broken(verdict, "hostname");
	if (config->domainname != NULL)
		rule_broken(verdict, "domainname");
}

static void
judge_deadline_cpus(struct verdict *verdict, const void *subject)
{
	const struct oci_process *process = ((const struct oci_config *) subject)->process;
	const struct oci_resources *resources = linux_of(subject)->resources;

	if (process != NULL && process->scheduler != NULL &&
	    process->scheduler->policy == OCI_SCHED_DEADLINE && resources != NULL &&
	    resources->cpu != NULL && resources->cpu->cpus != NULL)
		rule_broken(verdict, "process.scheduler.policy");
}

/* ---- mounts ---------------------------------------------------------------------------------- */

static void
judge_mount_map_pairs(struct verdict *verdict, const void *subject)
{
	const struct oci_mount_list *mounts = &((const struct oci_config *) subject)->mounts;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct oci_mount *mount = &mounts->items[i];
		if ((mount->uid_mappings.count > 0) != (mount->gid_mappings.count > 0))
			rule_broken(verdict, "mounts[%zu]", i);
	}
}

static void
judge_mapped_binds(struct verdict *verdict, const void *subject)
{
	const struct oci_mount_list *mounts = &((const struct oci_config *) subject)->mounts;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct oci_mount *mount = &mounts->items[i];
		bool mapped = mount->uid_mappings.count > 0 || mount->gid_mappings.count > 0 ||
			      has_option(mount, "idmap", "ridmap");
		bool binds = has_option(mount, "bind", "rbind") ||
			     text_equal(mount->type, "bind") || text_equal(mount->type, "rbind");
		if (mapped && !binds)
			rule_broken(verdict, "mounts[%zu]", i);
	}
}

static void
judge_mount_maps_from_user(struct verdict *verdict, const void *subject)
{
	const struct oci_mount_list *mounts = &((const struct oci_config *) subject)->mounts;

	if (find_namespace(subject, OCI_NAMESPACE_USER) != NULL)
		return;
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->items[i].uid_mappings.count == 0 &&
		    has_option(&mounts->items[i], "idmap", "ridmap"))
			rule_broken(verdict, "mounts[%zu]", i);
}

/* ---- namespaces ------------------------------------------------------------------------------ */

static void
judge_namespace_types(struct verdict *verdict, const void *subject)
{
	const struct oci_namespace_list *list = &linux_of(subject)->namespaces;
	uint64_t seen = 0;

	for (size_t i = 0; i < list->count; i++) {
		uint64_t bit = UINT64_C(1) << list->items[i].type;
		if ((seen & bit) != 0)
			rule_broken(verdict, "linux.namespaces[%zu].type", i);
		seen |= bit;
	}
}

static void
judge_maps_without_user(struct verdict *verdict, const void *subject)
{
	if (find_namespace(subject, OCI_NAMESPACE_USER) != NULL)
		return;
	if (linux_of(subject)->uid_mappings.count > 0)
		rule_broken(verdict, "linux.uidMappings");
	if (linux_of(subject)->gid_mappings.count > 0)
		rule_broken(verdict, "linux.gidMappings");
}

static void
judge_user_without_maps(struct verdict *verdict, const void *subject)
{
	if (!is_new(find_namespace(subject, OCI_NAMESPACE_USER)))
		return;
	if (linux_of(subject)->uid_mappings.count == 0)
		rule_broken(verdict, "linux.uidMappings");
	if (linux_of(subject)->gid_mappings.count == 0)
		rule_broken(verdict, "linux.gidMappings");
}

static void
judge_time_offsets(struct verdict *verdict, const void *subject)
{
	if (linux_of(subject)->time_offsets != NULL &&
	    !is_new(find_namespace(subject, OCI_NAMESPACE_TIME)))
		rule_broken(verdict, "linux.timeOffsets");
}

static void
judge_net_device_namespace(struct verdict *verdict, const void *subject)
{
	if (linux_of(subject)->net_devices.count > 0 &&
	    find_namespace(subject, OCI_NAMESPACE_NETWORK) == NULL)
		rule_broken(verdict, "linux.netDevices");
}

/* Without its own mounts it would hide the host's files. */
static void
judge_covered_paths(struct verdict *verdict, const void *subject)
{
	if (find_namespace(subject, OCI_NAMESPACE_MOUNT) != NULL)
		return;
	if (linux_of(subject)->masked_paths.count > 0)
		rule_broken(verdict, "linux.maskedPaths");
	if (linux_of(subject)->readonly_paths.count > 0)
		rule_broken(verdict, "linux.readonlyPaths");
}

/* ---- id maps --------------------------------------------------------------------------------- */

typedef void judge_map_fn(struct verdict *verdict, const struct oci_id_map_list *maps,
			  const char *at);

static void
judge_each_map(struct verdict *verdict, const void *subject, judge_map_fn *judge)
{
	const struct oci_mount_list *mounts = &((const struct oci_config *) subject)->mounts;
	scoped_arena arena = { 0 };

	judge(verdict, &linux_of(subject)->uid_mappings, "linux.uidMappings");
	judge(verdict, &linux_of(subject)->gid_mappings, "linux.gidMappings");
	for (size_t i = 0; i < mounts->count; i++) {
		const struct oci_mount *mount = &mounts->items[i];
		if (mount->uid_mappings.count + mount->gid_mappings.count == 0)
			continue;
		judge(verdict, &mount->uid_mappings,
		      arena_format(&arena, "mounts[%zu].uidMappings", i));
		judge(verdict, &mount->gid_mappings,
		      arena_format(&arena, "mounts[%zu].gidMappings", i));
	}
}

static void
find_odd_sizes(struct verdict *verdict, const struct oci_id_map_list *maps, const char *at)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct oci_id_map *map = &maps->items[i];
		if (map->size == 0 || map->size > UINT32_MAX - map->container_id ||
		    map->size > UINT32_MAX - map->host_id)
			rule_broken(verdict, "%s[%zu].size", at, i);
	}
}

static void
judge_map_sizes(struct verdict *verdict, const void *subject)
{
	judge_each_map(verdict, subject, find_odd_sizes);
}

static bool
do_overlap(uint32_t a, uint32_t a_size, uint32_t b, uint32_t b_size)
{
	return a < (uint64_t) b + b_size && b < (uint64_t) a + a_size;
}

static void
find_overlaps(struct verdict *verdict, const struct oci_id_map_list *maps, const char *at)
{
	for (size_t i = 0; i < maps->count && i < ID_MAPS_MAX; i++)
		for (size_t j = 0; j < i; j++) {
			const struct oci_id_map *a = &maps->items[i], *b = &maps->items[j];
			if (do_overlap(a->container_id, a->size, b->container_id, b->size) ||
			    do_overlap(a->host_id, a->size, b->host_id, b->size)) {
				rule_broken(verdict, "%s[%zu]", at, i);
				break;
			}
		}
}

static void
judge_map_overlaps(struct verdict *verdict, const void *subject)
{
	judge_each_map(verdict, subject, find_overlaps);
}

static void
find_long_maps(struct verdict *verdict, const struct oci_id_map_list *maps, const char *at)
{
	if (maps->count > ID_MAPS_MAX)
		rule_broken(verdict, "%s", at);
}

static void
judge_map_lengths(struct verdict *verdict, const void *subject)
{
	judge_each_map(verdict, subject, find_long_maps);
}

/* ---- devices --------------------------------------------------------------------------------- */

static void
judge_device_numbers(struct verdict *verdict, const void *subject)
{
	const struct oci_device_list *devices = &linux_of(subject)->devices;

	for (size_t i = 0; i < devices->count; i++) {
		const struct oci_device *device = &devices->items[i];
		if (device->type == OCI_DEVICE_FIFO)
			continue;
		if (device->major == NULL)
			rule_broken(verdict, "linux.devices[%zu].major", i);
		if (device->minor == NULL)
			rule_broken(verdict, "linux.devices[%zu].minor", i);
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* "eth%d" is a pattern: the kernel finds a free name for each. */
static void
judge_net_device_names(struct verdict *verdict, const void *subject)
{
	const struct oci_net_device_list *devices = &linux_of(subject)->net_devices;
	scoped_arena arena = { 0 };
	const char **names = arena_alloc(&arena, (devices->count + 1) * sizeof(*names));

	for (size_t i = 0; i < devices->count; i++)
		names[i] = devices->items[i].name != NULL ? devices->items[i].name
							  : devices->items[i].key;
	qsort(names, devices->count, sizeof(*names), compare_texts);
	for (size_t i = 1; i < devices->count; i++)
		if (strcmp(names[i], names[i - 1]) == 0 && strchr(names[i], '%') == NULL)
			rule_broken(verdict, "linux.netDevices: \"%.64s\"", names[i]);
}

/* ---- the smaller matters --------------------------------------------------------------------- */

static bool
climbs(const char *path)
{
	for (const char *name = path; name != NULL; name = strchr(name, '/')) {
		name += strspn(name, "/");
		if (strncmp(name, "..", 2) == 0 && (name[2] == '/' || name[2] == '\0'))
			return true;
	}
	return false;
}

static void
judge_cgroups_path(struct verdict *verdict, const void *subject)
{
	if (climbs(linux_of(subject)->cgroups_path))
		rule_broken(verdict, "linux.cgroupsPath");
}

static void
judge_personality(struct verdict *verdict, const void *subject)
{
	const struct oci_personality *personality = linux_of(subject)->personality;

	if (personality != NULL && personality->flags.count > 0)
		rule_broken(verdict, "linux.personality.flags");
}

static void
judge_clos_id(struct verdict *verdict, const void *subject)
{
	const struct oci_intel_rdt *rdt = linux_of(subject)->intel_rdt;
	const char *id = rdt != NULL ? rdt->clos_id : NULL;

	if (id != NULL && strcmp(id, "/") != 0 &&
	    (strchr(id, '/') != NULL || strcmp(id, ".") == 0 || strcmp(id, "..") == 0))
		rule_broken(verdict, "linux.intelRdt.closID");
}

static void
judge_schemata(struct verdict *verdict, const void *subject)
{
	const struct oci_intel_rdt *rdt = linux_of(subject)->intel_rdt;

	for (size_t i = 0; rdt != NULL && i < rdt->schemata.count; i++)
		if (strchr(rdt->schemata.items[i], '\n') != NULL)
			rule_broken(verdict, "linux.intelRdt.schemata[%zu]", i);
}

static bool
wants_nodes(enum oci_memory_policy_mode mode)
{
	return mode == OCI_MPOL_BIND || mode == OCI_MPOL_INTERLEAVE ||
	       mode == OCI_MPOL_WEIGHTED_INTERLEAVE || mode == OCI_MPOL_PREFERRED_MANY;
}

static void
judge_nodes_missing(struct verdict *verdict, const void *subject)
{
	const struct oci_memory_policy *policy = linux_of(subject)->memory_policy;

	if (policy != NULL && wants_nodes(policy->mode) && policy->nodes == NULL)
		rule_broken(verdict, "linux.memoryPolicy.nodes");
}

static void
judge_nodes_unwanted(struct verdict *verdict, const void *subject)
{
	const struct oci_memory_policy *policy = linux_of(subject)->memory_policy;

	if (policy != NULL && policy->nodes != NULL &&
	    (policy->mode == OCI_MPOL_DEFAULT || policy->mode == OCI_MPOL_LOCAL))
		rule_broken(verdict, "linux.memoryPolicy.nodes");
}

static void
judge_policy_flags(struct verdict *verdict, const void *subject)
{
	const struct oci_memory_policy *policy = linux_of(subject)->memory_policy;
	bool fixed = false, relative = false;

	for (size_t i = 0; policy != NULL && i < policy->flags.count; i++) {
		fixed |= policy->flags.items[i] == OCI_MPOL_F_STATIC_NODES;
		relative |= policy->flags.items[i] == OCI_MPOL_F_RELATIVE_NODES;
	}
	if (fixed && relative)
		rule_broken(verdict, "linux.memoryPolicy.flags");
}

/* ---- the table ------------------------------------------------------------------------------- */

/* clang-format off */
static const struct rule rules[] = {
	{ "must be of version 1 of the specification",                                judge_version },
	{ "is needed to create a container",                                          judge_root },
	{ "is needed to create a container",                                          judge_process },
	{ "needs a uts namespace",                                                    judge_host_names },
	{ "SCHED_DEADLINE cannot be used with linux.resources.cpu.cpus",              judge_deadline_cpus },

	{ "needs both uidMappings and gidMappings, or neither",                       judge_mount_map_pairs },
	{ "ids can be mapped only where something is bound",                          judge_mapped_binds },
	{ "needs uidMappings and gidMappings, or a user namespace to take them from", judge_mount_maps_from_user },

	{ "each type may be there only once",                                         judge_namespace_types },
	{ "needs a user namespace",                                                   judge_maps_without_user },
	{ "is needed by a new user namespace",                                        judge_user_without_maps },
	{ "needs a new time namespace",                                               judge_time_offsets },
	{ "needs a network namespace",                                                judge_net_device_namespace },
	{ "needs a mount namespace",                                                  judge_covered_paths },

	{ "must be at least 1, and no id may be above 4294967294",                    judge_map_sizes },
	{ "ids are mapped before already",                                            judge_map_overlaps },
	{ "may have at most 340 entries",                                             judge_map_lengths },

	{ "is needed unless it is a fifo",                                            judge_device_numbers },
	{ "two devices cannot have one name in the container",                        judge_net_device_names },

	{ "must not lead upwards by \"..\"",                                          judge_cgroups_path },
	{ "must be empty, none is defined",                                           judge_personality },
	{ "must be a name, or \"/\"",                                                 judge_clos_id },
	{ "must be one line",                                                         judge_schemata },
	{ "is needed by this mode",                                                   judge_nodes_missing },
	{ "must not be given for this mode",                                          judge_nodes_unwanted },
	{ "MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES exclude each other",         judge_policy_flags },
};
/* clang-format on */

int
runtime_rules_check(const struct oci_config *config, struct error *err)
{
	const struct oci_resources *resources = linux_of(config)->resources;
	const struct oci_seccomp *seccomp = linux_of(config)->seccomp;
	int result;

	*err = (struct error){ 0 };
	result = rule_judge(rules, COUNT(rules), config, "", err);
	if (config->process != NULL && process_rules_judge(config->process, "process.", err) < 0)
		result = -1;
	if (seccomp != NULL && seccomp_rules_judge(seccomp, "linux.seccomp.", err) < 0)
		result = -1;
	if (resources != NULL && resource_rules_judge(resources, "linux.resources.", err) < 0)
		result = -1;
	return result;
}

int
runtime_rules_check_process(const struct oci_process *process, struct error *err)
{
	*err = (struct error){ 0 };
	return process_rules_judge(process, "", err);
}

int
runtime_rules_check_resources(const struct oci_resources *resources, struct error *err)
{
	*err = (struct error){ 0 };
	return resource_rules_judge(resources, "", err);
}
