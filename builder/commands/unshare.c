/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "builder/build/realm.h"
#include "builder/build/seclusion.h"
#include "builder/commands.h"
#include "builder/globals.h"
#include "libcommon/process.h"
#include "libcommon/text.h"

struct unshare_args {
	struct text_list command;
};

/* clang-format off */
#define SELF struct unshare_args
static const struct option_row unshare_options[] = {
	OPERAND_LIST(command, "COMMAND"),
};
#undef SELF
/* clang-format on */

static struct text_list
choose_command(const struct text_list *wanted, struct arena *arena)
{
	struct text_list shell = { 0 };
	const char *own = getenv("SHELL");

	if (wanted->count > 0)
		return *wanted;
	list_add(&shell, arena, text_is_empty(own) ? "/bin/sh" : own);
	return shell;
}

/* One who is root needs nothing: the same script does for both. */
static int
unshare_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct cooper_globals *globals = data;
	const struct unshare_args *args = parsed;
	const struct text_list command = choose_command(&args->command, arena);
	char **vector = process_vector(&command, arena);

	if (GET(realm_enter(err)) > 0)
		TRY(seclusion_enter(err));
	if (setenv("COOPER_ROOT", globals->root, 1) < 0)
		return fail_errno(err, "name the store to the command");
	(void) signal(SIGPIPE, SIG_DFL); /* which we ignore */
	(void) execvp(vector[0], vector);
	return fail_errno(err, "run \"%s\"", vector[0]);
}

const struct command unshare_command =
	COMMAND("unshare", "run a command where a user is root over what he built", unshare_options,
		struct unshare_args, unshare_run, .failed = 125, .options.in_order = true);
