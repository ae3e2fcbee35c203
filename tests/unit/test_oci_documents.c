/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Documents that others wrote: the specification's good and bad examples, and what Podman writes.
 * They lie outside of the project, where COOPERAGE_DATA says; without them these tests are skipped.
 */
#include "tests/unit/check.h"

#include <yajl/yajl_tree.h>

#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/runtime_features.h"
#include "oci-spec/runtime_rules.h"
#include "oci-spec/runtime_state.h"
#include "tests/unit/corpus.h"

/* ---- finding and reading them ---------------------------------------------------------------- */

struct document {
	const char *name, *json;
	size_t length;
};

static struct document
load(struct arena *arena, const char *directory, const char *name)
{
	struct document document = { .name = name };

	document.json =
		corpus_read(arena, arena_format(arena, "%s/%s", directory, name), &document.length);
	CHECK(document.json != NULL);
	return document;
}

/* Calls `each` with every file of a directory of examples. */
static void
for_examples(const char *below, const struct schema *schema,
	     void (*each)(const struct schema *schema, const struct document *document))
{
	scoped_arena arena = { 0 };
	const char *path =
		corpus_data(&arena, arena_format(&arena, "oci-schemas/runtime/test/%s", below));

	if (path == NULL)
		skip();
	struct text_list names = corpus_list(&arena, path);

	CHECK(names.count > 0);
	FOR_EACH(name, &names) {
		struct document document = load(&arena, path, *name);
		each(schema, &document);
	}
}

/* ---- good ones: read, written and read again ------------------------------------------------- */

static bool
says_nothing(yajl_val value)
{
	return YAJL_IS_NULL(value) || YAJL_IS_FALSE(value) ||
	       (YAJL_IS_NUMBER(value) && strcmp(YAJL_GET_NUMBER(value), "0") == 0) ||
	       (YAJL_IS_STRING(value) && YAJL_GET_STRING(value)[0] == '\0');
}

static const struct field *
find_row(const struct schema *schema, const char *key)
{
	for (size_t i = 0; i < schema->count; i++)
		if (strcmp(schema->fields[i].key, key) == 0)
			return &schema->fields[i];
	return NULL;
}

static yajl_val
find_member(yajl_val object, const char *key)
{
	for (size_t i = 0; i < YAJL_GET_OBJECT(object)->len; i++)
		if (strcmp(YAJL_GET_OBJECT(object)->keys[i], key) == 0)
			return YAJL_GET_OBJECT(object)->values[i];
	return NULL;
}

static void check_same_object(const struct schema *schema, yajl_val was, yajl_val is);

/* `of` is what members may be of, or NULL where the names are the user's. */
static void
check_same(const struct schema *of, bool is_map, const char *key, yajl_val was, yajl_val is)
{
	if (was->type != is->type)
		check_failed("%s: not what it was", key);
	if (YAJL_IS_STRING(was)) {
		CHECK_TEXT(YAJL_GET_STRING(is), YAJL_GET_STRING(was));
	} else if (YAJL_IS_NUMBER(was)) {
		CHECK_TEXT(YAJL_GET_NUMBER(is), YAJL_GET_NUMBER(was));
	} else if (YAJL_IS_ARRAY(was)) {
		CHECK_EQ(YAJL_GET_ARRAY(is)->len, YAJL_GET_ARRAY(was)->len);
		for (size_t i = 0; i < YAJL_GET_ARRAY(was)->len; i++)
			check_same(of, false, key, YAJL_GET_ARRAY(was)->values[i],
				   YAJL_GET_ARRAY(is)->values[i]);
	} else if (YAJL_IS_OBJECT(was) && (is_map || of == NULL)) {
		CHECK_EQ(YAJL_GET_OBJECT(is)->len, YAJL_GET_OBJECT(was)->len);
		for (size_t i = 0; i < YAJL_GET_OBJECT(was)->len; i++) {
			CHECK_TEXT(YAJL_GET_OBJECT(is)->keys[i], YAJL_GET_OBJECT(was)->keys[i]);
			check_same(of, false, key, YAJL_GET_OBJECT(was)->values[i],
				   YAJL_GET_OBJECT(is)->values[i]);
		}
	} else if (YAJL_IS_OBJECT(was)) {
		check_same_object(of, was, is);
	}
}

