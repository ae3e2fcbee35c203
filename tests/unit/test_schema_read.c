/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "libcommon/schema.h"

/* A document with a member of every kind. */
enum fruit { FRUIT_APPLE = 1, FRUIT_PEAR, FRUIT_PLUM };

struct leaf {
	const char *key;
	const uint32_t *veins;
};

struct tree {
	const char *name, *note;
	bool evergreen;
	const bool *grafted;
	const int64_t *height;
	const uint64_t *seeds;
	const uint16_t *rings;
	const uint8_t *age;
	int32_t slope;
	enum fruit fruit;
	struct text_list birds;
	list_of(uint32_t) years;
	list_of(enum fruit) wishes;
	const struct tree *parent;
	list_of(struct tree) children;
	struct pair_list labels;
	struct text_list holes;
	list_of(struct leaf) leaves;
};

static const struct word fruits[] = {
	{ "apple", FRUIT_APPLE },
	{ "pear", FRUIT_PEAR },
	{ "plum", FRUIT_PLUM },
	{ NULL, 0 },
};

static int
check_capital(const void *value, struct error *err)
{
	const char *text = *(const char *const *) value;

	return text[0] >= 'A' && text[0] <= 'Z' ? 0
						: fail(err, "must begin large, not \"%s\"", text);
}

static int
check_even(const void *value, struct error *err)
{
	return *(const uint32_t *) value % 2 == 0 ? 0 : fail(err, "must be even");
}

static int
check_label(const void *value, struct error *err)
{
	const struct pair *pair = value;

	return pair->key[0] != '\0' && pair->value[0] != '\0' ? 0 : fail(err, "must not be empty");
}

static int
check_parent(const void *value, struct error *err)
{
	return ((const struct tree *) value)->evergreen ? 0 : fail(err, "must be evergreen");
}

extern const struct schema tree_schema;
extern const struct schema leaf_schema;

/* clang-format off */
#define SELF struct leaf
static const struct field leaf_rows[] = { VALUE(veins, "veins") };
SCHEMA_KEYED(leaf, leaf_rows);
#undef SELF

#define SELF struct tree
static const struct field tree_rows[] = {
	VALUE(name,       "name",     .required = true, .check = check_capital),
	VALUE(note,       "note",     .check = check_capital),
	VALUE(evergreen,  "evergreen"),
	VALUE(grafted,    "grafted"),
	VALUE(height,     "height",   .min = -1),
	VALUE(seeds,      "seeds"),
	VALUE(rings,      "rings"),
	VALUE(age,        "age"),
	VALUE(slope,      "slope",    .min = -90, .max = 90),
	WORD(fruit,       "fruit",    fruits),
	VALUES(birds,     "birds",    .check = check_capital),
	VALUES(years,     "years",    .check = check_even),
	WORDS(wishes,     "wishes",   fruits),
	OBJECT(parent,    "parent",   tree, .check = check_parent),
	OBJECTS(children, "children", tree),
	MAP(labels,       "labels",   .check = check_label),
	KEYS(holes,       "holes",    .check = check_capital),
	OBJECT_MAP(leaves, "leaves",  leaf),
};
SCHEMA(tree, tree_rows);
#undef SELF
/* clang-format on */

static int
read_tree(struct tree *tree, const char *json, struct arena *arena, struct error *err)
{
	return schema_read(&tree_schema, tree, "tree.json", json, strlen(json), arena, err);
}

/* All complaints about this document are these lines. */
static void
check_refused(const char *json, const char *wanted)
{
	scoped_arena arena = { 0 };
	struct error err = { 0 };
	struct tree tree;

	CHECK_FAILS(read_tree(&tree, json, &arena, &err), err, wanted);
}

static struct tree
good_tree(const char *json, struct arena *arena)
{
	struct error err = { 0 };
	struct tree tree;

	CHECK_OK(read_tree(&tree, json, arena, &err), err);
	return tree;
}

/* {"name": "T", MEMBER} */
static void
check_member_refused(const char *member, const char *wanted)
{
	scoped_arena arena = { 0 };

	check_refused(arena_format(&arena, "{\"name\": \"T\", %s}", member),
		      arena_format(&arena, "tree.json:1: %s", wanted));
}

static struct tree
tree_with(const char *member, struct arena *arena)
{
	return good_tree(arena_format(arena, "{\"name\": \"T\", %s}", member), arena);
}

/* ---- values ---------------------------------------------------------------------------------- */

