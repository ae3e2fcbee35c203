/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/schema.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/life/state.h"
#include "runtime/life/state_root.h"

struct list_args {
	const char *format;
	bool quiet;
};

/* clang-format off */
#define SELF struct list_args
static const struct option_row list_options[] = {
	OPTION(format, 'f', "format", "FORMAT", "table or json", .fallback = "table"),
	FLAG(quiet,    'q', "quiet",            "only the ids"),
};
#undef SELF
/* clang-format on */

/* One that is deleted meanwhile is left out, and what another user put there is none. */
static int
describe(struct oci_state *out, const char *root, const char *id, struct arena *arena, struct error *err)
{
	scoped(state_done) struct state state = STATE_NONE;
	enum oci_status status;
	int found = state_find(&state, root, id, arena, err);

	if (found < 0 && err->code == STATE_FOREIGN) {
		log_warn("%s, continuing", err->text);
		return 1;
	}
	if (found != 0)
		return found;
	TRY(state_status(&status, &state, err));
	state_describe(&state, status, false, out);
	return 0;
}

static void
add_row(struct buffer *out, const struct oci_state *state)
{
	buffer_add_format(out, "%-28s %-10jd %-10s %-28s %-32s %s\n", state->id, (intmax_t) *state->pid,
			  word_text(oci_status_words, (int) state->status), state->bundle,
			  state->created != NULL ? state->created : "", state->owner != NULL ? state->owner : "");
}

static int
list_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct list_args *args = parsed;
	scoped_buffer out = { 0 };
	struct text_list ids;
	bool json = strcmp(args->format, "json") == 0, first = true;

	if (!json && strcmp(args->format, "table") != 0)
		return fail(err, "--format: \"%s\" is neither table nor json", args->format);
	TRY(state_list(&ids, globals->root, arena, err));
	if (!args->quiet)
		buffer_add_format(&out, json ? "[" : "%-28s %-10s %-10s %-28s %-32s %s\n", "ID", "PID", "STATUS",
				  "BUNDLE", "CREATED", "OWNER");
	FOR_EACH(id, &ids) {
		struct oci_state state;

		if (args->quiet) {
			buffer_add_format(&out, "%s\n", *id);
			continue;
		}
		if (GET(describe(&state, globals->root, *id, arena, err)) > 0)
			continue;
		if (json) {
			buffer_add_text(&out, first ? "" : ",");
			schema_write(&oci_state_schema, &state, SCHEMA_COMPACT, &out);
		} else {
			add_row(&out, &state);
		}
		first = false;
	}
	if (json && !args->quiet)
		buffer_add_text(&out, "]\n");
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

const struct command list_command =
	COMMAND("list", "list the containers", list_options, struct list_args, list_run);
