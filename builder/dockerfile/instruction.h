/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the language knows of an instruction: one row of syntax.c says how its line is taken apart,
 * which flags it has, and what is wrong with it.
 *
 * To add an instruction: an id here, a row in syntax.c, a function for its meaning in
 * builder/instructions, a golden. The rows know nothing about meanings; a planner finds its
 * function by the id.
 */
#ifndef COOPERAGE_INSTRUCTION_H
#define COOPERAGE_INSTRUCTION_H

#include "libcommon/arena.h"
#include "libcommon/binding.h"
#include "libcommon/error.h"

enum instruction_id {
	INSTRUCTION_ADD,
	INSTRUCTION_ARG,
	INSTRUCTION_CMD,
	INSTRUCTION_COPY,
	INSTRUCTION_ENTRYPOINT,
	INSTRUCTION_ENV,
	INSTRUCTION_EXPOSE,
	INSTRUCTION_FROM,
	INSTRUCTION_HEALTHCHECK,
	INSTRUCTION_LABEL,
	INSTRUCTION_MAINTAINER,
	INSTRUCTION_ONBUILD,
	INSTRUCTION_RUN,
	INSTRUCTION_SHELL,
	INSTRUCTION_STOPSIGNAL,
	INSTRUCTION_USER,
	INSTRUCTION_VOLUME,
	INSTRUCTION_WORKDIR,
	INSTRUCTION_COUNT,
};

/* The shape of what follows the flags. */
enum operands {
	OPERANDS_COMMAND,     /* a JSON array, or the rest of the line as one text */
	OPERANDS_CHECK,       /* a word, then a command as above */
	OPERANDS_PATHS,       /* a JSON array, or words between blanks; quotes mean nothing */
	OPERANDS_WORDS,       /* words between blanks; quotes mean nothing */
	OPERANDS_TEXT,        /* the rest of the line */
	OPERANDS_PAIRS,       /* name=value…, or the old form: a name and the rest of the line */
	OPERANDS_NAMES,       /* name or name=value… */
	OPERANDS_INSTRUCTION, /* another instruction with its operands */
};

struct statement;

/* How one flag's value reaches its member of the row's flag struct. */
struct flag {
	const char *name; /* without the dashes */
	size_t offset;    /* of the member; the table's SELF names the struct */
	enum flag_kind {
		FLAG_KIND_BOOL,     /* bool: --x, --x=true, --x=false */
		FLAG_KIND_OPTIONAL, /* const bool *: the same, NULL if not said */
		FLAG_KIND_TEXT,     /* const char *: NULL if not said */
		FLAG_KIND_LIST,     /* struct text_list: may be said again */
		FLAG_KIND_WORD,     /* int32_t: a value of .words */
		FLAG_KIND_TIME,     /* int64_t: nanoseconds, 0 or at least a millisecond */
		FLAG_KIND_NUMBER,   /* int64_t: at least 0 */
	} kind;
	const struct word *words;
	int (*check)(const char *value, struct error *err);
	const char *help;
};

#define FLAG_KIND_OF(x)                                                                            \
	_Generic((x),                                                                              \
		bool: FLAG_KIND_BOOL, const bool *: FLAG_KIND_OPTIONAL,                            \
		const char *: FLAG_KIND_TEXT, struct text_list: FLAG_KIND_LIST)

/* FLAG_VALUE takes its kind from the member; a number and a word must say which they are. */
/* clang-format off */
#define FLAG_VALUE(member, text, ...)                                                              \
	{ .name = text, .offset = offsetof(SELF, member),                                          \
	  .kind = FLAG_KIND_OF(MEMBER(member)), __VA_ARGS__ }
#define FLAG_OF(member, type, text, ...)                                                           \
	{ .name = text, .offset = offsetof(SELF, member) +                                         \
	  GUARD(SAME_TYPE(MEMBER(member), type), #member " must be of type " #type), __VA_ARGS__ }
#define FLAG_WORD(member, text, table, ...)                                                        \
	FLAG_OF(member, int32_t, text, .kind = FLAG_KIND_WORD, .words = table, __VA_ARGS__)
#define FLAG_TIME(member, text, ...)                                                               \
	FLAG_OF(member, int64_t, text, .kind = FLAG_KIND_TIME, __VA_ARGS__)
#define FLAG_NUMBER(member, text, ...)                                                             \
	FLAG_OF(member, int64_t, text, .kind = FLAG_KIND_NUMBER, __VA_ARGS__)
/* clang-format on */

/* The row. */
struct instruction {
	const char *word; /* in capitals */
	enum instruction_id id;
	enum operands operands;
	const struct flag *flags; /* NULL, or ended by a row without a name */
	size_t flags_size;        /* of the struct the flags are bound into */
	size_t min, max;          /* operands or pairs */
	const char *needs;        /* what those are, for the complaint */
	bool expands;             /* variables, in operands and pairs */
	bool takes_heredocs;
	bool no_trigger; /* may not follow ONBUILD */
	/* What is wrong that shape and numbers cannot say; NULL if nothing can be. */
	int (*judge)(const struct statement *statement, struct arena *arena, struct error *err);
	const char *help; /* one sentence */
};

#define OPERANDS_ANY SIZE_MAX /* of struct instruction.max */

/* INSTRUCTION_COUNT rows, at the index of their ids. */
extern const struct instruction syntax_table[];

/* The row of a word in any case, or NULL. */
const struct instruction *syntax_find(const char *word);

/* The word that was perhaps meant, or NULL. */
const char *syntax_nearest(const char *word);

#endif
