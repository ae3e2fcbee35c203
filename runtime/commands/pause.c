/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/ending.h"

struct pause_args {
	const char *id;
};

#define SELF struct pause_args
static const struct option_row pause_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
};
#undef SELF

static int
pause_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct pause_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;

	TRY(state_open(&state, globals->root, args->id, arena, err));
	return ending_pause(&state, err);
}

const struct command pause_command =
	COMMAND("pause", "stop all processes of a container for a while", pause_options, struct pause_args, pause_run);
