/* SPDX-License-Identifier: Apache-2.0 */
#include "check.h"

#include "builder/image/assemble.h"
#include "builder/image/export.h"
#include "builder/image/image.h"
#include "builder/image/import.h"
#include "builder/image/publish.h"
#include "builder/image/unpack.h"
#include "builder/store/blobs.h"
#include "builder/store/documents.h"
#include "builder/store/names.h"
#include "oci-spec/media_type.h"
#include "inside.h"
#include "scratch.h"

struct fixture {
	struct scratch scratch;
	struct store store;
	struct arena arena;
	struct error err;
	struct assembly assembly;
	struct oci_descriptor target;
	const char *id;
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
open_store(struct fixture *f, const char *name)
{
	char path[512];

	store_close(&f->store);
	(void) snprintf(path, sizeof(path), "%s/%s", f->scratch.path, name);
	CHECK_OK(store_open(&f->store, path, &f->err), f->err);
}

static void
fixture_make(struct fixture *f)
{
	*f = (struct fixture){ .scratch = scratch_make(), .store = STORE_CLOSED };
	open_store(f, "s");
}

/* A layer of what a line of shell leaves in an empty directory; times do not matter. */
static void
add_layer(struct fixture *f, const char *line)
{
	scoped_chain none = { 0 };
	scoped_staging staging = STAGING_NONE;
	struct timespec newest = { 1000, 0 };
	struct layer layer;

	CHECK_OK(snapshots_stage(&staging, &f->store, &none, &f->err), f->err);
	scratch_run(&f->scratch, "umask 022; cd s/tmp/*/%s/tree && %s", staging.name, line);
	CHECK_OK(snapshots_commit(&layer, &staging, &none, &newest, &f->err), f->err);
	list_add(&f->assembly.layers, &f->arena, assemble_layer(&layer, &f->arena));
	list_add(&f->assembly.diff_ids, &f->arena, arena_text(&f->arena, layer.diff_id));
	list_add(&f->assembly.config.history, &f->arena,
		 ((struct oci_history){ .created = "1970-01-01T00:16:40Z", .created_by = line }));
}

static void
assemble(struct fixture *f, const char *architecture, enum assemble_format format)
{
	f->assembly.config.architecture = architecture;
	f->assembly.config.os = "linux";
	f->assembly.created = (struct timespec){ 1000, 0 };
	f->assembly.format = format;
	CHECK_OK(assemble_image(&f->target, &f->id, &f->store, &f->assembly, &f->arena, &f->err), f->err);
}

static void
make_image(struct fixture *f)
{
	static const struct oci_image_config config = { .working_dir = "/d" };

	fixture_make(f);
	f->assembly.config.config = &config;
	add_layer(f, "mkdir d; echo hello > d/f; ln d/f hard; ln -s d/f soft");
	add_layer(f, "mkdir d; echo more > d/g; touch x");
	assemble(f, "amd64", ASSEMBLE_OCI);
}

static const char *
blob_text(struct fixture *f, const char *digest)
{
	char *bytes;
	size_t n;

	CHECK_OK(blobs_read(&f->store, digest, &f->arena, &bytes, &n, &f->err), f->err);
	return bytes;
}

#define AMD64 (&(struct oci_platform){ .os = "linux", .architecture = "amd64" })
#define ARM64 (&(struct oci_platform){ .os = "linux", .architecture = "arm64" })

/* ---- documents -------------------------------------------------------------------------------- */

TEST(the_same_build_gives_the_same_documents)
{
	scoped_fixture f, g;

	make_image(&f);
	make_image(&g);
	CHECK_TEXT(f.target.digest, g.target.digest);
	CHECK_TEXT(f.id, g.id);
	CHECK(strstr(blob_text(&f, f.id), "{\"created\":\"1970-01-01T00:16:40Z\",\"architecture\":\"amd64\",\"os\":\"linux\","
					  "\"config\":{\"WorkingDir\":\"/d\"},\"rootfs\":{\"type\":\"layers\",") != NULL);
	CHECK(strstr(blob_text(&f, f.target.digest), "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_MANIFEST "\"") != NULL);
	CHECK_TEXT(f.target.platform->architecture, "amd64");
}

TEST(an_image_is_read_as_it_was_written)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.id, f.id);
	CHECK_EQ(image.manifest.layers.count, 2);
	CHECK_TEXT(image.config.rootfs->diff_ids.items[1], f.assembly.diff_ids.items[1]);
	CHECK_TEXT(image.config.config->working_dir, "/d");
}

