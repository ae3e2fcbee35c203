/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The specifications' own JSON schemas against our rows: every property has a row, of the same type,
 * required alike, and with the same words. What differs on purpose is listed, with the reason.
 */
#include "tests/unit/check.h"

#include <yajl/yajl_tree.h>

#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/runtime_config.h"
#include "oci-spec/runtime_features.h"
#include "oci-spec/runtime_state.h"
#include "tests/unit/corpus.h"

/* clang-format off */
static const struct {
	const char *path, *why;
} differences[] = {
	{ "runtime/config-schema.json: solaris",  "another platform" },
	{ "runtime/config-schema.json: windows",  "another platform" },
	{ "runtime/config-schema.json: vm",       "another platform" },
	{ "runtime/config-schema.json: zos",      "another platform" },
	{ "runtime/config-schema.json: freebsd",  "another platform" },
	{ "runtime/config-schema.json: process.commandLine",   "Windows only" },
	{ "runtime/config-schema.json: process.user.username", "Windows only" },
	{ "runtime/config-schema.json: linux.resources.pids.limit", "update may leave it out; since 1.3 absent is no limit" },
	{ "image/config-schema.json: rootfs.diff_ids",       "docker leaves it out when there is none" },
	{ "image/image-manifest-schema.json: layers",        "some write null when there is none" },
	{ "image/image-index-schema.json: manifests",        "some write null when there is none" },
	{ "image/image-index-schema.json: manifests.platform.architecture", "an entry that says less fits nowhere" },
	{ "image/image-index-schema.json: manifests.platform.os",           "an entry that says less fits nowhere" },
};
/* clang-format on */

/* More than the schemas have, in words. */
static const char *const our_words[] = { "paused",  "rprivate",    "rslave",
					 "rshared", "runbindable", "a" };

struct walk {
	const char *room; /* "runtime" or "image" */
	const char *file; /* where it began */
	const char *data; /* the directory of both */
	struct arena arena;
	struct text_list names; /* of schema files that were read */
	list_of(yajl_val) trees;
	unsigned complaints;
	unsigned properties;
	bool used[COUNT(differences)];
};

/* ---- JSON schemas ---------------------------------------------------------------------------- */

static yajl_val
get(yajl_val object, const char *key)
{
	const char *path[] = { key, NULL };

	return object != NULL && YAJL_IS_OBJECT(object) ? yajl_tree_get(object, path, yajl_t_any)
							: NULL;
}

static yajl_val
load_schema(struct walk *walk, const char *name)
{
	char why[256];
	size_t n;

	for (size_t i = 0; i < walk->names.count; i++)
		if (strcmp(walk->names.items[i], name) == 0)
			return walk->trees.items[i];

	const char *json = corpus_read(&walk->arena,
				       arena_format(&walk->arena, "%s/%s", walk->data, name), &n);
	CHECK(json != NULL);
	yajl_val tree = yajl_tree_parse(json, why, sizeof(why));
	CHECK(tree != NULL);
	list_add(&walk->names, &walk->arena, name);
	list_add(&walk->trees, &walk->arena, tree);
	return tree;
}

struct node {
	const char *file;
	yajl_val value;
};

/* Follows "defs.json#/definitions/uint32" from the file it stands in. */
static struct node
follow(struct walk *walk, struct node node)
{
	yajl_val reference;

	while ((reference = get(node.value, "$ref")) != NULL) {
		struct text_list halves = text_split(&walk->arena, YAJL_GET_STRING(reference), '#');
		if (halves.items[0][0] != '\0')
			node.file = halves.items[0];
		node.value = load_schema(walk, node.file);
		struct text_list steps =
			text_split(&walk->arena, halves.count > 1 ? halves.items[1] : "", '/');
		FOR_EACH(step, &steps)
			if (**step != '\0')
				node.value = get(node.value, *step);
		CHECK(node.value != NULL);
	}
	return node;
}

/* ---- against the rows ------------------------------------------------------------------------ */

