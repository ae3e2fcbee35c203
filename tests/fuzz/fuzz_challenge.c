/* SPDX-License-Identifier: Apache-2.0 */
/* Each line is a WWW-Authenticate header of one answer. */
#include "tests/fuzz/fuzz.h"

#include <strings.h>

#include "builder/registry/challenge.h"
#include "libcommon/buffer.h"
#include "libcommon/text.h"

static void
print(struct buffer *out, const struct challenge_list *list)
{
	FOR_EACH(challenge, list) {
		buffer_add_format(out, "%s%s", challenge == list->items ? "" : ", ",
				  challenge->scheme);
		if (challenge->token68 != NULL)
			buffer_add_format(out, " %s", challenge->token68);
		FOR_EACH(parameter, &challenge->parameters) {
			buffer_add_format(out, "%s%s=\"",
					  parameter == challenge->parameters.items ? " " : ", ",
					  parameter->key);
			for (const char *c = parameter->value; *c != '\0'; c++)
				buffer_add_format(out, *c == '"' || *c == '\\' ? "\\%c" : "%c", *c);
			buffer_add_char(out, '"');
		}
	}
}

static void
check_list(const struct challenge_list *list)
{
	DEMAND(list->count <= CHALLENGE_COUNT_MAX);
	FOR_EACH(challenge, list) {
		DEMAND(challenge->scheme[0] != '\0');
		DEMAND(challenge->token68 == NULL || challenge->parameters.count == 0);
		DEMAND(challenge->parameters.count <= CHALLENGE_PARAMETERS_MAX);
		FOR_EACH(parameter, &challenge->parameters)
			DEMAND(challenge_parameter(challenge, parameter->key) == parameter->value);
	}
}

/* What is printed of it is read as the same. */
static void
check_print(const struct challenge_list *list, struct arena *arena)
{
	struct challenge_list again = { 0 };
	scoped_buffer one = { 0 }, two = { 0 };
	struct error err = { 0 };

	print(&one, list);
	if (one.length > CHALLENGE_HEADER_MAX)
		return;
	DEMAND(challenge_read(&again, buffer_text(&one), arena, &err) == 0);
	print(&two, &again);
	DEMAND(text_equal(buffer_text(&one), buffer_text(&two)));
}

/* Nothing of it could end a line of a request, or leave its place in an URL. */
static void
check_demand(const struct challenge_demand *demand)
{
	if (demand->kind == CHALLENGE_BASIC)
		return;
	DEMAND(strncasecmp(demand->realm, "https://", 8) == 0 ||
	       strncasecmp(demand->realm, "http://", 7) == 0);
	for (const char *c = demand->realm; *c != '\0'; c++)
		DEMAND(*c > ' ' && *c < '\x7f' && strchr("\"<>\\^`{|}#", *c) == NULL);
	FOR_EACH(scope, &demand->scopes)
		for (const char *c = *scope; **scope != '\0' && *c != '\0'; c++)
			DEMAND(*c > ' ' && *c < '\x7f' && *c != '"' && *c != '\\');
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	struct challenge_list list = { 0 };
	struct challenge_demand demand;
	struct error err = { 0 };

	while (input.left > 0)
		if (challenge_read(&list, fuzz_line(&input, &arena), &arena, &err) < 0) {
			DEMAND_REASON(err);
			return 0;
		}
	check_list(&list);
	check_print(&list, &arena);
	int chosen = challenge_choose(&demand, &list, &arena, &err);
	if (chosen == 0)
		check_demand(&demand);
	else if (chosen < 0)
		DEMAND_REASON(err);
	return 0;
}
