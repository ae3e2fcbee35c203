/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/ending.h"

struct delete_args {
	const char *id;
	bool force;
};

/* clang-format off */
#define SELF struct delete_args
static const struct option_row delete_options[] = {
	FLAG(force, 'f', "force", "kill it first if it runs; no error if it does not exist"),
	OPERAND(id, "CONTAINER", .required = true),
};
#undef SELF
/* clang-format on */

static int
delete_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct delete_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;

	if (GET(state_find(&state, globals->root, args->id, arena, err)) > 0)
		return args->force ? 0 : fail(err, "container \"%s\" does not exist", args->id);
	return ending_delete(&state, args->force ? ENDING_BY_FORCE : ENDING_IF_STOPPED, err);
}

const struct command delete_command =
	COMMAND("delete", "remove a stopped container", delete_options, struct delete_args, delete_run);