TEST(docker_s_words_are_used_when_asked_for)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct pair note = { "io.example", "x" };
	f.assembly.annotations = (struct pair_list){ &note, 1 };
	assemble(&f, "amd64", ASSEMBLE_DOCKER);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.manifest.media_type, MEDIA_TYPE_DOCKER_MANIFEST);
	CHECK_TEXT(image.manifest.config->media_type, MEDIA_TYPE_DOCKER_CONFIG);
	CHECK_TEXT(image.manifest.layers.items[0].media_type, MEDIA_TYPE_DOCKER_LAYER);
	CHECK_EQ(image.manifest.annotations.count, 0);
}

TEST(history_tells_of_each_layer)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_history_list whole = f.assembly.config.history;
	list_add(&f.assembly.config.history, &f.arena, ((struct oci_history){ .created_by = "a third" }));
	CHECK_FAILS(assemble_image(&f.target, NULL, &f.store, &f.assembly, &f.arena, &f.err), f.err,
		    "the history tells of 3 layers, and there are 2");
	f.assembly.config.history = (struct oci_history_list){ whole.items + 1, 1 };
	assemble(&f, "amd64", ASSEMBLE_OCI);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	CHECK_EQ(image.config.history.count, 2);
	CHECK_TEXT(image.config.history.items[0].comment, "its builder left no history");
}

static struct oci_descriptor
put(struct fixture *f, const char *media_type, const char *text)
{
	char digest[HASH_TEXT_SIZE];

	CHECK_OK(blobs_put(&f->store, text, strlen(text), digest, &f->err), f->err);
	return (struct oci_descriptor){ .media_type = media_type, .digest = arena_text(&f->arena, digest),
					.size = (int64_t) strlen(text) };
}

#define CONFIG_OF(digest, size)                                                                    \
	"\"config\":{\"mediaType\":\"" MEDIA_TYPE_CONFIG "\",\"digest\":\"" digest "\",\"size\":" size "}"
#define ZERO "sha256:0000000000000000000000000000000000000000000000000000000000000000"

TEST(what_could_be_a_manifest_and_an_index_is_neither)
{
	scoped_fixture f;
	struct image image;
	struct oci_descriptor both;

	fixture_make(&f);
	both = put(&f, MEDIA_TYPE_MANIFEST, "{\"schemaVersion\":2," CONFIG_OF(ZERO, "2") ",\"layers\":[],\"manifests\":[]}");
	CHECK_FAILS_WITH(image_open(&image, &f.store, &both, AMD64, &f.arena, &f.err), f.err,
			 ": it could be a manifest and an index, so it is neither");
	both.media_type = MEDIA_TYPE_INDEX;
	CHECK_FAILS_WITH(image_open(&image, &f.store, &both, AMD64, &f.arena, &f.err), f.err,
			 ": it could be a manifest and an index, so it is neither");
	both = put(&f, MEDIA_TYPE_MANIFEST,
		   "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_INDEX "\"," CONFIG_OF(ZERO, "2") ",\"layers\":[]}");
	CHECK_FAILS_WITH(image_open(&image, &f.store, &both, AMD64, &f.arena, &f.err), f.err,
			 "and a manifest was expected");
	both = put(&f, MEDIA_TYPE_DOCKER_MANIFEST,
		   "{\"schemaVersion\":2,\"mediaType\":\"" MEDIA_TYPE_MANIFEST "\"," CONFIG_OF(ZERO, "2") ",\"layers\":[]}");
	CHECK_FAILS_WITH(image_open(&image, &f.store, &both, AMD64, &f.arena, &f.err), f.err, "and who names it says");
}

