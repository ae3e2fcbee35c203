/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first line is a cgroupsPath as systemd's driver takes it, the second an id, the rest the value of an
 * annotation "org.systemd.property.NAME": what systemd is asked for in the end.
 */
#include "tests/fuzz/fuzz.h"

#include "libcommon/number.h"
#include "libcommon/text.h"
#include "runtime/kernel/cgroup_property.h"
#include "runtime/kernel/cgroup_unit.h"
#include "runtime/kernel/variant.h"
#include "runtime/life/state.h"

/* A unit that was named is one that the record may name. */
static void
try_unit(const char *wish, const char *id, struct arena *arena)
{
	struct cgroup_unit unit;
	struct error err = { 0 };

	if (state_check_id(id, &err) < 0)
		return;
	for (int for_user = 0; for_user < 2; for_user++) {
		if (cgroup_unit_name(&unit, wish, id, for_user == 1, arena, &err) < 0) {
			DEMAND(err.text[0] != '\0');
			continue;
		}
		DEMAND(cgroup_unit_is_name(unit.name) && strchr(unit.name, '/') == NULL);
		DEMAND(unit.slice == NULL ? cgroup_unit_is_slice(unit.name)
					  : cgroup_unit_is_slice(unit.slice) &&
						    cgroup_unit_is_name(unit.slice) &&
						    text_ends_with(unit.name, ".scope"));
		DEMAND(unit.for_user == (for_user == 1));
	}
}

/* Behind one whole type. */
static const char *
past(const char *type)
{
	DEMAND(type[0] != '\0');
	if (type[0] == 'a')
		return past(type + 1);
	if (type[0] == '(')
		for (type++; *type != ')';)
			type = past(type);
	return type + 1;
}

/* Words of a value, as busctl takes them; `left` are not taken yet. */
struct taking {
	const char **at;
	size_t left;
};

static const char *
next_word(struct taking *words)
{
	DEMAND(words->left > 0);
	words->left--;
	return *words->at++;
}

static void
take(struct taking *words, const char *type)
{
	struct error err = { 0 };
	uint64_t count;

	if (type[0] == 'a') {
		DEMAND(number_unsigned(&count, next_word(words), words->left, &err) == 0);
		for (; count > 0; count--)
			take(words, type + 1);
	} else if (type[0] == '(') {
		for (type++; *type != ')'; type = past(type))
			take(words, type);
	} else if (type[0] == 'v') {
		const char *inner = next_word(words);
		DEMAND(*past(inner) == '\0');
		take(words, inner);
	} else {
		(void) next_word(words);
	}
}

static void
try_value(const char *text, struct arena *arena)
{
	struct text_list words = { 0 }, property = { 0 };
	struct pair pair = { "org.systemd.property.TimeoutStopSec", text };
	struct pair_list annotations = { &pair, 1 };
	struct error err = { 0 };

	if (cgroup_property_add_annotations(&property, &annotations, arena, &err) < 0)
		DEMAND(err.text[0] != '\0');
	if (variant_parse(&words, text, arena, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return;
	}
	struct taking taking = { words.items, words.count };
	const char *type = next_word(&taking);
	DEMAND(*past(type) == '\0');
	take(&taking, type);
	DEMAND(taking.left == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct fuzz_input input = { bytes, n };
	const char *wish = fuzz_line(&input, &arena), *id = fuzz_line(&input, &arena);

	try_unit(wish, id, &arena);
	try_value(fuzz_rest(&input, &arena), &arena);
	return 0;
}