TEST(every_kind_of_member_is_read)
{
	scoped_arena arena = { 0 };
	struct tree t = good_tree(
		"{\"name\": \"Oak\", \"evergreen\": true, \"grafted\": false,"
		"\"height\": -1, \"seeds\": 18446744073709551615, \"rings\": 65535,"
		"\"age\": 255, \"slope\": -90, \"fruit\": \"plum\","
		"\"birds\": [\"Jay\", \"Owl\"], \"years\": [2, 4], \"wishes\": [\"pear\"],"
		"\"parent\": {\"name\": \"P\", \"evergreen\": true},"
		"\"children\": [{\"name\": \"A\"}, {\"name\": \"B\"}],"
		"\"labels\": {\"a\": \"1\", \"b.c\": \"2\"}, \"holes\": {\"Low\": {}},"
		"\"leaves\": {\"first\": {\"veins\": 7}, \"second\": {}}}",
		&arena);

	CHECK_TEXT(t.name, "Oak");
	CHECK(t.note == NULL);
	CHECK(t.evergreen);
	CHECK(t.grafted != NULL && !*t.grafted);
	CHECK_EQ(*t.height, -1);
	CHECK(*t.seeds == UINT64_MAX);
	CHECK_EQ(*t.rings, 65535);
	CHECK_EQ(*t.age, 255);
	CHECK_EQ(t.slope, -90);
	CHECK_EQ(t.fruit, FRUIT_PLUM);
	CHECK_EQ(t.birds.count, 2);
	CHECK_TEXT(t.birds.items[1], "Owl");
	CHECK_EQ(t.years.items[1], 4);
	CHECK_EQ(t.wishes.items[0], FRUIT_PEAR);
	CHECK_TEXT(t.parent->name, "P");
	CHECK_TEXT(t.children.items[1].name, "B");
	CHECK_TEXT(t.labels.items[1].key, "b.c");
	CHECK_TEXT(t.labels.items[1].value, "2");
	CHECK_TEXT(t.holes.items[0], "Low");
	CHECK_TEXT(t.leaves.items[0].key, "first");
	CHECK_EQ(*t.leaves.items[0].veins, 7);
	CHECK(t.leaves.items[1].veins == NULL);
}

TEST(what_was_in_the_struct_before_is_gone)
{
	scoped_arena arena = { 0 };
	struct error err = { .text = "an old error" };
	struct tree tree = { .note = "old", .slope = 3 };

	CHECK_OK(read_tree(&tree, "{\"name\": \"T\"}", &arena, &err), err);
	CHECK(tree.note == NULL);
	CHECK_EQ(tree.slope, 0);
	CHECK_FAILS(read_tree(&tree, "{}", &arena, &err), err, "tree.json:1: name: missing");
}

TEST(null_is_absent)
{
	scoped_arena arena = { 0 };
	struct tree t =
		tree_with("\"note\": null, \"height\": null, \"birds\": null, \"parent\": null,"
			  "\"labels\": null, \"fruit\": null, \"evergreen\": null",
			  &arena);

	CHECK(t.note == NULL && t.height == NULL && t.birds.items == NULL && t.parent == NULL);
	CHECK(t.labels.items == NULL && t.fruit == 0 && !t.evergreen);
	check_refused("{\"name\": null}", "tree.json:1: name: missing");
}

TEST(in_a_map_null_leaves_out_a_text_but_not_a_name)
{
	scoped_arena arena = { 0 };
	struct tree t =
		tree_with("\"labels\": {\"a\": null, \"b\": \"1\"}, \"holes\": {\"Low\": null},"
			  "\"leaves\": {\"first\": null}",
			  &arena);

	CHECK_EQ(t.labels.count, 1);
	CHECK_TEXT(t.labels.items[0].key, "b");
	CHECK_TEXT(t.holes.items[0], "Low");
	CHECK_TEXT(t.leaves.items[0].key, "first");
}

TEST(in_a_list_null_is_nothing_to_be_had)
{
	check_member_refused("\"birds\": [\"Jay\", null]",
			     "birds[1]: expected a string, found null");
	check_member_refused("\"children\": [null]", "children[0]: expected an object, found null");
}

TEST(an_empty_list_is_not_the_same_as_none)
{
	scoped_arena arena = { 0 };
	struct tree t = tree_with("\"birds\": [], \"labels\": {}, \"leaves\": {}", &arena);

	CHECK(t.birds.items != NULL && t.birds.count == 0);
	CHECK(t.labels.items != NULL && t.labels.count == 0);
	CHECK(t.leaves.items != NULL && t.leaves.count == 0);
	CHECK(t.years.items == NULL);
}