TEST(config_and_manifest_belong_together)
{
	scoped_fixture f;
	struct image image;

	fixture_make(&f);
	struct oci_descriptor config = put(&f, MEDIA_TYPE_CONFIG,
		"{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"" ZERO "\"]}}");
	struct oci_descriptor manifest = put(&f, MEDIA_TYPE_MANIFEST,
		arena_format(&f.arena, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d},\"layers\":[]}",
			     config.media_type, config.digest, (int) config.size));
	CHECK_FAILS_WITH(image_open(&image, &f.store, &manifest, AMD64, &f.arena, &f.err), f.err,
			 ": its manifest has 0 layers and its config 1");
	config = put(&f, MEDIA_TYPE_CONFIG,
		     "{\"architecture\":\"amd64\",\"os\":\"linux\",\"rootfs\":{\"type\":\"zip\",\"diff_ids\":[]}}");
	manifest = put(&f, MEDIA_TYPE_MANIFEST,
		arena_format(&f.arena, "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"%s\",\"digest\":\"%s\",\"size\":%d},\"layers\":[]}",
			     config.media_type, config.digest, (int) config.size));
	CHECK_FAILS_WITH(image_open(&image, &f.store, &manifest, AMD64, &f.arena, &f.err), f.err, "of the type \"zip\"");
	manifest = put(&f, MEDIA_TYPE_MANIFEST,
		       "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"application/vnd.example+json\",\"digest\":\"" ZERO
		       "\",\"size\":2},\"layers\":[]}");
	CHECK_FAILS_WITH(image_open(&image, &f.store, &manifest, AMD64, &f.arena, &f.err), f.err,
			 " is no image: its config is \"application/vnd.example+json\"");
	manifest = put(&f, MEDIA_TYPE_MANIFEST, "{\"schemaVersion\":2," CONFIG_OF(ZERO, "2") ",\"layers\":[]}");
	CHECK_EQ(image_open(&image, &f.store, &manifest, AMD64, &f.arena, &f.err), 1);
}

/* ---- indexes ---------------------------------------------------------------------------------- */

static struct oci_descriptor
make_index(struct fixture *f)
{
	struct oci_descriptor_list manifests = { 0 };
	struct oci_descriptor index;

	list_add(&manifests, &f->arena, f->target);
	assemble(f, "arm64", ASSEMBLE_OCI);
	list_add(&manifests, &f->arena, f->target);
	struct oci_descriptor attestation = f->target;
	attestation.platform = &(struct oci_platform){ .os = "unknown", .architecture = "unknown" };
	list_add(&manifests, &f->arena, attestation);
	CHECK_OK(assemble_index(&index, &f->store, &manifests, NULL, ASSEMBLE_OCI, &f->arena, &f->err), f->err);
	return index;
}

TEST(from_an_index_the_image_for_the_platform_is_taken)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor index = make_index(&f);
	CHECK_OK(image_open(&image, &f.store, &index, ARM64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.config.architecture, "arm64");
	CHECK_OK(image_open(&image, &f.store, &index, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.config.architecture, "amd64");
	CHECK_FAILS(image_open(&image, &f.store, &index, &(struct oci_platform){ .os = "linux", .architecture = "s390x" },
			       &f.arena, &f.err), f.err,
		    "there is no image for linux/s390x, only for: linux/amd64, linux/arm64");
}

TEST(indexes_are_not_nested_without_end)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor index = f.target;
	for (int i = 0; i < 4; i++) {
		struct oci_descriptor_list one = { &index, 1 };
		CHECK_OK(assemble_index(&index, &f.store, &one, NULL, ASSEMBLE_OCI, &f.arena, &f.err), f.err);
		if (i < 3)
			CHECK_OK(image_open(&image, &f.store, &index, AMD64, &f.arena, &f.err), f.err);
	}
	CHECK_FAILS_WITH(image_open(&image, &f.store, &index, AMD64, &f.arena, &f.err), f.err,
			 "indexes are nested deeper than 3");
}

/* ---- going out -------------------------------------------------------------------------------- */

static struct oci_descriptor
publish(struct fixture *f, const struct oci_descriptor *target, const char *how, bool force)
{
	struct publish_options options = { .force = force };
	struct oci_descriptor published;

	CHECK_OK(compress_read_options(&options.compression, how, &f->err), f->err);
	CHECK_OK(publish_image(&published, &f->store, target, &options, &f->arena, &f->err), f->err);
	return published;
}

