/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command is a value, next to its code: name, sentence, options, function. A program is a list
 * of them. Finding one, parsing its line, help, and printing the one error happen here.
 */
#ifndef COOPERAGE_COMMAND_H
#define COOPERAGE_COMMAND_H

#include "libcommon/options.h"

struct command {
	const char *name;
	const char *summary; /* one line, imperative */
	struct option_table options;
	size_t args_size;    /* of the struct the options are bound into */
	/* Fails, or returns the exit status. `arena` lives until the program ends. */
	int (*run)(const void *globals, const void *args, struct arena *arena, struct error *err);
	int failed; /* the exit status of a failure, if not 1 */
	bool hidden;
};

#define COMMAND(word, sentence, table, type, function, ...)                                        \
	{ .name = word, .summary = sentence, .options = { .rows = table, .count = COUNT(table) },    \
	  .args_size = sizeof(type), .run = function, __VA_ARGS__ }

struct program {
	const char *name;
	const char *summary;
	struct option_table options; /* before the command */
	size_t globals_size;
	const struct command *const *commands;
	size_t count;
	/* Called with the parsed globals before any command: opens the log, judges what was said. */
	int (*prepare)(void *globals, char **argv, struct arena *arena, struct error *err);
	/* What --version prints. */
	void (*add_version)(struct buffer *out);
};

/* The whole of main(): returns the exit status. */
int command_main(const struct program *program, int argc, char **argv);

#endif
