/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first line is a program and a command of it ("runlet exec"), the others are its arguments: what
 * is bound is what the rows allow, and none of the code behind a command is run.
 */
#include "tests/fuzz/fuzz.h"

#include "builder/commands.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"
#include "runtime/commands.h"

#define ARGUMENTS_MAX 64

/* Both have a "run": the one linked is cooper's, and runlet's has the options of its "create". */
#define ROW(name) { #name, &name##_command },
static const struct {
	const char *name;
	const struct command *command;
} commands[] = { RUNLET_COMMANDS(ROW) COOPER_COMMANDS(ROW) };

static const struct command *
find_command(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (text_equal(commands[i].name, name))
			return commands[i].command;
	return commands[strlen(name) % COUNT(commands)].command;
}

static void
check_text(const struct option_row *row, const char *text)
{
	DEMAND(text == NULL || strlen(text) < SIZE_MAX);
	DEMAND(text != NULL || (!row->required && row->fallback == NULL));
}

static void
check_number(const struct option_row *row, const void *slot)
{
	int64_t number = 0;

	if (row->kind == KIND_INT)
		number = row->size == 8 ? *(const int64_t *) slot : *(const int32_t *) slot;
	else
		number = row->size == 8   ? (int64_t) * (const uint64_t *) slot
			 : row->size == 4 ? *(const uint32_t *) slot
			 : row->size == 2 ? *(const uint16_t *) slot
					  : *(const uint8_t *) slot;
	if (row->min != 0 || row->max != 0)
		DEMAND(number == 0 || (number >= row->min && number <= row->max));
}

static void
check_row(const struct option_row *row, const char *args)
{
	const void *slot = args + row->offset;

	if (row->shape == SHAPE_LIST) {
		FOR_EACH(text, (const struct text_list *) slot)
			check_text(row, *text);
		return;
	}
	if (row->shape == SHAPE_POINTER && (slot = *(const void *const *) slot) == NULL)
		return;
	switch (row->kind) {
	case KIND_TEXT: check_text(row, *(const char *const *) slot); break;
	case KIND_BOOL: DEMAND(*(const uint8_t *) slot <= 1); break;
	case KIND_WORD:
		DEMAND(*(const int *) slot == 0 ||
		       word_text(row->words, *(const int *) slot) != NULL);
		break;
	case KIND_INT:
	case KIND_UINT: check_number(row, slot); break;
	default: DEMAND(!"a kind that options have not");
	}
}

static int
parse(const struct command *command, const struct text_list *arguments, void **args,
      struct arena *arena, struct error *err)
{
	char *argv[ARGUMENTS_MAX + 1] = { NULL };

	for (size_t i = 0; i < arguments->count; i++)
		argv[i] = arena_text(arena, arguments->items[i]);
	*args = arena_alloc(arena, command->args_size);
	return options_parse(&command->options, *args, (int) arguments->count, argv, NULL, arena,
			     err);
}

/* Behind "--" nothing is an option, so that text of strangers can be handed over. */
static void
try_operands(const struct command *command, const struct text_list *arguments, struct arena *arena)
{
	struct text_list guarded = { 0 };
	struct error err = { 0 };
	void *args;

	if (command->options.in_order)
		return;
	list_add(&guarded, arena, "--");
	for (size_t i = 0; i + 1 < ARGUMENTS_MAX && i < arguments->count; i++)
		list_add(&guarded, arena, arguments->items[i]);
	if (parse(command, &guarded, &args, arena, &err) != 0) {
		DEMAND(err.text[0] != '\0' && text_after(err.text, "unknown option") == NULL);
		return;
	}
	for (size_t i = 0; i < command->options.count; i++) {
		const struct option_row *row = &command->options.rows[i];
		if (row->role == OPTION_ROLE_FLAG && row->shape == SHAPE_VALUE &&
		    row->fallback == NULL)
			DEMAND(!*((const char *) args + row->offset));
	}
}

static void
print_help(const struct command *command)
{
	scoped_buffer help = { 0 };

	options_add_usage(&command->options, &help);
	options_add_help(&command->options, &help);
	DEMAND(strlen(buffer_text(&help)) == help.length);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	const struct command *command = find_command(fuzz_line(&input, &arena));
	struct text_list arguments = { 0 };
	struct error err = { 0 };
	void *args;

	while (input.left > 0 && arguments.count < ARGUMENTS_MAX)
		list_add(&arguments, &arena, fuzz_line(&input, &arena));
	int parsed = parse(command, &arguments, &args, &arena, &err);
	DEMAND(parsed <= 1);
	if (parsed < 0)
		DEMAND(err.text[0] != '\0');
	for (size_t i = 0; parsed == 0 && i < command->options.count; i++)
		check_row(&command->options.rows[i], args);
	try_operands(command, &arguments, &arena);
	print_help(command);
	return 0;
}