TEST(layers_are_compressed_when_they_go_out_and_only_once)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor gzip = publish(&f, &f.target, "gzip", false);
	CHECK_OK(image_open(&image, &f.store, &gzip, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.manifest.layers.items[0].media_type, MEDIA_TYPE_LAYER_GZIP);
	CHECK_TEXT(image.id, f.id);
	const char *first = image.manifest.layers.items[0].digest;
	CHECK_TEXT(scratch_says(&f.scratch, "gzip -dc s/blobs/sha256/%s | sha256sum | cut -c 1-64", first + 7),
		   f.assembly.diff_ids.items[0] + 7);
	scratch_run(&f.scratch, "touch -d @5 s/blobs/sha256/%s", first + 7);
	struct oci_descriptor again = publish(&f, &f.target, "gzip", false);
	CHECK_TEXT(again.digest, gzip.digest);
	CHECK_TEXT(scratch_says(&f.scratch, "stat -c %%Y s/blobs/sha256/%s", first + 7), "5");
	scratch_run(&f.scratch, "rm s/blobs/sha256/%s", first + 7);
	again = publish(&f, &f.target, "gzip", false);
	CHECK_TEXT(again.digest, gzip.digest);
	CHECK_OK(blobs_find(&f.store, first, -1, &f.err), f.err);
}

TEST(what_came_compressed_stays_as_it_came_unless_forced)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor gzip = publish(&f, &f.target, "gzip", false);
	CHECK_TEXT(publish(&f, &gzip, "zstd", false).digest, gzip.digest);
	struct oci_descriptor zstd = publish(&f, &gzip, "zstd:9", true);
	CHECK_OK(image_open(&image, &f.store, &zstd, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.manifest.layers.items[1].media_type, MEDIA_TYPE_LAYER_ZSTD);
	CHECK_TEXT(publish(&f, &zstd, "none", true).digest, f.target.digest);
	CHECK_TEXT(publish(&f, &f.target, "none", false).digest, f.target.digest);
}

TEST(of_an_index_each_image_is_published)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor index = make_index(&f), published = publish(&f, &index, "zstd", false);
	CHECK_OK(image_open(&image, &f.store, &published, ARM64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.manifest.layers.items[0].media_type, MEDIA_TYPE_LAYER_ZSTD);
	CHECK_TEXT(image.config.architecture, "arm64");
}

/* ---- layouts and archives --------------------------------------------------------------------- */