TEST(an_empty_text_is_absent_unless_required_or_in_a_list)
{
	scoped_arena arena = { 0 };
	struct tree t = tree_with("\"note\": \"\", \"fruit\": \"\"", &arena);

	CHECK(t.note == NULL);
	CHECK_EQ(t.fruit, 0);
	check_refused("{\"name\": \"\"}", "tree.json:1: name: must begin large, not \"\"");
	check_member_refused("\"birds\": [\"\"]", "birds[0]: must begin large, not \"\"");
	check_member_refused("\"wishes\": [\"\"]",
			     "wishes[0]: unknown word \"\", expected one of: apple pear plum");
}

TEST(escapes_in_names_and_texts_are_undone)
{
	scoped_arena arena = { 0 };
	struct tree t = good_tree(
		"{\"n\\u0061me\": \"T\\u00e4\\\"\\n\", \"labels\": {\"\\u0061\": \"b\"}}", &arena);

	CHECK_TEXT(t.name, "T\xc3\xa4\"\n");
	CHECK_TEXT(t.labels.items[0].key, "a");
}

/* ---- numbers --------------------------------------------------------------------------------- */

TEST(numbers_are_exact_to_the_last_bit)
{
	scoped_arena arena = { 0 };

	CHECK(*tree_with("\"height\": 9223372036854775807", &arena).height == INT64_MAX);
	CHECK(*tree_with("\"seeds\": 9007199254740993", &arena).seeds ==
	      UINT64_C(9007199254740993));
	CHECK(*tree_with("\"seeds\": 18446744073709551615", &arena).seeds == UINT64_MAX);
}

TEST(numbers_that_do_not_fit_are_refused_with_the_range)
{
	check_member_refused(
		"\"seeds\": 18446744073709551616",
		"seeds: must be between 0 and 18446744073709551615, not 18446744073709551616");
	check_member_refused("\"seeds\": 99999999999999999999999999999999999999999999",
			     "seeds: must be between 0 and 18446744073709551615, not "
			     "9999999999999999999999999999999999999999…");
	check_member_refused("\"seeds\": -1",
			     "seeds: must be between 0 and 18446744073709551615, not -1");
	check_member_refused("\"rings\": 65536", "rings: must be between 0 and 65535, not 65536");
	check_member_refused("\"age\": 256", "age: must be between 0 and 255, not 256");
	check_member_refused("\"years\": [2, 4294967296]",
			     "years[1]: must be between 0 and 4294967295, not 4294967296");
	check_member_refused("\"slope\": 91", "slope: must be between -90 and 90, not 91");
	check_member_refused("\"slope\": -99999999999999999999",
			     "slope: must be between -90 and 90, not -99999999999999999999");
	check_member_refused("\"height\": -2", "height: must be at least -1, not -2");
	check_member_refused("\"height\": 9223372036854775808",
			     "height: must be at least -1, not 9223372036854775808");
}

TEST(integers_are_those_of_gos_decoder)
{
	scoped_arena arena = { 0 };

	CHECK_EQ(*tree_with("\"height\": -0", &arena).height, 0);
	check_member_refused("\"seeds\": -0",
			     "seeds: must be between 0 and 18446744073709551615, not -0");
	check_member_refused("\"height\": 1.0", "height: expected an integer, found 1.0");
	check_member_refused("\"height\": 1e3", "height: expected an integer, found 1e3");
}

/* ---- complaints ------------------------------------------------------------------------------ */

TEST(what_was_expected_and_found_is_said)
{
	check_refused("[]", "tree.json:1: expected an object, found a list");
	check_refused("42", "tree.json:1: expected an object, found a number");
	check_refused("null", "tree.json:1: expected an object, found null");
	check_refused("{\"name\": 3}", "tree.json:1: name: expected a string, found a number");
	check_member_refused("\"evergreen\": \"yes\"",
			     "evergreen: expected true or false, found a string");
	check_member_refused("\"height\": \"3\"", "height: expected an integer, found a string");
	check_member_refused("\"height\": true",
			     "height: expected an integer, found true or false");
	check_member_refused("\"birds\": \"Jay\"", "birds: expected a list, found a string");
	check_member_refused("\"birds\": {}", "birds: expected a list, found an object");
	check_member_refused("\"birds\": [[]]", "birds[0]: expected a string, found a list");
	check_member_refused("\"parent\": []", "parent: expected an object, found a list");
	check_member_refused("\"labels\": {\"a\": 1}",
			     "labels.a: expected a string, found a number");
	check_member_refused("\"labels\": []", "labels: expected an object, found a list");
	check_member_refused("\"holes\": {\"Low\": 1}",
			     "holes.Low: expected an object, found a number");
	check_member_refused("\"leaves\": {\"a\": []}",
			     "leaves.a: expected an object, found a list");
}

