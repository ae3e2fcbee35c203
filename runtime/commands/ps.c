/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libcommon/file.h"
#include "libcommon/process.h"
#include "runtime/commands.h"
#include "runtime/globals.h"
#include "runtime/kernel/cgroup.h"
#include "runtime/kernel/kin.h"
#include "runtime/life/state.h"

struct ps_args {
	const char *id, *format;
	struct text_list options;
};

/* clang-format off */
#define SELF struct ps_args
static const struct option_row ps_options[] = {
	OPERAND(id, "CONTAINER", .required = true),
	OPERAND_LIST(options, "PS-OPTION"),
	OPTION(format, 'f', "format", "FORMAT", "table or json", .fallback = "table"),
};
#undef SELF
/* clang-format on */

static int
print_json(const struct cgroup_members *members, struct error *err)
{
	scoped_buffer out = { 0 };

	buffer_add_char(&out, '[');
	for (size_t i = 0; i < members->count; i++)
		buffer_add_format(&out, "%s%d", i > 0 ? "," : "", (int) members->items[i]);
	buffer_add_text(&out, "]\n");
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

static int
read_ps(const struct text_list *options, struct arena *arena, char **text, struct error *err)
{
	struct text_list args = { 0 };

	list_add(&args, arena, "ps");
	FOR_EACH(option, options)
		list_add(&args, arena, *option);
	if (options->count == 0)
		list_add(&args, arena, "-ef");
	return process_capture("/bin/ps", (const char *const *) process_vector(&args, arena), arena, text, err);
}

/* The place of the PID column, from the header; -1 if there is none. */
static int
find_column(const char *header)
{
	char copy[1024], *save = NULL;
	int column = 0;

	(void) strncpy(copy, header, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (char *word = strtok_r(copy, " \t", &save); word != NULL; word = strtok_r(NULL, " \t", &save), column++)
		if (strcmp(word, "PID") == 0)
			return column;
	return -1;
}

static bool
names_member(const char *line, int column, const struct cgroup_members *members)
{
	const char *at = line + strspn(line, " \t");

	for (int i = 0; i < column; i++) {
		at += strcspn(at, " \t");
		at += strspn(at, " \t");
	}
	for (size_t i = 0; i < members->count; i++)
		if (members->items[i] == atoi(at))
			return true;
	return false;
}

static int
print_table(const struct cgroup_members *members, const struct text_list *options, struct arena *arena,
	    struct error *err)
{
	scoped_buffer out = { 0 };
	char *text, *save = NULL;

	TRY(read_ps(options, arena, &text, err));
	char *header = strtok_r(text, "\n", &save);
	int column = header != NULL ? find_column(header) : -1;
	if (column < 0)
		return fail(err, "ps prints no PID column with these options");
	buffer_add_format(&out, "%s\n", header);
	for (char *line = strtok_r(NULL, "\n", &save); line != NULL; line = strtok_r(NULL, "\n", &save))
		if (names_member(line, column, members))
			buffer_add_format(&out, "%s\n", line);
	return file_write(STDOUT_FILENO, "standard output", out.bytes, out.length, err);
}

static int
find_members(struct cgroup_members *members, const struct state *state, struct arena *arena, struct error *err)
{
	scoped(cgroup_done) struct cgroup cgroup = { .count = 0 };

	if (state->record.cgroup != NULL)
		TRY(cgroup_open(&cgroup, state->record.cgroup, arena, err));
	if (cgroup.count > 0)
		return cgroup_members(&cgroup, members, arena, err);
	if (state->pidfd < 0)
		return 0;
	return kin_find((pid_t) state->record.pid, state->record.own_pid_namespace, members, arena, err);
}

static int
ps_run(const void *data, const void *parsed, struct arena *arena, struct error *err)
{
	const struct globals *globals = data;
	const struct ps_args *args = parsed;
	scoped(state_done) struct state state = STATE_NONE;
	struct cgroup_members members = { 0 };

	TRY(state_open(&state, globals->root, args->id, arena, err));
	TRY(find_members(&members, &state, arena, err));
	if (strcmp(args->format, "json") == 0)
		return print_json(&members, err);
	if (strcmp(args->format, "table") != 0)
		return fail(err, "--format: \"%s\" is neither table nor json", args->format);
	return print_table(&members, &args->options, arena, err);
}

const struct command ps_command = {
	.name = "ps",
	.summary = "list the processes of a container",
	.options = { .rows = ps_options, .count = COUNT(ps_options), .in_order = true },
	.args_size = sizeof(struct ps_args),
	.run = ps_run,
};
