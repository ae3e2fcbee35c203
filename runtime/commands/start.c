/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/host.h"

struct start_args {
	const char *id;
};

#define SELF struct start_args
static const struct option_row start_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
};
#undef SELF

static int
start_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct start_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;

	TRY(state_open(&state, globals->root, args->id, arena, err));
	return host_start(&state, err);
}

const struct command start_command =
	COMMAND("start", "start a created container", start_options, struct start_args, start_run);
