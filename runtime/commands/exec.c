/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/number.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/runtime_rules.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/sealed.h"
#include "runtime/life/bundle.h"
#include "runtime/life/join.h"
#include "runtime/life/watch.h"

#define PROCESS_LIMIT (16 << 20)

struct exec_args {
	const char *id, *process, *cwd, *user, *console_socket, *pidfd_socket, *pid_file;
	const char *label, *apparmor;
	struct text_list env, caps, groups, cgroups, command;
	uint32_t preserve_fds;
	bool tty, detach, no_new_privs, ignore_paused;
};

/* clang-format off */
#define SELF struct exec_args
static const struct option_row exec_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPERAND_LIST(command, "COMMAND"),
	OPTION(process,        'p', "process",         "FILE",      "the process as JSON, instead of a command line"),
	FLAG(tty,              't', "tty",                          "give it a terminal"),
	FLAG(detach,           'd', "detach",                       "do not wait for it to end"),
	OPTION(cwd,            0,   "cwd",             "DIR",       "its working directory"),
	OPTION_LIST(env,       'e', "env",             "NAME=VALUE", "add to its environment"),
	OPTION(user,           'u', "user",            "UID[:GID]", "who it is"),
	OPTION_LIST(groups,    'g', "additional-gids", "GID",       "further groups"),
	OPTION_LIST(caps,      'c', "cap",             "NAME",      "add a capability"),
	FLAG(no_new_privs,     0,   "no-new-privs",                 "it and its children cannot gain privileges"),
	OPTION(label,          0,   "process-label",   "LABEL",     "its SELinux label"),
	OPTION(apparmor,       0,   "apparmor",        "PROFILE",   "its AppArmor profile"),
	OPTION_LIST(cgroups,   0,   "cgroup",          "[CONTROLLERS:]PATH", "a cgroup below the container's"),
	OPTION(console_socket, 0,   "console-socket",  "PATH",      "a socket that receives the terminal"),
	OPTION(pidfd_socket,   0,   "pidfd-socket",    "PATH",      "a socket that receives a pidfd of the process"),
	OPTION(pid_file,       0,   "pid-file",        "FILE",      "write the process's id there"),
	OPTION(preserve_fds,   0,   "preserve-fds",    "N",         "pass descriptors 3 to 3+N-1 to the process", .max = 65536),
	FLAG(ignore_paused,    0,   "ignore-paused",                "also in a paused container; it runs when that is resumed"),
};
#undef SELF
/* clang-format on */

static int
read_process(const struct oci_process **process, const char *path, struct arena *arena, struct error *err)
{
	struct oci_process *read = arena_new(arena, struct oci_process);
	char *json;
	size_t n;

	TRY(file_read_at(AT_FDCWD, path, PROCESS_LIMIT, arena, &json, &n, err));
	TRY(schema_read(&oci_process_schema, read, path, json, n, arena, err));
	if (runtime_rules_check_process(read, err) < 0)
		return error_prefix(err, path);
	*process = bundle_fill_process(read, arena);
	return 0;
}

/* Numbers only: names would have to be looked up in a place that is not ours to trust. */
static int
parse_user(struct oci_user *user, const char *text, struct arena *arena, struct error *err)
{
	struct text_list parts = text_split(arena, text, ':');
	uint64_t uid, gid = user->gid;

	if (parts.count > 2)
		return fail(err, "--user: \"%s\" is not UID[:GID]", text);
	if (number_unsigned(&uid, parts.items[0], UINT32_MAX - 1, err) < 0 ||
	    (parts.count == 2 && number_unsigned(&gid, parts.items[1], UINT32_MAX - 1, err) < 0))
		return error_prefix(err, "--user");
	user->uid = (uint32_t) uid;
	user->gid = (uint32_t) gid;
	return 0;
}

static int
add_groups(struct oci_user *user, const struct text_list *groups, struct arena *arena, struct error *err)
{
	struct oci_id_list gids = { 0 };

	FOR_EACH(gid, &user->additional_gids)
		list_add(&gids, arena, *gid);
	FOR_EACH(text, groups) {
		uint64_t gid;
		if (number_unsigned(&gid, *text, UINT32_MAX - 1, err) < 0)
			return error_prefix(err, "--additional-gids");
		list_add(&gids, arena, (uint32_t) gid);
	}
	user->additional_gids = gids;
	return 0;
}

static bool
lists(const struct text_list *names, const char *wanted)
{
	FOR_EACH(name, names)
		if (strcasecmp(*name, wanted) == 0)
			return true;
	return false;
}

/*
 * Not into the inheritable set (CVE-2022-29162); into the ambient one where the document has made it
 * inheritable itself, without which the kernel would refuse it.
 */
