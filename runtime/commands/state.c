/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/state.h"

struct state_args {
	const char *id;
};

#define SELF struct state_args
static const struct option_row state_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
};
#undef SELF

static int
state_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct state_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;
	scoped_buffer json = { 0 };
	struct oci_state out;
	enum oci_status status;

	TRY(state_open(&state, globals->root, args->id, arena, err));
	TRY(state_status(&status, &state, err));
	state_describe(&state, status, false, &out);
	schema_write(&oci_state_schema, &out, SCHEMA_PRETTY, &json);
	return file_write(STDOUT_FILENO, "standard output", json.bytes, json.length, err);
}

const struct command state_command =
	COMMAND("state", "print the state of a container as JSON", state_options, struct state_args, state_run);
