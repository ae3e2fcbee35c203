/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/store/blobs.h"
#include "builder/store/names.h"
#include "builder/store/records.h"
#include "oci-spec/media_type.h"
#include "scratch.h"

struct fixture {
	struct scratch scratch;
	struct store store;
	struct arena arena;
	struct error err;
	struct oci_descriptor one, other;
};

static void
fixture_done(struct fixture *fixture)
{
	store_close(&fixture->store);
	arena_done(&fixture->arena);
	scratch_remove(&fixture->scratch);
}
#define scoped_fixture scoped(fixture_done) struct fixture

static struct oci_descriptor
put_manifest(struct fixture *fixture, const char *text)
{
	char digest[HASH_TEXT_SIZE];

	CHECK_OK(blobs_put(&fixture->store, text, strlen(text), digest, &fixture->err), fixture->err);
	return (struct oci_descriptor){ .media_type = MEDIA_TYPE_MANIFEST,
					.digest = arena_text(&fixture->arena, digest),
					.size = (int64_t) strlen(text) };
}

static void
fixture_make(struct fixture *fixture)
{
	char path[512];

	*fixture = (struct fixture){ .scratch = scratch_make() };
	(void) snprintf(path, sizeof(path), "%s/s", fixture->scratch.path);
	CHECK_OK(store_open(&fixture->store, path, &fixture->err), fixture->err);
	fixture->one = put_manifest(fixture, "{\"one\":1}");
	fixture->other = put_manifest(fixture, "{\"other\":2}");
}

/* All names and the first letters of what they stand for. */
static const char *
list_names(struct fixture *fixture)
{
	scoped_buffer text = { 0 };
	struct name_list list;

	CHECK_OK(names_list(&list, &fixture->store, &fixture->arena, &fixture->err), fixture->err);
	FOR_EACH (name, &list)
		buffer_add_format(&text, "%s=%s ", name->text != NULL ? name->text : "-",
				  strcmp(name->target.digest, fixture->one.digest) == 0 ? "one" : "other");
	return arena_text(&fixture->arena, buffer_text(&text));
}

