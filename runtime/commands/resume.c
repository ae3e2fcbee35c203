/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/ending.h"

struct resume_args {
	const char *id;
};

#define SELF struct resume_args
static const struct option_row resume_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
};
#undef SELF

static int
resume_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct resume_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;

	TRY(state_open(&state, globals->root, args->id, arena, err));
	return ending_resume(&state, err);
}

const struct command resume_command =
	COMMAND("resume", "let a paused container go on", resume_options, struct resume_args, resume_run);
