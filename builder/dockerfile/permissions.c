/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/dockerfile/permissions.h"

#include <string.h>

#include "libcommon/list.h"
#include "libcommon/number.h"

enum {
	USER = 04700, /* the bits a "u" may change … */
	GROUP = 02070,
	OTHERS = 01007,
	EVERYONE = 07777,
	EXECUTE = 0111,
};

/* One operation: in "u=rw,go+X" there are two. */
struct permissions_clause {
	uint32_t who;        /* the bits it may change */
	char operation;      /* + - = */
	uint32_t bits;       /* for everyone; `who` chooses */
	bool execute_if_any; /* X */
	char copy_from;      /* u, g or o, or 0 */
};

static uint32_t
read_who(const char **at)
{
	uint32_t who = 0;

	for (;; ++*at) {
		if (**at == 'u')
			who |= USER;
		else if (**at == 'g')
			who |= GROUP;
		else if (**at == 'o')
			who |= OTHERS;
		else if (**at == 'a')
			who |= EVERYONE;
		else
			return who != 0 ? who : EVERYONE;
	}
}

/* The letters behind an operation. */
static void
read_bits(struct permissions_clause *clause, const char **at)
{
	if (**at == 'u' || **at == 'g' || **at == 'o') {
		clause->copy_from = *(*at)++;
		return;
	}
	for (;; ++*at) {
		switch (**at) {
		case 'r':
			clause->bits |= 0444;
			break;
		case 'w':
			clause->bits |= 0222;
			break;
		case 'x':
			clause->bits |= EXECUTE;
			break;
		case 'X':
			clause->execute_if_any = true;
			break;
		case 's':
			clause->bits |= 06000;
			break;
		case 't':
			clause->bits |= 01000;
			break;
		default:
			return;
		}
	}
}

static int
read_symbolic(struct permissions *permissions, const char *text, struct arena *arena,
	      struct error *err)
{
	list_of(struct permissions_clause) clauses = { 0 };
	const char *at = text;

	for (;;) {
		uint32_t who = read_who(&at);
		if (*at == '\0' || strchr("+-=", *at) == NULL)
			return fail(
				err,
				"\"%s\" is neither an octal mode up to 7777 nor like u=rwX,go=rX",
				text);
		while (*at != '\0' && strchr("+-=", *at) != NULL) {
			struct permissions_clause clause = { .who = who, .operation = *at++ };
			read_bits(&clause, &at);
			list_add(&clauses, arena, clause);
		}
		if (*at == '\0')
			break;
		if (*at++ != ',')
			return fail(err, "\"%s\": \"%s\" is no permission", text, at - 1);
	}
	permissions->clauses = clauses.items;
	permissions->count = clauses.count;
	return 0;
}

int
permissions_read(struct permissions *permissions, const char *text, struct arena *arena,
		 struct error *err)
{
	unsigned mode;

	*permissions = (struct permissions){ 0 };
	if (text[0] < '0' || text[0] > '9')
		return read_symbolic(permissions, text, arena, err);
	TRY(number_mode(&mode, text, err));
	permissions->is_octal = true;
	permissions->octal = mode;
	return 0;
}

/* The bits of u, g or o, given to everyone. */
static uint32_t
spread(uint32_t mode, char from)
{
	uint32_t bits = (from == 'u' ? mode >> 6 : from == 'g' ? mode >> 3 : mode) & 7;

	return bits << 6 | bits << 3 | bits;
}

uint32_t
permissions_apply(const struct permissions *permissions, uint32_t mode, bool is_directory)
{
	if (permissions->is_octal)
		return permissions->octal;
	for (size_t i = 0; i < permissions->count; i++) {
		const struct permissions_clause *clause = &permissions->clauses[i];
		uint32_t bits =
			clause->copy_from != 0 ? spread(mode, clause->copy_from) : clause->bits;

		if (clause->execute_if_any && (is_directory || (mode & EXECUTE) != 0))
			bits |= EXECUTE;
		bits &= clause->who;
		if (clause->operation == '-')
			mode &= ~bits;
		else if (clause->operation == '+')
			mode |= bits;
		else
			mode = (mode & ~clause->who) | bits;
	}
	return mode;
}
