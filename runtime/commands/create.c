/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/fd.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/sealed.h"
#include "runtime/life/bundle.h"
#include "runtime/life/host.h"

struct create_args {
	const char *id, *bundle, *config, *console_socket, *pidfd_socket, *pid_file;
	uint32_t preserve_fds;
	bool no_pivot, no_new_keyring, no_subreaper;
};

/* clang-format off */
#define SELF struct create_args
static const struct option_row create_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPTION(bundle,         'b', "bundle",         "DIR",  "the bundle", .fallback = "."),
	OPTION(config,         'f', "config",         "FILE", "the bundle's document", .fallback = "config.json"),
	OPTION(console_socket, 0,   "console-socket", "PATH", "a socket that receives the terminal"),
	OPTION(pidfd_socket,   0,   "pidfd-socket",   "PATH", "a socket that receives a pidfd of the process"),
	OPTION(pid_file,       0,   "pid-file",       "FILE", "write the process's id there"),
	OPTION(preserve_fds,   0,   "preserve-fds",   "N",    "pass descriptors 3 to 3+N-1 to the process", .max = 65536),
	FLAG(no_pivot,         0,   "no-pivot",               "move the root instead of pivoting, for a root on an initramfs"),
	FLAG(no_new_keyring,   0,   "no-new-keyring",         "keep the caller's session keyring"),
	FLAG(no_subreaper,     0,   "no-subreaper",           "taken for compatibility", .hidden = true),
};
#undef SELF
/* clang-format on */

static int
create_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct create_args *args = parsed;
	struct wishes wishes = {
		.console_socket = args->console_socket,
		.pidfd_socket = args->pidfd_socket,
		.pid_file = args->pid_file,
		.preserve_fds = args->preserve_fds,
		.no_pivot = args->no_pivot,
		.no_new_keyring = args->no_new_keyring,
		.driver = globals->driver,
		.rootless = globals->is_rootless,
	};
	scoped(bundle_done) struct container container = { .id = args->id, .wishes = &wishes, .bundle_dir = -1 };
	scoped(host_created_done) struct created created = CREATED_NONE;

	TRY(sealed_enter(globals->argv, err));
	TRY(bundle_open(&container, args->bundle, args->config, arena, err));
	return host_create(&created, &container, globals->root, err);
}

const struct command create_command =
	COMMAND("create", "make a container that waits to be started", create_options, struct create_args, create_run);
