/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Command-line options as rows, bound into a struct; the help text comes from the same rows.
 *
 * Parsed values live in the arena or in argv. Knows no program and prints nothing.
 */
#ifndef COOPERAGE_OPTIONS_H
#define COOPERAGE_OPTIONS_H

#include "libcommon/arena.h"
#include "libcommon/binding.h"
#include "libcommon/buffer.h"
#include "libcommon/error.h"

enum option_role { OPTION_ROLE_FLAG, OPTION_ROLE_VALUE, OPTION_ROLE_OPERAND };

struct option_row {
	enum option_role role;
	const char *name;  /* "bundle", or "CONTAINER" for an operand */
	char letter;       /* 'b', or 0 */
	const char *value; /* "DIR" in the help */
	const char *help;
	size_t offset, size;
	enum kind kind;
	enum shape shape;
	const struct word *words; /* only these are taken */
	const char *fallback;     /* parsed if the option is not given */
	bool required;            /* an operand that must be there */
	bool hidden;              /* taken, but not in the help: kept for callers of other programs */
	int64_t min, max;         /* of numbers, both or neither; both 0: any */
};

/* SELF is the struct; see binding.h. Further members of the row may follow. */
#define FLAG(m, short_name, long_name, text, ...)                                                  \
	{ .role = OPTION_ROLE_FLAG, .name = long_name, .letter = short_name, .help = text,         \
	  .offset = offsetof(SELF, m), .size = sizeof(bool), .kind = KIND_OF(MEMBER(m)),           \
	  .shape = SHAPE_VALUE + GUARD(SAME_TYPE(MEMBER(m), bool), #m " must be a bool"), __VA_ARGS__ }
#define OPTION(m, short_name, long_name, what, text, ...)                                          \
	{ .role = OPTION_ROLE_VALUE, .name = long_name, .letter = short_name, .value = what,       \
	  .help = text, .offset = offsetof(SELF, m), .size = SIZE_OF(MEMBER(m)),                   \
	  .kind = KIND_OF(MEMBER(m)), .shape = SHAPE_OF(MEMBER(m)), __VA_ARGS__ }
#define OPTION_LIST(m, short_name, long_name, what, text, ...)                                     \
	{ .role = OPTION_ROLE_VALUE, .name = long_name, .letter = short_name, .value = what,       \
	  .help = text, .offset = offsetof(SELF, m) +                                              \
	  GUARD(SAME_TYPE(MEMBER(m), struct text_list), #m " must be a struct text_list"),         \
	  .size = sizeof(char *), .kind = KIND_TEXT, .shape = SHAPE_LIST, __VA_ARGS__ }
#define OPTION_WORD(m, short_name, long_name, what, table, text, ...)                              \
	{ .role = OPTION_ROLE_VALUE, .name = long_name, .letter = short_name, .value = what,       \
	  .help = text, .offset = offsetof(SELF, m), .size = sizeof(MEMBER(m)), .kind = KIND_WORD, \
	  .shape = SHAPE_VALUE, .words = table, __VA_ARGS__ }
#define OPERAND(m, what, ...)                                                                      \
	{ .role = OPTION_ROLE_OPERAND, .name = what, .offset = offsetof(SELF, m),                  \
	  .size = SIZE_OF(MEMBER(m)), .kind = KIND_OF(MEMBER(m)), .shape = SHAPE_OF(MEMBER(m)),    \
	  __VA_ARGS__ }
#define OPERAND_LIST(m, what, ...)                                                                 \
	{ .role = OPTION_ROLE_OPERAND, .name = what, .offset = offsetof(SELF, m) +                 \
	  GUARD(SAME_TYPE(MEMBER(m), struct text_list), #m " must be a struct text_list"),         \
	  .size = sizeof(char *), .kind = KIND_TEXT, .shape = SHAPE_LIST, __VA_ARGS__ }

struct option_table {
	const struct option_row *rows;
	size_t count;
	bool in_order; /* the first operand ends the options: what follows belongs to somebody else */
};

/*
 * Fills the struct `into` (zeroed by the caller) from argv[0…argc). Long options take "--x v",
 * "--x=v" and a single dash; flags take "=true" and "=false". With `used` not NULL it stops before
 * the first operand and says how many arguments were taken. Returns 1 if help was asked for.
 */
int options_parse(const struct option_table *table, void *into, int argc, char **argv, int *used,
		  struct arena *arena, struct error *err);

/* "[OPTIONS] CONTAINER [SIGNAL]" */
void options_add_usage(const struct option_table *table, struct buffer *out);

/* The lines of the help, one for each row. */
void options_add_help(const struct option_table *table, struct buffer *out);

#endif