static void
check_same_object(const struct schema *schema, yajl_val was, yajl_val is)
{
	for (size_t i = 0; i < YAJL_GET_OBJECT(was)->len; i++) {
		const char *key = YAJL_GET_OBJECT(was)->keys[i];
		yajl_val value = YAJL_GET_OBJECT(was)->values[i], now = find_member(is, key);
		const struct field *field = find_row(schema, key);

		if (now == NULL && field != NULL && !says_nothing(value))
			check_failed("%s: %s was lost", schema->name, key);
		if (now != NULL)
			check_same(field->of, field->shape == SHAPE_MAP, key, value, now);
	}
	for (size_t i = 0; i < YAJL_GET_OBJECT(is)->len; i++)
		if (find_member(was, YAJL_GET_OBJECT(is)->keys[i]) == NULL &&
		    !find_row(schema, YAJL_GET_OBJECT(is)->keys[i])->always)
			check_failed("%s: %s was not there", schema->name,
				     YAJL_GET_OBJECT(is)->keys[i]);
}

static void
check_tree(const struct schema *schema, const char *was, const char *is)
{
	yajl_val a = yajl_tree_parse(was, NULL, 0), b = yajl_tree_parse(is, NULL, 0);

	CHECK(a != NULL && b != NULL);
	check_same_object(schema, a, b);
	yajl_tree_free(a);
	yajl_tree_free(b);
}

static void
check_good(const struct schema *schema, const struct document *document)
{
	scoped_arena arena = { 0 };
	scoped_buffer written = { 0 }, again = { 0 };
	void *value = arena_alloc(&arena, schema->size);
	struct error err = { 0 };

	CHECK_OK(schema_read(schema, value, document->name, document->json, document->length,
			     &arena, &err),
		 err);
	schema_write(schema, value, SCHEMA_PRETTY, &written);
	check_tree(schema, document->json, buffer_text(&written));

	CHECK_OK(schema_read(schema, value, "again", written.bytes, written.length, &arena, &err),
		 err);
	schema_write(schema, value, SCHEMA_PRETTY, &again);
	CHECK_TEXT(buffer_text(&again), buffer_text(&written));
}

TEST(good_configs_are_read_and_written_as_they_were)
{
	for_examples("config/good", &oci_config_schema, check_good);
}

TEST(good_states_are_read_and_written_as_they_were)
{
	for_examples("state/good", &oci_state_schema, check_good);
}

TEST(good_features_are_read_and_written_as_they_were)
{
	for_examples("features/good", &oci_features_schema, check_good);
}

TEST(what_podman_writes_is_read_written_and_breaks_no_rule)
{
	scoped_arena arena = { 0 };
	const char *path = corpus_data(&arena, "");
	struct oci_config config;
	struct error err = { 0 };

	if (path == NULL)
		skip();
	struct document document = load(&arena, path, "podman-default-config.json");
	check_good(&oci_config_schema, &document);
	CHECK_OK(schema_read(&oci_config_schema, &config, document.name, document.json,
			     document.length, &arena, &err),
		 err);
	CHECK_OK(runtime_rules_check(&config, &err), err);
	CHECK_TEXT(config.process->args.items[0], "/bin/true");
	CHECK_EQ(*config.linux_->resources->pids->limit, 2048);
	CHECK(config.linux_->seccomp->syscalls.count > 5);
}

/* ---- bad ones -------------------------------------------------------------------------------- */

/* What is wrong with each. */
static const struct {
	const char *name, *complaint;
} bad[] = {
	{ "invalid-json.json",
	  "invalid-json.json:1:2: expected a name in double quotes, found \"]\"" },
	{ "linux-hugepage.json",
	  "linux-hugepage.json:11: linux.resources.hugepageLimits[0].pageSize: must "
	  "be a size like \"64KB\", \"2MB\" or \"1GB\", not \"64kB\"" },
	{ "linux-netdevice.json",
	  "linux-netdevice.json:9: linux.netDevices.eth0.name: expected a string, found a number" },
	{ "linux-rdma.json",
	  "linux-rdma.json:10: linux.resources.rdma.mlx5_1.hcaHandles: expected an "
	  "integer, found a string" },
	{ "missing-ociVersionMax.json", "missing-ociVersionMax.json:1: ociVersionMax: missing" },
	{ "freebsd-vnet-disable.json", NULL }, /* of another platform, which Linux ignores */
};

static void
check_bad(const struct schema *schema, const struct document *document)
{
	scoped_arena arena = { 0 };
	void *value = arena_alloc(&arena, schema->size);
	struct error err = { 0 };
	size_t i = 0;

	while (i < COUNT(bad) && strcmp(bad[i].name, document->name) != 0)
		i++;
	if (i == COUNT(bad))
		check_failed("%s is new: what is wrong with it?", document->name);
	int result = schema_read(schema, value, document->name, document->json, document->length,
				 &arena, &err);
	if (bad[i].complaint == NULL)
		CHECK_OK(result, err);
	else
		CHECK_FAILS(result, err, bad[i].complaint);
}

TEST(bad_configs_are_refused_for_what_is_wrong_with_them)
{
	for_examples("config/bad", &oci_config_schema, check_bad);
}