static const struct oci_capabilities *
add_capabilities(const struct oci_capabilities *had, const struct text_list *names, struct arena *arena)
{
	struct oci_capabilities *sets = arena_new(arena, struct oci_capabilities);
	struct text_list *const grown[] = { &sets->bounding, &sets->effective, &sets->permitted };

	if (had != NULL)
		*sets = *had;
	for (size_t i = 0; i < COUNT(grown); i++) {
		struct text_list copy = { 0 };
		FOR_EACH(name, grown[i])
			list_add(&copy, arena, *name);
		FOR_EACH(name, names)
			list_add(&copy, arena, *name);
		*grown[i] = copy;
	}
	struct text_list ambient = { 0 };
	FOR_EACH(name, &sets->ambient)
		list_add(&ambient, arena, *name);
	FOR_EACH(name, names)
		if (lists(&sets->inheritable, *name))
			list_add(&ambient, arena, *name);
	sets->ambient = ambient;
	return sets;
}

/* The container's own process, with what the command line says. */
static int
make_process(const struct oci_process **out, const struct state *state, const struct exec_args *args,
	     struct arena *arena, struct error *err)
{
	const struct oci_config *config;
	struct text_list env = { 0 };

	if (args->command.count == 0)
		return fail(err, "there is no command to run, and no --process");
	TRY(state_read_config(state, &config, err));
	struct oci_process *process = arena_new(arena, struct oci_process);
	struct oci_user *user = arena_new(arena, struct oci_user);
	*process = *bundle_fill_process(config->process, arena);
	*user = *process->user;
	process->user = user;
	process->args = args->command;
	process->terminal = args->tty;
	process->console_size = NULL;
	FOR_EACH(entry, &process->env)
		list_add(&env, arena, *entry);
	FOR_EACH(entry, &args->env)
		list_add(&env, arena, *entry);
	process->env = env;
	if (args->cwd != NULL)
		process->cwd = args->cwd;
	if (args->user != NULL)
		TRY(parse_user(user, args->user, arena, err));
	TRY(add_groups(user, &args->groups, arena, err));
	if (args->caps.count > 0)
		process->capabilities = add_capabilities(process->capabilities, &args->caps, arena);
	process->no_new_privileges |= args->no_new_privs;
	if (args->label != NULL)
		process->selinux_label = args->label;
	if (args->apparmor != NULL)
		process->apparmor_profile = args->apparmor;
	*out = process;
	return 0;
}

static int
choose_process(const struct oci_process **out, const struct state *state, const struct exec_args *args,
	       struct arena *arena, struct error *err)
{
	if (args->process == NULL)
		return make_process(out, state, args, arena, err);
	TRY(read_process(out, args->process, arena, err));
	if (args->tty && !(*out)->terminal) {
		struct oci_process *with = arena_new(arena, struct oci_process);
		*with = **out;
		with->terminal = true;
		*out = with;
	}
	return 0;
}

static int
exec_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct exec_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;
	scoped(join_done) struct joined joined = JOINED_NONE;
	scoped(watch_done) struct watch watch = WATCH_NONE;
	struct wishes wishes = {
		.console_socket = args->console_socket,
		.pidfd_socket = args->pidfd_socket,
		.pid_file = args->pid_file,
		.preserve_fds = args->preserve_fds,
		.keeps_terminal = !args->detach && args->console_socket == NULL,
		.bare_newlines = !args->detach && args->console_socket == NULL && !isatty(STDOUT_FILENO),
		.rootless = globals->is_rootless,
	};
	struct join join = { .state = &state, .wishes = &wishes, .cgroups = args->cgroups,
			     .ignore_paused = args->ignore_paused, .arena = arena };
	int status = 0;

	TRY(sealed_enter(globals->argv, err));
	TRY(state_open(&state, globals->root, args->id, arena, err));
	TRY(choose_process(&join.process, &state, args, arena, err));
	if (join.process->terminal && args->detach && args->console_socket == NULL)
		return fail(err, "a detached process with a terminal needs --console-socket");
	if (!args->detach)
		TRY(watch_begin(&watch, false, err));
	TRY(join_run(&joined, &join, err));
	if (args->detach)
		return 0;
	TRY(watch_until_end(&watch, joined.pid, joined.guest, joined.terminal, &status, err));
	return status;
}

const struct command exec_command = {
	.name = "exec",
	.summary = "run a further process in a running container",
	.options = { .rows = exec_options, .count = COUNT(exec_options), .in_order = true },
	.args_size = sizeof(struct exec_args),
	.run = exec_run,
	.failed = 255,
};