static void
export_to(struct fixture *f, const char *kind, const char *file, struct export_item item)
{
	struct export_items items = { &item, 1 };

	if (strcmp(kind, "directory") == 0) {
		(void) mkdirat(f->scratch.fd, file, 0755);
		scoped_fd directory = openat(f->scratch.fd, file, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK_OK(export_layout(directory, &f->store, &items, &f->err), f->err);
		return;
	}
	scoped_fd fd = openat(f->scratch.fd, file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
	struct stream_to_fd end;
	stream_to_fd(&end, fd, file);
	if (strcmp(kind, "docker") == 0)
		CHECK_OK(export_docker_archive(&end.sink, &f->store, &items, AMD64, &f->err), f->err);
	else
		CHECK_OK(export_oci_archive(&end.sink, &f->store, &items, &f->err), f->err);
}

static struct export_item
named(struct fixture *f, const struct oci_descriptor *target, const char *name)
{
	struct export_item item = { .target = *target };

	list_add(&item.names, &f->arena, name);
	return item;
}

static struct import_items
import_from(struct fixture *f, const char *kind, const char *file)
{
	struct import_items items;
	scoped_fd fd = openat(f->scratch.fd, file, O_RDONLY | O_CLOEXEC);
	struct stream_from_fd from;

	stream_from_fd(&from, fd, file);
	if (strcmp(kind, "directory") == 0)
		CHECK_OK(import_layout(&items, &f->store, fd, &f->arena, &f->err), f->err);
	else
		CHECK_OK(import_archive(&items, &f->store, &from.source, &f->arena, &f->err), f->err);
	return items;
}

TEST(an_image_goes_out_and_comes_in_as_it_was)
{
	static const char *const kinds[] = { "directory", "oci", "docker" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		scoped_fixture f;
		struct image image;

		make_image(&f);
		struct oci_descriptor out = publish(&f, &f.target, i == 1 ? "zstd" : "gzip", false);
		export_to(&f, kinds[i], "x", named(&f, &out, "docker.io/library/thing:1.0"));
		open_store(&f, "other");
		struct import_items items = import_from(&f, kinds[i], "x");
		CHECK_EQ(items.count, 1);
		CHECK_TEXT(items.items[0].target.digest, out.digest);
		CHECK_EQ(items.items[0].names.count, 1);
		CHECK_TEXT(items.items[0].names.items[0], "docker.io/library/thing:1.0");
		CHECK_OK(names_set(&f.store, "docker.io/library/thing:1.0", &items.items[0].target, &f.err), f.err);
		CHECK_OK(image_open(&image, &f.store, &items.items[0].target, AMD64, &f.arena, &f.err), f.err);
		CHECK_OK(unpack_image(&f.store, &image, &f.err), f.err);
		CHECK_TEXT(scratch_says(&f.scratch, "ls other/layers | sort"),
			   scratch_says(&f.scratch, "ls s/layers | sort"));
	}
}

TEST(an_archive_is_the_same_bytes_each_time)
{
	static const char *const kinds[] = { "oci", "docker" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		scoped_fixture f, g;

		make_image(&f);
		make_image(&g);
		export_to(&f, kinds[i], "x", named(&f, &f.target, "docker.io/library/thing:1.0"));
		export_to(&g, kinds[i], "x", named(&g, &g.target, "docker.io/library/thing:1.0"));
		scratch_run(&f.scratch, "cmp x %s/x", g.scratch.path);
	}
}

TEST(docker_s_archive_has_what_old_and_new_loaders_look_for)
{
	scoped_fixture f;

	make_image(&f);
	export_to(&f, "docker", "x", named(&f, &f.target, "docker.io/library/thing:1.0"));
	CHECK_TEXT(scratch_says(&f.scratch, "tar -tf x | grep -v blobs; tar -xOf x manifest.json | jq -c '.[0].RepoTags';"
					    "tar -xOf x repositories | jq -c 'map_values(keys)'; tar -xOf x index.json | jq -c '.manifests[0].annotations'"),
		   "index.json\noci-layout\nmanifest.json\nrepositories\n[\"thing:1.0\"]\n{\"thing\":[\"1.0\"]}\n"
		   "{\"io.containerd.image.name\":\"docker.io/library/thing:1.0\",\"org.opencontainers.image.ref.name\":\"1.0\"}");
	CHECK_TEXT(scratch_says(&f.scratch, "mkdir o; tar -C o -xf x; cd o; for b in $(jq -r '.[0] | .Config, .Layers[]' manifest.json);"
					    "do test $(basename $b) = $(sha256sum < $b | cut -c 1-64) || echo $b; done"), "");
}

TEST(a_layout_keeps_what_it_had_but_for_the_name)
{
	scoped_fixture f;

	make_image(&f);
	struct oci_descriptor first = f.target;
	export_to(&f, "directory", "o", named(&f, &first, "docker.io/library/a:1"));
	assemble(&f, "arm64", ASSEMBLE_OCI);
	export_to(&f, "directory", "o", named(&f, &f.target, "docker.io/library/b:1"));
	export_to(&f, "directory", "o", named(&f, &f.target, "docker.io/library/c:2"));
	export_to(&f, "directory", "o", named(&f, &first, "docker.io/library/c:2"));
	CHECK_TEXT(scratch_says(&f.scratch, "jq -r '.manifests[] | (.platform.architecture + \" \" + .annotations[\"io.containerd.image.name\"]"
					    " + \" \" + .annotations[\"org.opencontainers.image.ref.name\"])' o/index.json"),
		   "amd64 docker.io/library/a:1 1\n"
		   "arm64 docker.io/library/b:1 docker.io/library/b:1\n"
		   "amd64 docker.io/library/c:2 2");
}

TEST(of_an_index_with_images_that_are_not_here_the_rest_goes_and_comes)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	struct oci_descriptor amd64 = f.target, index = make_index(&f);
	scratch_run(&f.scratch, "rm s/blobs/sha256/%s", amd64.digest + 7);
	export_to(&f, "directory", "o", named(&f, &index, "docker.io/library/a:1"));
	open_store(&f, "other");
	struct import_items items = import_from(&f, "directory", "o");
	CHECK_OK(image_open(&image, &f.store, &items.items[0].target, ARM64, &f.arena, &f.err), f.err);
	CHECK_EQ(image_open(&image, &f.store, &items.items[0].target, AMD64, &f.arena, &f.err), 1);
}

TEST(archives_of_old_docker_are_loaded_links_and_all)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	scratch_run(&f.scratch,
		    "mkdir a a/one a/two a/three; l=s/blobs/sha256; cp $l/%s a/one/layer.tar; cp $l/%s a/two/layer.tar;"
		    "ln -s ../two/layer.tar a/three/layer.tar; echo 1.0 > a/one/VERSION; echo '{}' > a/one/json; cp $l/%s a/config.json;"
		    "echo '[{\"Config\":\"config.json\",\"RepoTags\":[\"old:1\"],\"Layers\":[\"one/layer.tar\",\"three/layer.tar\"]}]' > a/manifest.json;"
		    "tar -C a -cf x one two three config.json manifest.json; gzip -kn x",
		    f.assembly.diff_ids.items[0] + 7, f.assembly.diff_ids.items[1] + 7, f.id + 7);
	open_store(&f, "other");
	for (int i = 0; i < 2; i++) {
		struct import_items items = import_from(&f, "archive", i == 0 ? "x" : "x.gz");
		CHECK_EQ(items.count, 1);
		CHECK_TEXT(items.items[0].names.items[0], "old:1");
		CHECK_OK(image_open(&image, &f.store, &items.items[0].target, AMD64, &f.arena, &f.err), f.err);
		CHECK_TEXT(image.id, f.id);
		CHECK_OK(unpack_image(&f.store, &image, &f.err), f.err);
	}
}

