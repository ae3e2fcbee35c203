/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/instructions/program.h"

#include "builder/build/recipe.h"
#include "builder/dockerfile/duration.h"
#include "builder/dockerfile/stop_signal.h"
#include "libcommon/text.h"

struct text_list
program_shell(struct planner *planner, const char *text)
{
	const struct text_list *shell = &planner->here->config.shell;
	struct text_list args = { 0 };

	FOR_EACH(word, shell)
		list_add(&args, planner->arena, *word);
	if (shell->count == 0) {
		list_add(&args, planner->arena, "/bin/sh");
		list_add(&args, planner->arena, "-c");
	}
	list_add(&args, planner->arena, text);
	return args;
}

struct text_list
program_args(struct planner *planner, const struct statement *statement, size_t skip)
{
	struct text_list args = { 0 };

	if (!statement->is_json && statement->operands.count > skip)
		return program_shell(planner, statement->operands.items[skip]);
	for (size_t i = skip; i < statement->operands.count; i++)
		list_add(&args, planner->arena, statement->operands.items[i]);
	return args;
}

const char *
program_quoted(struct arena *arena, const struct text_list *args)
{
	scoped_buffer text = { 0 };

	buffer_add_char(&text, '[');
	FOR_EACH(arg, args) {
		if (arg != args->items)
			buffer_add_char(&text, ' ');
		recipe_quote(&text, *arg);
	}
	buffer_add_char(&text, ']');
	return arena_text(arena, buffer_text(&text));
}

int
program_plan_cmd(struct planner *planner, const struct statement *statement, struct error *err)
{
	(void) err;
	planner->here->config.cmd = program_args(planner, statement, 0);
	planner->here->has_cmd = true;
	planner_add_history(planner, NULL, "CMD %s",
			    program_quoted(planner->arena, &planner->here->config.cmd));
	return 0;
}

/* A command that was meant for the entrypoint of the base makes no sense with another one. */
int
program_plan_entrypoint(struct planner *planner, const struct statement *statement,
			struct error *err)
{
	(void) err;
	planner->here->config.entrypoint = program_args(planner, statement, 0);
	if (!planner->here->has_cmd)
		planner->here->config.cmd = (struct text_list){ 0 };
	planner_add_history(planner, NULL, "ENTRYPOINT %s",
			    program_quoted(planner->arena, &planner->here->config.entrypoint));
	return 0;
}

int
program_plan_shell(struct planner *planner, const struct statement *statement, struct error *err)
{
	(void) err;
	planner->here->config.shell = statement->operands;
	planner_add_history(planner, NULL, "SHELL [%s]",
			    text_join(planner->arena, &statement->operands, " "));
	return 0;
}

int
program_plan_user(struct planner *planner, const struct statement *statement, struct error *err)
{
	const char *written = statement->operands.items[0];

	TRY(planner_expand(&planner->here->config.user, planner, written, err));
	if (planner->here->config.user[0] == '\0')
		return fail(err, "the user \"%s\" is blank", written);
	planner_add_history(planner, NULL, "USER %s", planner->here->config.user);
	return 0;
}

int
program_plan_stopsignal(struct planner *planner, const struct statement *statement,
			struct error *err)
{
	const char *signal;

	TRY(planner_expand(&signal, planner, statement->operands.items[0], err));
	TRY(stop_signal_check(signal, err));
	planner->here->config.stop_signal = signal;
	planner_add_history(planner, NULL, "STOPSIGNAL %s", signal);
	return 0;
}

/* The words of the configuration: "CMD" and arguments, "CMD-SHELL" and a line, or "NONE". */
static struct text_list
read_test(struct planner *planner, const struct statement *statement)
{
	const char *kind = statement->operands.items[0];
	bool is_line = !statement->is_json && text_equal(kind, "CMD");
	struct text_list test = { 0 };

	list_add(&test, planner->arena, is_line ? "CMD-SHELL" : kind);
	for (size_t i = 1; i < statement->operands.count; i++)
		list_add(&test, planner->arena, statement->operands.items[i]);
	return test;
}

static void
tell_time(struct buffer *told, struct arena *arena, const char *name, int64_t nanoseconds)
{
	if (nanoseconds != 0)
		buffer_add_format(told, " --%s=%s", name, duration_text(arena, nanoseconds));
}

int
program_plan_healthcheck(struct planner *planner, const struct statement *statement,
			 struct error *err)
{
	const struct healthcheck_flags *flags = statement->flags;
	struct oci_healthcheck *check = arena_new(planner->arena, struct oci_healthcheck);
	scoped_buffer told = { 0 };

	(void) err;
	*check = (struct oci_healthcheck){
		.test = read_test(planner, statement),
		.interval = flags->interval,
		.timeout = flags->timeout,
		.start_period = flags->start_period,
		.start_interval = flags->start_interval,
		.retries = flags->retries,
	};
	planner->here->config.healthcheck = check;
	tell_time(&told, planner->arena, "interval", flags->interval);
	tell_time(&told, planner->arena, "timeout", flags->timeout);
	tell_time(&told, planner->arena, "start-period", flags->start_period);
	tell_time(&told, planner->arena, "start-interval", flags->start_interval);
	if (flags->retries != 0)
		buffer_add_format(&told, " --retries=%lld", (long long) flags->retries);
	planner_add_history(planner, NULL, "HEALTHCHECK%s %s", buffer_text(&told),
			    program_quoted(planner->arena, &check->test));
	return 0;
}
