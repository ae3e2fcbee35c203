/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/image/assemble.h"
#include "builder/image/image.h"
#include "builder/image/publish.h"
#include "builder/store/blobs.h"
#include "builder/store/names.h"
#include "builder/store/records.h"
#include "builder/store/session.h"
#include "builder/store/snapshots.h"
#include "builder/store/sweep.h"
#include "scratch.h"

struct fixture {
	struct scratch scratch;
	struct store store;
	struct arena arena;
	struct error err;
};

static void
fixture_done(struct fixture *fixture)
{
	store_close(&fixture->store);
	arena_done(&fixture->arena);
	scratch_remove(&fixture->scratch);
}
#define scoped_fixture scoped(fixture_done) struct fixture

static void
open_store(struct fixture *f, struct store *store)
{
	char path[512];

	(void) snprintf(path, sizeof(path), "%s/s", f->scratch.path);
	CHECK_OK(store_open(store, path, &f->err), f->err);
}

static void
fixture_make(struct fixture *f)
{
	*f = (struct fixture){ .scratch = scratch_make() };
	open_store(f, &f->store);
}

/* Another command than the one that made what is there. */
static void
come_again(struct fixture *f)
{
	store_close(&f->store);
	open_store(f, &f->store);
}

static const char *
make_layer(struct fixture *f, struct assembly *assembly, const char *name)
{
	scoped_chain none = { 0 };
	scoped_staging staging = STAGING_NONE;
	struct layer layer;
	struct timespec newest = { 1000, 0 };

	CHECK_OK(snapshots_stage(&staging, &f->store, &none, &f->err), f->err);
	scratch_run(&f->scratch, "cd s/tmp/*/%s/tree && head -c 100000 /dev/zero > %s", staging.name, name);
	CHECK_OK(snapshots_commit(&layer, &staging, &none, &newest, &f->err), f->err);
	const char *diff_id = arena_text(&f->arena, layer.diff_id);
	if (assembly != NULL) {
		list_add(&assembly->layers, &f->arena, assemble_layer(&layer, &f->arena));
		list_add(&assembly->diff_ids, &f->arena, diff_id);
	}
	return diff_id;
}

static struct oci_descriptor
make_image(struct fixture *f, const char *one, const char *other)
{
	struct assembly assembly = { .config = { .os = "linux", .architecture = "amd64", .author = one } };
	struct oci_descriptor target;

	(void) make_layer(f, &assembly, one);
	(void) make_layer(f, &assembly, other);
	CHECK_OK(assemble_image(&target, NULL, &f->store, &assembly, &f->arena, &f->err), f->err);
	return target;
}

static struct sweep_result
sweep(struct fixture *f, struct sweep_options options)
{
	struct sweep_result result;

	CHECK_OK(sweep_run(&result, &f->store, &options, &f->err), f->err);
	return result;
}

#define COUNTS(wanted)                                                                             \
	CHECK_TEXT(scratch_says(&f.scratch, "echo $(ls s/blobs/sha256 | wc -l) $(ls s/layers | wc -l)"), wanted)