TEST(what_comes_in_is_verified)
{
	static const struct {
		const char *damage, *complaint;
	} cases[] = {
		{ "printf x >> $(ls -S blobs/sha256/* | head -n 1)", "mismatch" },
		{ "rm $(ls -S blobs/sha256/* | head -n 1)", "is named but not there" },
		{ "rm oci-layout manifest.json", "" },
		{ "echo '{}' > oci-layout", "oci-layout" },
		{ "sed -i 's/\"size\":[0-9]*/\"size\":7/' index.json", "" },
		{ "echo '{\"schemaVersion\":2,\"manifests\":[]}' > index.json", "index.json: names no image" },
		{ "head -c 5000000 /dev/zero | tr '\\0' ' ' > index.json", "larger than 4194304 bytes" },
		{ "sed -i 's/sha256:/sha256:..\\//' index.json", "index.json" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		scoped_fixture f;
		struct import_items items;
		struct stream_from_fd from;

		make_image(&f);
		export_to(&f, "docker", "x", named(&f, &f.target, "docker.io/library/thing:1.0"));
		scratch_run(&f.scratch, "mkdir o; tar -C o -xf x; cd o; %s; tar -cf ../y *", cases[i].damage);
		open_store(&f, "other");
		scoped_fd layout = openat(f.scratch.fd, "o", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK_FAILS_WITH(import_layout(&items, &f.store, layout, &f.arena, &f.err), f.err, cases[i].complaint);
		scoped_fd fd = openat(f.scratch.fd, "y", O_RDONLY | O_CLOEXEC);
		stream_from_fd(&from, fd, "y");
		CHECK_FAILS_WITH(import_archive(&items, &f.store, &from.source, &f.arena, &f.err), f.err,
				 cases[i].complaint);
	}
}

TEST(what_is_no_archive_of_images_is_told_so)
{
	scoped_fixture f;
	struct import_items items;
	struct stream_from_memory from;

	fixture_make(&f);
	stream_from_memory(&from, "", 0);
	CHECK_FAILS_WITH(import_archive(&items, &f.store, &from.source, &f.arena, &f.err), f.err,
			 "the archive is neither an OCI layout nor docker's");
	stream_from_memory(&from, "some text that is none", 22);
	CHECK_FAILS_WITH(import_archive(&items, &f.store, &from.source, &f.arena, &f.err), f.err,
			 "the archive ends in the middle of a block");
}

TEST(a_layout_s_links_and_pipes_are_not_followed)
{
	static const char *const jokes[] = { "ln -sf /etc/passwd", "mkfifo" };

	for (size_t i = 0; i < COUNT(jokes); i++) {
		scoped_fixture f;
		struct import_items items;

		make_image(&f);
		export_to(&f, "directory", "o", named(&f, &f.target, "docker.io/library/thing:1.0"));
		scratch_run(&f.scratch, "b=o/blobs/sha256/%s; rm $b; %s $b", f.id + 7, jokes[i]);
		open_store(&f, "other");
		scoped_fd layout = openat(f.scratch.fd, "o", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		CHECK(import_layout(&items, &f.store, layout, &f.arena, &f.err) < 0);
	}
}

/* ---- trees ------------------------------------------------------------------------------------ */

#define PICTURE "find . -printf '%%y %%m %%U:%%G %%n %%T@ %%P -> %%l\\n' | sort -k6; cat d/f d/g"

TEST(the_root_file_system_comes_out_as_a_directory_and_as_a_tar)
{
	scoped_fixture f;
	struct image image;

	if (!scratch_is_root())
		skip();
	make_image(&f);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	scratch_run(&f.scratch, "mkdir out");
	scoped_fd out = openat(f.scratch.fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(unpack_directory(out, &f.store, &image, NULL, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "cd out; find . -mindepth 1 | sort; cat d/f d/g; stat -c %%h hard; readlink soft"),
		   "./d\n./d/f\n./d/g\n./hard\n./soft\n./x\nhello\nmore\n2\nd/f");

	scoped_fd fd = openat(f.scratch.fd, "x.tar", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	struct stream_to_fd end;
	stream_to_fd(&end, fd, "x.tar");
	CHECK_OK(export_root_tar(&end.sink, &f.store, &image, NULL, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "tar -tf x.tar"), "d/\nd/f\nd/g\nhard\nsoft\nx");
}

TEST(a_root_file_system_in_a_tar_becomes_an_image)
{
	scoped_fixture f;
	struct oci_descriptor target;
	struct image image;

	if (!scratch_is_real_root())
		skip();
	fixture_make(&f);
	scratch_run(&f.scratch, "umask 022; mkdir -p t/etc t/dev; echo hi > t/etc/motd; mknod -m 666 t/dev/null c 1 3; chmod 711 t;"
				"tar -C t -c . | gzip -n > x.tgz");
	scoped_fd fd = openat(f.scratch.fd, "x.tgz", O_RDONLY | O_CLOEXEC);
	struct stream_from_fd from;
	stream_from_fd(&from, fd, "x.tgz");
	struct import_root options = { .comment = "imported", .platform = AMD64, .created = { 1000, 0 } };
	CHECK_OK(import_root_tar(&target, &f.store, &from.source, &options, &f.arena, &f.err), f.err);
	CHECK_OK(image_open(&image, &f.store, &target, AMD64, &f.arena, &f.err), f.err);
	CHECK_EQ(image.manifest.layers.count, 1);
	CHECK_TEXT(image.config.history.items[0].comment, "imported");
	CHECK_TEXT(scratch_says(&f.scratch, "tar -tvf s/blobs/sha256/%s | awk '{ print $1, $6 }'",
				image.manifest.layers.items[0].digest + 7),
		   "drwx--x--x ./\ndrwxr-xr-x dev/\ncrw-rw-rw- dev/null\ndrwxr-xr-x etc/\n-rw-r--r-- etc/motd");
}

TEST(many_layers_are_unpacked_together_and_bound_ones_in_order)
{
	scoped_fixture f;
	struct image image;
	struct oci_descriptor_list layers = { 0 };
	struct text_list diff_ids = { 0 };

	if (!scratch_is_root())
		skip();
	fixture_make(&f);
	for (int i = 0; i < 7; i++) {
		scoped_blob_writer blob;
		struct stream_from_fd from;

		scratch_run(&f.scratch, "umask 022; rm -rf t; mkdir -p t/d/e; chmod 700 t/d; echo %d > t/d/e/%d; tar -C t --no-recursion -cf x %s", i, i,
			    i == 0 ? "d d/e d/e/0" : arena_format(&f.arena, i % 2 == 0 ? "d d/e d/e/%d" : "d/e/%d", i));
		scoped_fd fd = openat(f.scratch.fd, "x", O_RDONLY | O_CLOEXEC);
		stream_from_fd(&from, fd, "x");
		CHECK_OK(blobs_create(&blob, &f.store, NULL, -1, &f.err), f.err);
		CHECK_OK(stream_copy(&from.source, &blob.sink, &f.err), f.err);
		CHECK_OK(stream_finish(&blob.sink, &f.err), f.err);
		list_add(&layers, &f.arena, ((struct oci_descriptor){ .media_type = MEDIA_TYPE_LAYER,
								      .digest = arena_text(&f.arena, blob.digest), .size = blob.size }));
		list_add(&diff_ids, &f.arena, arena_text(&f.arena, blob.digest));
	}
	f.assembly.layers = layers;
	f.assembly.diff_ids = diff_ids;
	assemble(&f, "amd64", ASSEMBLE_OCI);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	CHECK_OK(unpack_image(&f.store, &image, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "ls s/layers | grep -c bound; ls s/layers | wc -l"), "3\n7");
	scratch_run(&f.scratch, "mkdir out");
	scoped_fd out = openat(f.scratch.fd, "out", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_OK(unpack_directory(out, &f.store, &image, NULL, &f.err), f.err);
	CHECK_TEXT(scratch_says(&f.scratch, "stat -c %%a out/d; cat out/d/e/* | tr -d '\\n'; ls s/tmp"
				), arena_format(&f.arena, "700\n0123456%s", f.store.name));
}

TEST(a_layer_that_cannot_be_unpacked_is_named_though_a_child_found_it)
{
	scoped_fixture f;
	struct image image;

	make_image(&f);
	CHECK_OK(image_open(&image, &f.store, &f.target, AMD64, &f.arena, &f.err), f.err);
	scratch_run(&f.scratch, "rm -r s/layers/*; printf XX | dd of=s/blobs/sha256/%s conv=notrunc bs=1 seek=600 2> /dev/null",
		    f.assembly.diff_ids.items[1] + 7);
	CHECK_FAILS_WITH(unpack_image(&f.store, &image, &f.err), f.err, f.assembly.diff_ids.items[1]);
}

/* ---- others ----------------------------------------------------------------------------------- */

static bool
has(struct fixture *f, const char *program)
{
	if (strcmp(scratch_says(&f->scratch, "command -v %s > /dev/null || echo no", program), "") == 0)
		return true;
	print_message("%s is not installed\n", program);
	return false;
}

TEST(skopeo_reads_our_layouts_and_archives)
{
	scoped_fixture f;

	make_image(&f);
	if (!has(&f, "skopeo"))
		skip();
	struct oci_descriptor out = publish(&f, &f.target, "gzip", false);
	export_to(&f, "directory", "o", named(&f, &out, "docker.io/library/thing:1.0"));
	export_to(&f, "oci", "x.oci", named(&f, &out, "docker.io/library/thing:1.0"));
	export_to(&f, "docker", "x.docker", named(&f, &f.target, "docker.io/library/thing:1.0"));
	CHECK_TEXT(scratch_says(&f.scratch, "skopeo inspect --raw oci:o:1.0 | sha256sum | cut -c 1-64"), out.digest + 7);
	CHECK_TEXT(scratch_says(&f.scratch, "skopeo inspect --raw oci-archive:x.oci:1.0 | sha256sum | cut -c 1-64"), out.digest + 7);
	scratch_run(&f.scratch, "skopeo copy -q --insecure-policy docker-archive:x.docker:thing:1.0 dir:d");
	CHECK_TEXT(scratch_says(&f.scratch, "jq -r .config.digest d/manifest.json"), f.id);
	scratch_run(&f.scratch, "skopeo copy -q --insecure-policy oci:o:1.0 docker-archive:y:thing:2");
	open_store(&f, "other");
	struct import_items items = import_from(&f, "archive", "y");
	struct image image;
	CHECK_OK(image_open(&image, &f.store, &items.items[0].target, AMD64, &f.arena, &f.err), f.err);
	CHECK_TEXT(image.id, f.id);
	CHECK_OK(unpack_image(&f.store, &image, &f.err), f.err);
}

TEST(umoci_unpacks_what_we_export)
{
	scoped_fixture f;

	if (!scratch_is_root())
		skip();
	make_image(&f);
	if (!has(&f, "umoci"))
		skip();
	struct oci_descriptor out = publish(&f, &f.target, "gzip", false);
	export_to(&f, "directory", "o", named(&f, &out, "docker.io/library/thing:1.0"));
	(void) scratch_says(&f.scratch, "umoci unpack --image o:1.0 b");
	CHECK_TEXT(scratch_says(&f.scratch, "cd b/rootfs; find . -mindepth 1 | sort; cat d/f d/g; stat -c %%h hard"),
		   "./d\n./d/f\n./d/g\n./hard\n./soft\n./x\nhello\nmore\n2");
}

TEST_INSIDE