static bool
is_on_purpose(struct walk *walk, const char *path)
{
	const char *full = arena_format(&walk->arena, "%s/%s: %s", walk->room, walk->file, path);

	for (size_t i = 0; i < COUNT(differences); i++)
		if (strcmp(differences[i].path, full) == 0)
			return walk->used[i] = true;
	return false;
}

static void
complain(struct walk *walk, const char *path, const char *what)
{
	print_error("%s: %s: %s\n", walk->file, path, what);
	walk->complaints++;
}

static const char *
type_of(const struct field *field)
{
	static const char *const types[] = {
		[KIND_BOOL] = "boolean", [KIND_INT] = "integer", [KIND_UINT] = "integer",
		[KIND_TEXT] = "string",  [KIND_WORD] = "string", [KIND_OBJECT] = "object",
		[KIND_PAIR] = "object",
	};

	return field->shape == SHAPE_LIST  ? "array"
	       : field->shape == SHAPE_MAP ? "object"
					   : types[field->kind];
}

/* {"oneOf": [{…}, {"type": "null"}]} and {"anyOf": [{…}]} are what they hold. */
static struct node
unwrap(struct walk *walk, struct node node)
{
	for (node = follow(walk, node);; node = follow(walk, node)) {
		yajl_val choice = get(node.value, "oneOf");
		choice = choice != NULL ? choice : get(node.value, "anyOf");
		if (choice == NULL)
			return node;
		node.value = YAJL_GET_ARRAY(choice)->values[0];
	}
}

static bool
has_word(const struct word *words, const char *text)
{
	return words != NULL && word_value(words, text) > 0;
}

static bool
is_ours(const char *text)
{
	for (size_t i = 0; i < COUNT(our_words); i++)
		if (strcmp(our_words[i], text) == 0)
			return true;
	return false;
}

static void
compare_words(struct walk *walk, const struct field *field, yajl_val words, const char *path)
{
	struct text_list texts = { 0 };

	for (size_t i = 0; i < YAJL_GET_ARRAY(words)->len; i++) {
		list_add(&texts, &walk->arena, YAJL_GET_STRING(YAJL_GET_ARRAY(words)->values[i]));
		if (field->kind == KIND_WORD && !has_word(field->words, texts.items[i]))
			complain(walk, path,
				 arena_format(&walk->arena, "no word \"%s\"", texts.items[i]));
	}
	for (const struct word *w = field->kind == KIND_WORD ? field->words : NULL;
	     w != NULL && w->text != NULL; w++) {
		bool found = is_ours(w->text);
		FOR_EACH(text, &texts)
			found |= strcmp(*text, w->text) == 0;
		if (!found)
			complain(walk, path,
				 arena_format(&walk->arena, "a word \"%s\" of our own", w->text));
	}
}

static void walk_object(struct walk *walk, const struct schema *schema, struct node node,
			const char *path);

static void
compare(struct walk *walk, const struct field *field, struct node node, const char *path)
{
	node = unwrap(walk, node);
	const char *type = YAJL_GET_STRING(get(node.value, "type"));

	if (type != NULL && strcmp(type, type_of(field)) != 0)
		complain(
			walk, path,
			arena_format(&walk->arena, "is %s, the row says %s", type, type_of(field)));
	if (field->shape == SHAPE_LIST)
		node = unwrap(walk, (struct node){ node.file, get(node.value, "items") });
	else if (field->shape == SHAPE_MAP && field->kind == KIND_OBJECT)
		node = unwrap(walk,
			      (struct node){ node.file, get(node.value, "additionalProperties") });
	if (get(node.value, "enum") != NULL && field->kind != KIND_BOOL)
		compare_words(walk, field, get(node.value, "enum"), path);
	if (field->of != NULL)
		walk_object(walk, field->of, node, path);
}