TEST(what_a_name_needs_stays_and_the_rest_goes)
{
	scoped_fixture f;

	fixture_make(&f);
	struct oci_descriptor image = make_image(&f, "a", "b");
	(void) make_image(&f, "b", "c");
	CHECK_OK(names_set(&f.store, "x:1", &image, &f.err), f.err);
	COUNTS("7 3");
	come_again(&f);
	struct sweep_result dry = sweep(&f, (struct sweep_options){ .dry = true });
	COUNTS("7 3");
	struct sweep_result result = sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("4 2");
	CHECK_EQ(result.blobs, 3);
	CHECK_EQ(result.layers, 1);
	CHECK(result.bytes > 200000);
	CHECK_EQ(dry.bytes, result.bytes);
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/tmp/*"), "");
	CHECK_OK(names_remove_target(&f.store, image.digest, &f.err), f.err);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("0 0");
}

TEST(what_has_no_name_but_is_in_the_index_stays)
{
	scoped_fixture f;

	fixture_make(&f);
	struct oci_descriptor image = make_image(&f, "a", "b");
	CHECK_OK(names_set(&f.store, NULL, &image, &f.err), f.err);
	come_again(&f);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("4 2");
}

TEST(what_another_command_uses_stays_until_it_ends)
{
	scoped_fixture f;
	struct store other;

	fixture_make(&f);
	const char *diff_id = make_layer(&f, NULL, "a");
	struct text_list ids = { &diff_id, 1 };
	open_store(&f, &other);
	CHECK_OK(snapshots_find(&other, &ids, 0, &f.err), f.err);
	come_again(&f);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("1 1");
	store_close(&other);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("0 0");
}

TEST(a_record_keeps_what_it_names_until_the_cache_goes)
{
	scoped_fixture f;

	fixture_make(&f);
	const char *diff_id = make_layer(&f, NULL, "a");
	CHECK_OK(records_set(&f.store, "steps", "k", arena_format(&f.arena, "layer %s 5\nand more", diff_id), &f.err), f.err);
	come_again(&f);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("1 1");
	struct sweep_result result = sweep(&f, (struct sweep_options){ .records = true });
	CHECK_EQ(result.records, 1);
	COUNTS("0 0");
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/cache/steps"), "");
}

TEST(of_the_cache_the_last_used_stays_as_far_as_it_fits)
{
	scoped_fixture f;
	const char *value;

	fixture_make(&f);
	for (int i = 0; i < 4; i++) {
		const char *name = arena_format(&f.arena, "layer%d", i);
		CHECK_OK(records_set(&f.store, "steps", name, make_layer(&f, NULL, name), &f.err), f.err);
		scratch_run(&f.scratch, "touch -d @%d s/cache/steps/$(printf %s | sha256sum | cut -c 1-64)", 1000 + i, name);
	}
	come_again(&f);
	struct sweep_result result = sweep(&f, (struct sweep_options){ .records = true, .keep_bytes = 450000, .now = 2000 });
	CHECK_EQ(result.records, 2);
	COUNTS("2 2");
	CHECK_OK(records_get(&value, &f.store, "steps", "layer3", &f.arena, &f.err), f.err);
	CHECK_EQ(records_get(&value, &f.store, "steps", "layer0", &f.arena, &f.err), 1);
	scratch_run(&f.scratch, "touch -d @1990 s/cache/steps/$(printf layer2 | sha256sum | cut -c 1-64); touch -d @1000 s/cache/steps/$(printf layer3 | sha256sum | cut -c 1-64)");
	result = sweep(&f, (struct sweep_options){ .records = true, .unused_for = 100, .now = 2000 });
	CHECK_EQ(result.records, 1);
	CHECK_OK(records_get(&value, &f.store, "steps", "layer2", &f.arena, &f.err), f.err);
	CHECK_EQ(records_get(&value, &f.store, "steps", "layer3", &f.arena, &f.err), 1);
}

TEST(what_was_compressed_goes_with_its_layer)
{
	scoped_fixture f;
	struct oci_descriptor published;
	struct publish_options options = { .compression = { .kind = MEDIA_GZIP } };

	fixture_make(&f);
	struct oci_descriptor image = make_image(&f, "a", "b");
	CHECK_OK(names_set(&f.store, "x:1", &image, &f.err), f.err);
	CHECK_OK(publish_image(&published, &f.store, &image, &options, &f.arena, &f.err), f.err);
	come_again(&f);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("6 2"); /* two layers, each twice, config and manifest; the published manifest is made again */
	(void) sweep(&f, (struct sweep_options){ .records = true });
	COUNTS("6 2");
	CHECK_OK(names_remove(&f.store, "x:1", &f.err), f.err);
	CHECK_OK(names_remove_target(&f.store, image.digest, &f.err), f.err);
	(void) sweep(&f, (struct sweep_options){ .dry = false });
	COUNTS("0 0");
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/cache/compressed"), "");
}

TEST(what_crashes_left_goes)
{
	scoped_fixture f;

	fixture_make(&f);
	struct oci_descriptor image = make_image(&f, "a", "b");
	CHECK_OK(names_set(&f.store, "x:1", &image, &f.err), f.err);
	come_again(&f);
	scratch_run(&f.scratch, "echo x > s/quarantine/abc; mkdir -p s/layers/half/tree/d; a=$(echo s/layers/*/about | cut -d ' ' -f 1); : > $a");
	struct sweep_result result = sweep(&f, (struct sweep_options){ .dry = false });
	CHECK_EQ(result.layers, 2);
	COUNTS("4 1");
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/quarantine"), "");
}

TEST(a_damaged_manifest_keeps_the_rest_from_being_swept)
{
	scoped_fixture f;
	struct sweep_result result;

	fixture_make(&f);
	struct oci_descriptor image = make_image(&f, "a", "b");
	CHECK_OK(names_set(&f.store, "x:1", &image, &f.err), f.err);
	come_again(&f);
	scratch_run(&f.scratch, "sed -i 's/size/sice/' s/blobs/sha256/%s", image.digest + 7);
	CHECK_FAILS_WITH(sweep_run(&result, &f.store, &(struct sweep_options){ .dry = false }, &f.err), f.err, "digest mismatch");
	COUNTS("3 2");
	CHECK(session_directory(&f.store, &f.err) >= 0); /* the lock is free again */
}
