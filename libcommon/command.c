/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "libcommon/text.h"

static int
print(const struct buffer *text, struct error *err)
{
	return file_write(1, "standard output", text->bytes, text->length, err);
}

static int
print_program_help(const struct program *program, struct error *err)
{
	scoped_buffer out = { 0 };

	buffer_add_format(&out, "%s: %s\n\nUsage: %s [OPTIONS] COMMAND [ARGUMENTS]\n\nCommands:\n",
			  program->name, program->summary, program->name);
	for (size_t i = 0; i < program->count; i++)
		if (!program->commands[i]->hidden)
			buffer_add_format(&out, "  %-12s %s\n", program->commands[i]->name,
					  program->commands[i]->summary);
	buffer_add_text(&out, "\nOptions:\n");
	options_add_help(&program->options, &out);
	buffer_add_format(&out, "\n\"%s COMMAND --help\" tells more about one.\n", program->name);
	return print(&out, err);
}

static int
print_command_help(const struct program *program, const struct command *command, struct error *err)
{
	scoped_buffer out = { 0 }, options = { 0 };

	buffer_add_format(&out, "Usage: %s %s", program->name, command->name);
	options_add_usage(&command->options, &out);
	buffer_add_format(&out, "\n\n%s\n", command->summary);
	options_add_help(&command->options, &options);
	if (options.length > 0)
		buffer_add_format(&out, "\nOptions:\n%s", buffer_text(&options));
	return print(&out, err);
}

static const struct command *
find_command(const struct program *program, const char *name)
{
	for (size_t i = 0; i < program->count; i++)
		if (strcmp(program->commands[i]->name, name) == 0)
			return program->commands[i];
	return NULL;
}

static int
refuse_command(const struct program *program, const char *name, struct error *err)
{
	const char *nearest = NULL;
	unsigned best = 3;

	for (size_t i = 0; i < program->count; i++) {
		unsigned distance = text_distance(name, program->commands[i]->name);
		if (distance < best && !program->commands[i]->hidden) {
			best = distance;
			nearest = program->commands[i]->name;
		}
	}
	if (nearest != NULL)
		return fail(err, "unknown command \"%s\"; did you mean \"%s\"?", name, nearest);
	return fail(err, "unknown command \"%s\"; \"%s --help\" lists them", name, program->name);
}

/* "--version" is a global flag like any other, but needs no command. */
static bool
asks_version(const struct program *program, const void *globals)
{
	for (size_t i = 0; i < program->options.count; i++) {
		const struct option_row *row = &program->options.rows[i];
		if (row->role == OPTION_ROLE_FLAG && text_equal(row->name, "version"))
			return *(const bool *) ((const char *) globals + row->offset);
	}
	return false;
}

static int
run_command(const struct program *program, const struct command *command, const void *globals,
	    int argc, char **argv, struct arena *arena, struct error *err)
{
	void *args = arena_alloc(arena, command->args_size);
	int parsed = options_parse(&command->options, args, argc, argv, NULL, arena, err);

	if (parsed > 0)
		return print_command_help(program, command, err);
	if (parsed < 0)
		return error_prefix(err, command->name);

	int status = command->run(globals, args, arena, err);
	return status < 0 ? error_prefix(err, command->name) : status;
}

static int
run_program(const struct program *program, int argc, char **argv, int *failed, struct arena *arena,
	    struct error *err)
{
	void *globals = arena_alloc(arena, program->globals_size);
	int used = 0;

	TRY(fd_fill_standard(err));
	int parsed = GET(options_parse(&program->options, globals, argc - 1, argv + 1, &used, arena, err));
	if (parsed > 0)
		return print_program_help(program, err);
	if (asks_version(program, globals)) {
		scoped_buffer out = { 0 };
		program->add_version(&out);
		return print(&out, err);
	}
	TRY(program->prepare(globals, argv, arena, err));
	if (1 + used >= argc)
		return fail(err, "a command is missing; \"%s --help\" lists them", program->name);

	const char *name = argv[1 + used];
	const struct command *command = find_command(program, name);
	if (command == NULL && strcmp(name, "help") == 0)
		return print_program_help(program, err);
	if (command == NULL)
		return refuse_command(program, name, err);
	if (command->failed != 0)
		*failed = command->failed;
	return run_command(program, command, globals, argc - 2 - used, argv + 2 + used, arena, err);
}

int
command_main(const struct program *program, int argc, char **argv)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	int failed = 1;
	struct log_settings settings = { .level = LOG_LEVEL_WARNING, .program = program->name };

	(void) log_open(&settings, &err); /* standard error cannot fail to open */
	int status = run_program(program, argc, argv, &failed, &arena, &err);
	if (status >= 0)
		return status;
	log_error(&err);
	return failed;
}