TEST(a_name_stands_for_one_manifest_and_can_move)
{
	scoped_fixture f;
	struct oci_descriptor found;

	fixture_make(&f);
	CHECK_EQ(names_find(&found, &f.store, "a:1", &f.arena, &f.err), 1);
	CHECK_OK(names_set(&f.store, "a:1", &f.one, &f.err), f.err);
	CHECK_OK(names_set(&f.store, "a:2", &f.one, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "a:1=one a:2=one ");
	CHECK_OK(names_set(&f.store, "a:1", &f.other, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "a:2=one a:1=other ");
	CHECK_OK(names_find(&found, &f.store, "a:1", &f.arena, &f.err), f.err);
	CHECK_TEXT(found.digest, f.other.digest);
	CHECK_EQ(found.size, f.other.size);
}

TEST(who_loses_the_last_name_stays_without_one)
{
	scoped_fixture f;

	fixture_make(&f);
	CHECK_OK(names_set(&f.store, "a:1", &f.one, &f.err), f.err);
	CHECK_OK(names_set(&f.store, "a:1", &f.other, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=one a:1=other ");
	CHECK_OK(names_remove(&f.store, "a:1", &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=one -=other ");
	CHECK_EQ(names_remove(&f.store, "a:1", &f.err), 1);
	CHECK_OK(names_set(&f.store, "b:1", &f.one, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=other b:1=one ");
	CHECK_OK(names_set(&f.store, NULL, &f.one, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=other b:1=one ");
	CHECK_OK(names_remove_target(&f.store, f.one.digest, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=other ");
	CHECK_EQ(names_remove_target(&f.store, f.one.digest, &f.err), 1);
}

TEST(several_names_are_set_at_once)
{
	scoped_fixture f;
	const char *texts[] = { "a:1", "b:1", "c:1" };
	struct text_list names = { texts, 3 };

	fixture_make(&f);
	CHECK_OK(names_set(&f.store, "b:1", &f.one, &f.err), f.err);
	CHECK_OK(names_set_all(&f.store, &names, &f.other, &f.err), f.err);
	CHECK_TEXT(list_names(&f), "-=one a:1=other b:1=other c:1=other ");
}

TEST(platform_and_annotations_stay_with_the_name)
{
	scoped_fixture f;
	struct oci_descriptor found;
	struct oci_platform platform = { .os = "linux", .architecture = "arm64" };
	struct pair pairs[] = { { "io.example", "x" }, { NAMES_ANNOTATION, "some other name" } };

	fixture_make(&f);
	f.one.platform = &platform;
	f.one.annotations = (struct pair_list){ pairs, 2 };
	CHECK_OK(names_set(&f.store, "a:1", &f.one, &f.err), f.err);
	CHECK_OK(names_find(&found, &f.store, "a:1", &f.arena, &f.err), f.err);
	CHECK_TEXT(found.platform->architecture, "arm64");
	CHECK_EQ(found.annotations.count, 2);
}

TEST(what_is_not_in_the_store_cannot_be_named)
{
	scoped_fixture f;

	fixture_make(&f);
	f.one.digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
	CHECK_FAILS(names_set(&f.store, "a:1", &f.one, &f.err), f.err,
		    "sha256:0000000000000000000000000000000000000000000000000000000000000000 is not in the store, so "
		    "it cannot be named");
}

TEST(an_image_is_found_by_name_by_digest_and_by_its_beginning)
{
	scoped_fixture f;
	struct name found;
	char prefix[32];

	fixture_make(&f);
	CHECK_OK(names_set(&f.store, "docker.io/library/a:1", &f.one, &f.err), f.err);
	CHECK_OK(names_set(&f.store, NULL, &f.other, &f.err), f.err);
	CHECK_OK(names_resolve(&found, &f.store, "docker.io/library/a:1", &f.arena, &f.err), f.err);
	CHECK_TEXT(found.target.digest, f.one.digest);
	CHECK_OK(names_resolve(&found, &f.store, f.other.digest, &f.arena, &f.err), f.err);
	CHECK(found.text == NULL);
	(void) snprintf(prefix, sizeof(prefix), "%.12s", f.other.digest + 7);
	CHECK_OK(names_resolve(&found, &f.store, prefix, &f.arena, &f.err), f.err);
	CHECK_TEXT(found.target.digest, f.other.digest);
	(void) snprintf(prefix, sizeof(prefix), "%.19s", f.one.digest);
	CHECK_OK(names_resolve(&found, &f.store, prefix, &f.arena, &f.err), f.err);
	CHECK_TEXT(found.target.digest, f.one.digest);
	CHECK_EQ(names_resolve(&found, &f.store, "abc", &f.arena, &f.err), 1);
	CHECK_EQ(names_resolve(&found, &f.store, "zzzz", &f.arena, &f.err), 1);
}

TEST(a_damaged_index_is_an_error_that_names_it)
{
	scoped_fixture f;
	struct name_list list;

	fixture_make(&f);
	scratch_run(&f.scratch, ": > s/index.json");
	CHECK_FAILS_WITH(names_list(&list, &f.store, &f.arena, &f.err), f.err, "/s/index.json");
}

/* ---- records ---------------------------------------------------------------------------------- */

TEST(a_record_is_what_was_last_written)
{
	scoped_fixture f;
	const char *value;

	fixture_make(&f);
	CHECK_EQ(records_get(&value, &f.store, "steps", "k", &f.arena, &f.err), 1);
	CHECK_OK(records_set(&f.store, "steps", "k", "one\ntwo", &f.err), f.err);
	CHECK_OK(records_get(&value, &f.store, "steps", "k", &f.arena, &f.err), f.err);
	CHECK_TEXT(value, "one\ntwo");
	CHECK_OK(records_set(&f.store, "steps", "k", "", &f.err), f.err);
	CHECK_OK(records_get(&value, &f.store, "steps", "k", &f.arena, &f.err), f.err);
	CHECK_TEXT(value, "");
	CHECK_EQ(records_get(&value, &f.store, "others", "k", &f.arena, &f.err), 1);
	CHECK_OK(records_remove(&f.store, "steps", "k", &f.err), f.err);
	CHECK_OK(records_remove(&f.store, "steps", "k", &f.err), f.err);
	CHECK_EQ(records_get(&value, &f.store, "steps", "k", &f.arena, &f.err), 1);
}

TEST(a_damaged_record_is_none)
{
	static const char *const damages[] = { ": > $r", "truncate -s -1 $r", "sed -i s/value/VALUE/ $r",
					       "echo >> $r", "head -c 71 $r > x; mv x $r" };
	scoped_fixture f;
	const char *value;

	fixture_make(&f);
	for (size_t i = 0; i < COUNT(damages); i++) {
		CHECK_OK(records_set(&f.store, "steps", "k", "value", &f.err), f.err);
		scratch_run(&f.scratch, "r=$(echo s/cache/steps/*); %s", damages[i]);
		CHECK_EQ(records_get(&value, &f.store, "steps", "k", &f.arena, &f.err), 1);
	}
}

TEST(records_are_listed_with_the_longest_unused_first)
{
	scoped_fixture f;
	struct record_list list;
	const char *value;

	fixture_make(&f);
	CHECK_OK(records_set(&f.store, "steps", "a", "1", &f.err), f.err);
	CHECK_OK(records_set(&f.store, "steps", "b", "2", &f.err), f.err);
	scratch_run(&f.scratch, "touch -d @1000 s/cache/steps/*");
	CHECK_OK(records_get(&value, &f.store, "steps", "a", &f.arena, &f.err), f.err);
	CHECK_OK(records_list(&list, &f.store, "steps", &f.arena, &f.err), f.err);
	CHECK_EQ(list.count, 2);
	CHECK_TEXT(list.items[0].key, "b");
	CHECK_EQ(list.items[0].used.tv_sec, 1000);
	CHECK_TEXT(list.items[1].value, "1");
	CHECK_OK(records_list(&list, &f.store, "nothing", &f.arena, &f.err), f.err);
	CHECK_EQ(list.count, 0);
}
