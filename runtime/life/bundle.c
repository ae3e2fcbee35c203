/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/life/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_rules.h"
#include "runtime/kernel/lsm.h"
#include "runtime/kernel/mount_options.h"

#define CONFIG_LIMIT (64 << 20)

const struct oci_process *
bundle_fill_process(const struct oci_process *process, struct arena *arena)
{
	static const struct oci_user root = { .uid = 0 };
	struct oci_process *filled = arena_new(arena, struct oci_process);

	if (process != NULL)
		*filled = *process;
	if (filled->user == NULL)
		filled->user = &root;
	if (filled->cwd == NULL)
		filled->cwd = "/";
	return filled;
}

const struct oci_config *
bundle_fill(const struct oci_config *config, struct arena *arena)
{
	static const struct oci_linux no_linux = { .cgroups_path = NULL };
	static const struct oci_hooks no_hooks = { .prestart = { NULL, 0 } };
	static const struct oci_resources no_resources = { .memory = NULL };
	struct oci_config *filled = arena_new(arena, struct oci_config);
	struct oci_linux *linux_ = arena_new(arena, struct oci_linux);

	*filled = *config;
	*linux_ = config->linux_ != NULL ? *config->linux_ : no_linux;
	if (linux_->resources == NULL)
		linux_->resources = &no_resources;
	filled->linux_ = linux_;
	filled->process = bundle_fill_process(config->process, arena);
	if (filled->hooks == NULL)
		filled->hooks = &no_hooks;
	return filled;
}

const char *
bundle_annotation(const struct oci_config *config, const char *name)
{
	FOR_EACH(annotation, &config->annotations)
		if (strcmp(annotation->key, name) == 0)
			return annotation->value;
	return NULL;
}

int
bundle_open(struct container *c, const char *bundle, const char *file, struct arena *arena, struct error *err)
{
	struct oci_config *config = arena_new(arena, struct oci_config);
	char *absolute, *text;

	c->bundle_dir = -1;
	TRY(path_absolute(&absolute, arena, bundle, err));
	scoped_fd dir = GET(file_open(AT_FDCWD, absolute, O_RDONLY | O_DIRECTORY, err));
	TRY(file_read_at(dir, file, CONFIG_LIMIT, arena, &text, &c->config_size, err));
	TRY(schema_read(&oci_config_schema, config, path_base(file), text, c->config_size, arena, err));
	if (runtime_rules_check(config, err) < 0)
		return error_prefix(err, path_base(file));
	c->arena = arena;
	c->bundle = absolute;
	c->config_text = text;
	c->config = bundle_fill(config, arena);
	c->bundle_dir = fd_take(&dir);
	return 0;
}

void
bundle_done(struct container *c)
{
	fd_close(&c->bundle_dir);
}

/* ---- what only this host can tell ------------------------------------------------------------ */

static void
check_root(const struct container *c, struct error *err)
{
	struct stat about;

	if (c->config->root == NULL)
		(void) error_add(err, "root: missing");
	else if (fstatat(c->bundle_dir, c->config->root->path, &about, 0) < 0)
		(void) error_add(err, "root.path: %s: %s", c->config->root->path, strerror(errno));
	else if (!S_ISDIR(about.st_mode))
		(void) error_add(err, "root.path: %s: not a directory", c->config->root->path);
}

static void
check_mounts(const struct container *c, struct error *err)
{
	for (size_t i = 0; i < c->config->mounts.count; i++) {
		const struct oci_mount *mount = &c->config->mounts.items[i];
		struct mount_options options = mount_options_parse(&mount->options, c->arena);
		struct stat about;
		bool bind = options.bind || text_equal(mount->type, "bind");

		if (bind && mount->source == NULL)
			(void) error_add(err, "mounts[%zu].source: a bind of nothing", i);
		else if (bind && fstatat(c->bundle_dir, mount->source, &about, 0) < 0)
			(void) error_add(err, "mounts[%zu].source: %s: %s", i, mount->source, strerror(errno));
	}
}

static void
check_hooks(const struct oci_hook_list *hooks, const char *kind, struct error *err)
{
	for (size_t i = 0; i < hooks->count; i++)
		if (access(hooks->items[i].path, X_OK) < 0)
			(void) error_add(err, "hooks.%s[%zu].path: %s: %s", kind, i, hooks->items[i].path,
					 strerror(errno));
}

static void
check_namespaces(const struct container *c, struct error *err)
{
	const struct oci_namespace_list *list = &c->config->linux_->namespaces;

	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].path != NULL && access(list->items[i].path, F_OK) < 0)
			(void) error_add(err, "linux.namespaces[%zu].path: %s: %s", i, list->items[i].path,
					 strerror(errno));
}

static void
check_labels(const struct container *c, struct error *err)
{
	const struct oci_process *process = c->config->process;

	if (!text_is_empty(process->apparmor_profile) && !text_equal(process->apparmor_profile, "unconfined") &&
	    !lsm_has_apparmor())
		(void) error_add(err, "process.apparmorProfile: \"%s\": this kernel has no AppArmor",
				 process->apparmor_profile);
	if (!text_is_empty(process->selinux_label) && !lsm_has_selinux())
		(void) error_add(err, "process.selinuxLabel: \"%s\": SELinux is not active", process->selinux_label);
	if (!text_is_empty(c->config->linux_->mount_label) && !lsm_has_selinux())
		(void) error_add(err, "linux.mountLabel: \"%s\": SELinux is not active",
				 c->config->linux_->mount_label);
}

int
bundle_check_host(const struct container *c, struct error *err)
{
	const struct oci_hooks *hooks = c->config->hooks;

	err->text[0] = '\0';
	check_root(c, err);
	check_mounts(c, err);
	check_namespaces(c, err);
	check_labels(c, err);
	check_hooks(&hooks->prestart, "prestart", err);
	check_hooks(&hooks->create_runtime, "createRuntime", err);
	check_hooks(&hooks->create_container, "createContainer", err);
	check_hooks(&hooks->poststart, "poststart", err);
	check_hooks(&hooks->poststop, "poststop", err);
	return err->text[0] == '\0' ? 0 : -1;
}
