/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "libcommon/log.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/sealed.h"
#include "runtime/life/bundle.h"
#include "runtime/life/ending.h"
#include "runtime/life/host.h"
#include "runtime/life/watch.h"

struct run_args {
	const char *id, *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	uint32_t preserve_fds;
	bool detach, keep, no_pivot, no_new_keyring, no_subreaper;
};

/* clang-format off */
#define SELF struct run_args
static const struct option_row run_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPTION(bundle,         'b', "bundle",         "DIR",  "the bundle", .fallback = "."),
	OPTION(config,         'f', "config",         "FILE", "the bundle's document", .fallback = "config.json"),
	FLAG(detach,           'd', "detach",                 "do not wait for it to end"),
	FLAG(keep,             0,   "keep",                   "keep state and cgroup when it has ended, for delete"),
	OPTION(console_socket, 0,   "console-socket", "PATH", "a socket that receives the terminal"),
	OPTION(pidfd_socket,   0,   "pidfd-socket",   "PATH", "a socket that receives a pidfd of the process"),
	OPTION(pid_file,       0,   "pid-file",       "FILE", "write the process's id there"),
	OPTION(preserve_fds,   0,   "preserve-fds",   "N",    "pass descriptors 3 to 3+N-1 to the process", .max = 65536),
	FLAG(no_pivot,         0,   "no-pivot",               "move the root instead of pivoting, for a root on an initramfs"),
	FLAG(no_new_keyring,   0,   "no-new-keyring",         "keep the caller's session keyring"),
	FLAG(no_subreaper,     0,   "no-subreaper",           "do not reap the container's orphans"),
};
#undef SELF
/* clang-format on */

/* A container that could not be started, or has ended: nothing of it stays. */
static int
sweep(struct state *state, bool keep)
{
	struct error why;

	if (!keep && ending_delete(state, ENDING_BY_FORCE, &why) < 0)
		log_warn("%s, continuing", why.text);
	return 0;
}

static int
run_created(struct created *created, struct watch *watch, const struct run_args *args, struct error *err)
{
	int status = 0;

	interrupt_end(&created->interrupt);
	if (host_start(&created->state, err) < 0) {
		(void) sweep(&created->state, false);
		return -1;
	}
	if (args->detach)
		return 0;
	if (watch_until_end(watch, created->pid, created->guest, created->terminal, &status, err) < 0) {
		(void) sweep(&created->state, false);
		return -1;
	}
	(void) sweep(&created->state, args->keep);
	return status;
}

static int
run_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct run_args *args = parsed;
	struct wishes wishes = {
		.console_socket = args->console_socket,
		.pidfd_socket = args->pidfd_socket,
		.pid_file = args->pid_file,
		.preserve_fds = args->preserve_fds,
		.no_pivot = args->no_pivot,
		.no_new_keyring = args->no_new_keyring,
		.keeps_terminal = !args->detach && args->console_socket == NULL,
		.bare_newlines = !args->detach && args->console_socket == NULL && !isatty(STDOUT_FILENO),
		.driver = globals->driver,
		.rootless = globals->is_rootless,
	};
	scoped(bundle_done) struct container container = { .id = args->id, .wishes = &wishes, .bundle_dir = -1 };
	scoped(host_created_done) struct created created = CREATED_NONE;
	scoped(watch_done) struct watch watch = WATCH_NONE;

	TRY(sealed_enter(globals->argv, err));
	TRY(bundle_open(&container, args->bundle, args->config, arena, err));
	if (!args->detach)
		TRY(watch_begin(&watch, !args->no_subreaper, err));
	TRY(host_create(&created, &container, globals->root, err));
	return run_created(&created, &watch, args, err);
}

const struct command run_command =
	COMMAND("run", "create and start a container, and wait for it", run_options, struct run_args, run_run);