static void
walk_properties(struct walk *walk, const struct schema *schema, struct node node, const char *path)
{
	yajl_val properties = get(node.value, "properties");

	for (size_t i = 0; properties != NULL && i < YAJL_GET_OBJECT(properties)->len; i++) {
		const char *key = YAJL_GET_OBJECT(properties)->keys[i];
		const char *at =
			arena_format(&walk->arena, "%s%s%s", path, path[0] ? "." : "", key);
		const struct field *field = NULL;

		for (size_t j = 0; j < schema->count; j++)
			if (strcmp(schema->fields[j].key, key) == 0)
				field = &schema->fields[j];
		walk->properties++;
		if (field != NULL)
			compare(walk, field,
				(struct node){ node.file, YAJL_GET_OBJECT(properties)->values[i] },
				at);
		else if (!is_on_purpose(walk, at))
			complain(walk, at, "has no row");
	}
}

static void
walk_required(struct walk *walk, const struct schema *schema, struct node node, const char *path)
{
	yajl_val required = get(node.value, "required");

	for (size_t i = 0; required != NULL && i < YAJL_GET_ARRAY(required)->len; i++) {
		const char *key = YAJL_GET_STRING(YAJL_GET_ARRAY(required)->values[i]);
		const char *at =
			arena_format(&walk->arena, "%s%s%s", path, path[0] ? "." : "", key);
		for (size_t j = 0; j < schema->count; j++)
			if (strcmp(schema->fields[j].key, key) == 0 &&
			    !schema->fields[j].required && !is_on_purpose(walk, at))
				complain(walk, at, "is required, the row says nothing");
	}
}

static void
walk_object(struct walk *walk, const struct schema *schema, struct node node, const char *path)
{
	node = unwrap(walk, node);
	yajl_val all = get(node.value, "allOf");

	for (size_t i = 0; all != NULL && i < YAJL_GET_ARRAY(all)->len; i++)
		walk_object(walk, schema,
			    (struct node){ node.file, YAJL_GET_ARRAY(all)->values[i] }, path);
	walk_properties(walk, schema, node, path);
	walk_required(walk, schema, node, path);
}

static void
check_differences(struct walk *walk)
{
	const char *begin = arena_format(&walk->arena, "%s/%s: ", walk->room, walk->file);

	for (size_t i = 0; i < COUNT(differences); i++)
		if (text_after(differences[i].path, begin) != NULL && !walk->used[i])
			check_failed("%s is no difference any more", differences[i].path);
}

static void
check_schema(const char *room, const char *file, const struct schema *schema, unsigned at_least)
{
	struct walk walk = { .room = room, .file = file };

	walk.data = corpus_data(&walk.arena, arena_format(&walk.arena, "oci-schemas/%s", room));
	if (walk.data == NULL) {
		arena_done(&walk.arena);
		skip();
	}
	walk_object(&walk, schema, (struct node){ file, load_schema(&walk, file) }, "");
	CHECK_EQ(walk.complaints, 0);
	CHECK(walk.properties >= at_least);
	check_differences(&walk);
	FOR_EACH(tree, &walk.trees)
		yajl_tree_free(*tree);
	arena_done(&walk.arena);
}

TEST(every_property_of_a_config_has_its_row)
{
	check_schema("runtime", "config-schema.json", &oci_config_schema, 180);
}

TEST(every_property_of_a_state_has_its_row)
{
	check_schema("runtime", "state-schema.json", &oci_state_schema, 6);
}

TEST(every_property_of_features_has_its_row)
{
	check_schema("runtime", "features-schema.json", &oci_features_schema, 30);
}

TEST(every_property_of_an_image_config_has_its_row)
{
	check_schema("image", "config-schema.json", &oci_image_schema, 25);
}

TEST(every_property_of_a_manifest_has_its_row)
{
	check_schema("image", "image-manifest-schema.json", &oci_manifest_schema, 20);
}

TEST(every_property_of_an_index_has_its_row)
{
	check_schema("image", "image-index-schema.json", &oci_index_schema, 20);
}

TEST(every_property_of_a_layout_has_its_row)
{
	check_schema("image", "image-layout-schema.json", &oci_layout_schema, 1);
}
