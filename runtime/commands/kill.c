/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/signals.h"
#include "runtime/life/ending.h"

struct kill_args {
	const char *id, *signal;
	bool all;
};

/* clang-format off */
#define SELF struct kill_args
static const struct option_row kill_options[] = {
	FLAG(all, 'a', "all", "signal every process in the container"),
	OPERAND(id, "CONTAINER", .required = true),
	OPERAND(signal, "SIGNAL", .fallback = "TERM"),
};
#undef SELF
/* clang-format on */

static int
kill_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct kill_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;
	int signal = GET(signals_find(args->signal, err));

	TRY(state_open(&state, globals->root, args->id, arena, err));
	return args->all ? ending_signal_all(&state, signal, err) : ending_signal(&state, signal, err);
}

const struct command kill_command =
	COMMAND("kill", "send a signal to a container", kill_options, struct kill_args, kill_run);