TEST(bad_states_are_refused_for_what_is_wrong_with_them)
{
	for_examples("state/bad", &oci_state_schema, check_bad);
}

TEST(bad_features_are_refused_for_what_is_wrong_with_them)
{
	for_examples("features/bad", &oci_features_schema, check_bad);
}

/* ---- documents of which there are no examples ------------------------------------------------- */

/* Written compactly, it is the same text again. */
static void
check_kept(const struct schema *schema, const char *json)
{
	scoped_arena arena = { 0 };
	scoped_buffer written = { 0 };
	void *value = arena_alloc(&arena, schema->size);
	struct error err = { 0 };

	CHECK_OK(schema_read(schema, value, "document", json, strlen(json), &arena, &err), err);
	schema_write(schema, value, SCHEMA_COMPACT, &written);
	CHECK_TEXT(buffer_text(&written), json);
}

#define SHA "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

TEST(a_process_and_resources_are_documents_of_their_own)
{
	check_kept(&oci_process_schema, "{\"terminal\":true,\"user\":{\"uid\":5,\"gid\":0},"
					"\"args\":[\"sh\"],\"cwd\":\"/\"}");
	check_kept(&oci_resources_schema,
		   "{\"memory\":{\"limit\":-1},\"cpu\":{\"shares\":0},"
		   "\"pids\":{\"limit\":0},\"unified\":{\"memory.high\":\"max\"}}");
}

TEST(what_docker_adds_to_an_images_config_is_kept)
{
	check_kept(
		&oci_image_schema,
		"{\"created\":\"2026-01-02T03:04:05Z\",\"architecture\":\"arm\",\"variant\":\"v7\","
		"\"os\":\"linux\",\"config\":{\"User\":\"1000:1000\",\"ExposedPorts\":{\"80/"
		"tcp\":{}},"
		"\"Env\":[\"PATH=/bin\",\"ODD\"],\"Entrypoint\":[],\"Cmd\":[\"sh\"],"
		"\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"true\"],\"Interval\":30000000000,"
		"\"Retries\":3},\"ArgsEscaped\":true,\"Volumes\":{\"/data\":{}},"
		"\"WorkingDir\":\"/srv\",\"OnBuild\":[\"RUN true\"],\"Labels\":{\"a.b\":\"\"},"
		"\"StopSignal\":\"SIGTERM\",\"StopTimeout\":5,\"Shell\":[\"/bin/sh\",\"-c\"]},"
		"\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" SHA "\"]},"
		"\"history\":[{\"created_by\":\"RUN true\",\"empty_layer\":true}]}");
}

TEST(manifests_and_indexes_are_kept)
{
	check_kept(
		&oci_manifest_schema,
		"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\","
		"\"config\":{\"mediaType\":\"application/vnd.oci.image.config.v1+json\","
		"\"digest\":\"" SHA "\",\"size\":0},\"layers\":[]}");
	check_kept(&oci_index_schema,
		   "{\"schemaVersion\":2,\"manifests\":[{\"mediaType\":"
		   "\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"" SHA
		   "\",\"size\":7,"
		   "\"annotations\":{\"org.opencontainers.image.ref.name\":\"v1\"},\"platform\":"
		   "{\"architecture\":\"amd64\",\"os\":\"linux\",\"os.features\":[\"x\"]}}]}");
	check_kept(&oci_layout_schema, "{\"imageLayoutVersion\":\"1.0.0\"}");
}

TEST(lists_that_go_writes_as_null_are_empty)
{
	scoped_arena arena = { 0 };
	const char *json = "{\"schemaVersion\":2,\"manifests\":null}";
	struct oci_index index;
	struct error err = { 0 };

	CHECK_OK(schema_read(&oci_index_schema, &index, "index.json", json, strlen(json), &arena,
			     &err),
		 err);
	CHECK_EQ(index.manifests.count, 0);
}

TEST(blobs_are_named_properly_or_not_at_all)
{
	scoped_arena arena = { 0 };
	const char *json =
		"{\"schemaVersion\":1,\"config\":{\"mediaType\":\"x\",\"digest\":\"../../x\","
		"\"size\":-1}}";
	struct oci_manifest manifest;
	struct error err = { 0 };

	CHECK_FAILS(
		schema_read(&oci_manifest_schema, &manifest, "manifest", json, strlen(json), &arena,
			    &err),
		err,
		"manifest:1: schemaVersion: must be 2, not 1\n"
		"manifest:1: config.mediaType: must be a media type, not \"x\"\n"
		"manifest:1: config.digest: must be a digest like \"sha256:…\", not \"../../x\"\n"
		"manifest:1: config.size: must be between 0 and 9223372036854775807, not -1");
}
