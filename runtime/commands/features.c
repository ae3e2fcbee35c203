/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What runlet can do, for engines (runtime-spec, features.md). Every list is walked out of the table
 * that does the work, so this cannot claim what the code does not have.
 */
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/capabilities.h"
#include "runtime/kernel/cgroup_systemd.h"
#include "runtime/kernel/mount_options.h"
#include "runtime/kernel/namespaces.h"
#include "runtime/kernel/seccomp.h"

struct features_args {
	bool unused;
};

#define SELF struct features_args
static const struct option_row features_options[] = {
	FLAG(unused, 0, "unused", "", .hidden = true),
};
#undef SELF

static const bool yes = true, no = false;

static struct text_list
namespace_names(struct arena *arena)
{
	struct text_list names = { 0 };

	for (const struct namespace_kind *kind = namespaces_kinds; kind->flag != 0; kind++)
		list_add(&names, arena, word_text(oci_namespace_words, (int) kind->type));
	return names;
}

static struct text_list
words_of(const struct word *words, struct arena *arena)
{
	struct text_list names = { 0 };

	for (; words->text != NULL; words++)
		list_add(&names, arena, words->text);
	return names;
}

static int
features_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	static const char *const hooks[] = { "prestart", "createRuntime", "createContainer", "startContainer",
					     "poststart", "poststop" };
	static const char *const unsafe[] = { "run.oci.", "org.systemd.property." };
	const struct oci_features_enabled on = { &yes };
	const bool *systemd = cgroup_systemd_is_there() ? &yes : &no;
	struct oci_features_cgroup cgroup = { .v1 = &yes, .v2 = &yes, .systemd = systemd, .systemd_user = systemd,
					      .rdma = &yes };
	struct oci_features_seccomp seccomp = { .enabled = &yes };
	struct oci_features_intel_rdt rdt = { .enabled = &no };
	struct oci_features_memory_policy policy = { .modes = words_of(oci_memory_policy_mode_words, arena),
						     .flags = words_of(oci_memory_policy_flag_words, arena) };
	struct oci_features_mount_extensions extensions = { .idmap = &on };
	struct oci_features_linux linux_ = {
		.namespaces = namespace_names(arena),
		.capabilities = capabilities_names(arena),
		.cgroup = &cgroup,
		.seccomp = &seccomp,
		.apparmor = &on,
		.selinux = &on,
		.intel_rdt = &rdt,
		.memory_policy = &policy,
		.mount_extensions = &extensions,
		.net_devices = &on,
	};
	struct oci_features features = {
		.oci_version_min = OCI_VERSION_MIN,
		.oci_version_max = OCI_VERSION,
		.hooks = { (const char **) (uintptr_t) hooks, COUNT(hooks) },
		.mount_options = mount_options_words(arena),
		.linux_ = &linux_,
		.potentially_unsafe_config_annotations = { (const char **) (uintptr_t) unsafe, COUNT(unsafe) },
	};
	scoped_buffer out = { 0 };
	(void) data;
	(void) parsed;

	seccomp_features(&seccomp, arena);
	schema_write(&oci_features_schema, &features, SCHEMA_PRETTY, &out);
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command features_command =
	COMMAND("features", "print what this runtime can do, as JSON", features_options, struct features_args,
		features_run);