TEST(all_complaints_are_made_each_with_its_line)
{
	check_refused("{\n"
		      "  \"height\": \"3\",\n"
		      "  \"fruit\": \"nut\",\n"
		      "  \"children\": [\n"
		      "    {\"name\": \"A\", \"slope\": 100},\n"
		      "    17,\n"
		      "    {\n"
		      "       \"birds\": [\"Jay\", 3, \"owl\"]\n"
		      "    }\n"
		      "  ]\n"
		      "}\n",
		      "tree.json:2: height: expected an integer, found a string\n"
		      "tree.json:3: fruit: unknown word \"nut\", expected one of: apple pear plum\n"
		      "tree.json:5: children[0].slope: must be between -90 and 90, not 100\n"
		      "tree.json:6: children[1]: expected an object, found a number\n"
		      "tree.json:8: children[2].birds[1]: expected a string, found a number\n"
		      "tree.json:8: children[2].birds[2]: must begin large, not \"owl\"\n"
		      "tree.json:7: children[2].name: missing\n"
		      "tree.json:1: name: missing");
}

TEST(a_syntax_error_comes_after_what_was_found_before_it)
{
	check_refused("{\n\"height\": \"3\",\n}",
		      "tree.json:2: height: expected an integer, found a string\n"
		      "tree.json:3:1: a comma too many before \"}\"");
	check_refused("", "tree.json:1:1: the document is empty");
}

TEST(there_is_an_end_to_complaints)
{
	scoped_arena arena = { 0 };
	scoped_buffer json = { 0 };
	struct error err = { 0 };
	struct tree tree;

	buffer_add_text(&json, "{\"name\": \"T\", \"birds\": [0");
	for (int i = 0; i < 100000; i++)
		buffer_add_text(&json, ",0");
	buffer_add_text(&json, "]}");
	CHECK_FAILS_WITH(read_tree(&tree, buffer_text(&json), &arena, &err), err,
			 "birds[9]: expected a string, found a number\n");
	CHECK_TEXT(strrchr(err.text, '\n'), "\n… and more");
}

TEST(a_wrong_member_that_is_required_is_not_missing_too)
{
	check_refused("{\"name\": 1}", "tree.json:1: name: expected a string, found a number");
}

TEST(words_that_are_near_are_proposed)
{
	check_member_refused("\"fruit\": \"aple\"", "fruit: unknown word \"aple\", expected one "
						    "of: apple pear plum; did you mean \"apple\"?");
	check_member_refused("\"fruit\": \"x\"",
			     "fruit: unknown word \"x\", expected one of: apple pear plum");
	check_member_refused("\"wishes\": [\"pear\", \"nut\"]",
			     "wishes[1]: unknown word \"nut\", expected one of: apple pear plum");
}

TEST(checks_speak_of_one_value_at_its_path)
{
	check_member_refused("\"years\": [2, 3]", "years[1]: must be even");
	check_member_refused("\"labels\": {\"a\": \"\"}", "labels.a: must not be empty");
	check_member_refused("\"holes\": {\"low\": {}}",
			     "holes.low: must begin large, not \"low\"");
	check_member_refused("\"parent\": {\"name\": \"P\"}", "parent: must be evergreen");
}

TEST(an_object_that_is_wrong_in_itself_is_not_checked_as_a_whole)
{
	check_member_refused("\"parent\": {\"name\": \"p\"}",
			     "parent.name: must begin large, not \"p\"");
}

TEST(names_in_a_path_are_quoted_when_they_are_not_plain)
{
	check_member_refused("\"labels\": {\"org.example/x\": 1}",
			     "labels[\"org.example/x\"]: expected a string, found a number");
	check_member_refused("\"labels\": {\"\": 1}",
			     "labels[\"\"]: expected a string, found a number");
	check_member_refused("\"labels\": {\"a\\nb\\u001b\": 1}",
			     "labels[\"a\\x0ab\\x1b\"]: expected a string, found a number");
}

TEST(what_a_user_wrote_cannot_make_a_line_of_its_own)
{
	check_refused("{\"name\": \"x\\nroot: all is well\"}",
		      "tree.json:1: name: must begin large, not \"x\\x0aroot: all is well\"");
	check_member_refused("\"fruit\": \"a\\nb\"",
			     "fruit: unknown word \"a\\x0ab\", expected one of: apple pear plum");
}

/* ---- names given twice, names unknown -------------------------------------------------------- */

TEST(a_name_given_twice_is_refused_wherever_it_is)
{
	check_refused("{\"name\": \"A\",\n\"name\": \"B\"}", "tree.json:2: name: is given twice");
	check_refused("{\"name\": \"A\", \"n\\u0061me\": \"B\"}",
		      "tree.json:1: name: is given twice");
	check_member_refused("\"note\": null, \"note\": \"N\"", "note: is given twice");
	check_member_refused("\"labels\": {\"a\": \"1\", \"a\": \"1\"}",
			     "labels.a: is given twice");
	check_member_refused("\"holes\": {\"A\": {}, \"A\": {}}", "holes.A: is given twice");
	check_member_refused("\"what\": 1, \"what\": 2", "\"what\" is given twice");
	check_member_refused("\"what\": {\"x\": [{\"y\": 1, \"z\": 2, \"y\": 3}]}",
			     "\"y\" is given twice");
	check_member_refused("\"holes\": {\"A\": {\"x\": 1, \"x\": 1}}",
			     "holes.A: \"x\" is given twice");
}

TEST(the_same_name_in_two_objects_is_fine)
{
	scoped_arena arena = { 0 };

	(void) tree_with("\"what\": [{\"x\": {\"x\": 1}}, {\"x\": 2}], \"x\": 3,"
			 "\"children\": [{\"name\": \"A\", \"x\": 1}, {\"name\": \"B\", \"x\": 1}],"
			 "\"labels\": {\"x\": \"1\"}",
			 &arena);
}

TEST(thousands_of_names_are_told_apart)
{
	scoped_arena arena = { 0 };
	scoped_buffer json = { 0 };

	buffer_add_text(&json, "\"labels\": {\"0\": \"x\"");
	for (int i = 1; i < 5000; i++)
		buffer_add_format(&json, ", \"%d\": \"x\"", i);
	buffer_add_text(&json, "}");
	CHECK_EQ(tree_with(buffer_text(&json), &arena).labels.count, 5000);
	buffer_add_text(&json, ", \"what\": {\"0\": 1, \"4999\": 1}");
	(void) tree_with(buffer_text(&json), &arena);
}

TEST(members_that_no_row_names_are_ignored_however_deep)
{
	scoped_arena arena = { 0 };
	struct tree t = good_tree(
		"{\"x\": {\"name\": [1, {\"name\": null}], \"birds\": 3}, \"y\": [[], {}],"
		"\"name\": \"T\", \"Name\": 3, \"z\": \"\\u0000\"}",
		&arena);

	CHECK_TEXT(t.name, "T");
}

TEST(a_nul_in_a_text_or_name_is_refused)
{
	check_refused("{\"name\": \"T\\u0000x\"}", "tree.json:1: name: has a NUL character in it");
	check_member_refused("\"fruit\": \"pear\\u0000\"", "fruit: has a NUL character in it");
	check_member_refused("\"birds\": [\"J\\u0000\"]", "birds[0]: has a NUL character in it");
	check_member_refused("\"labels\": {\"a\\u0000\": \"b\"}",
			     "labels: has a NUL character in a name");
	check_member_refused("\"labels\": {\"a\": \"b\\u0000\"}",
			     "labels.a: has a NUL character in it");
}

/* ---- depth ----------------------------------------------------------------------------------- */

static char *
nested(struct arena *arena, int depth, const char *open, const char *core, const char *close)
{
	scoped_buffer json = { 0 };

	for (int i = 0; i < depth; i++)
		buffer_add_text(&json, open);
	buffer_add_text(&json, core);
	for (int i = 0; i < depth; i++)
		buffer_add_text(&json, close);
	return arena_text(arena, buffer_text(&json));
}

TEST(depth_has_a_limit)
{
	scoped_arena arena = { 0 };
	const char *open = "{\"name\": \"T\", \"evergreen\": true, \"parent\": ";
	struct error err = { 0 };
	struct tree tree;

	(void) good_tree(nested(&arena, 63, open, "null", "}"), &arena);
	CHECK_FAILS_WITH(read_tree(&tree, nested(&arena, 64, open, "null", "}"), &arena, &err), err,
			 "parent: nested deeper than 64 levels");
	(void) tree_with(arena_format(&arena, "\"x\": %s", nested(&arena, 1000, "[", "1", "]")),
			 &arena);
	check_member_refused(arena_format(&arena, "\"x\": %s", nested(&arena, 1001, "[", "1", "]")),
			     "nested deeper than 1000 levels");
	check_member_refused(arena_format(&arena, "\"x\": %s", nested(&arena, 100000, "[", "", "")),
			     "nested deeper than 1000 levels");
}
