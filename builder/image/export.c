/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A layout is the same files whether it becomes a directory or an archive: the documents that name
 * things, made here, and the blobs. So both are written by the same steps into a `struct outlet`.
 */
#include "builder/image/export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/image/docker_manifest.h"
#include "builder/image/unpack.h"
#include "builder/layer/diff.h"
#include "builder/layer/tar_write.h"
#include "builder/store/blobs.h"
#include "builder/store/documents.h"
#include "builder/store/names.h"
#include "builder/store/snapshots.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/digest.h"
#include "oci-spec/media_type.h"
#include "oci-spec/reference.h"

#define INDEX_LIMIT ((size_t) 16 * 1024 * 1024)

/* Where files go: a directory, or an archive. */
struct outlet {
	int directory; /* -1: the archive */
	struct tar_writer *tar;
};

static int
put_directory(struct outlet *outlet, const char *path, struct error *err)
{
	struct entry entry = { .path = path, .mode = S_IFDIR | 0755 };

	if (outlet->directory < 0)
		return tar_write_entry(outlet->tar, &entry, err);
	if (mkdirat(outlet->directory, path, 0755) < 0 && errno != EEXIST)
		return fail_errno(err, "make directory %s", path);
	return 0;
}

static int
put_file(struct outlet *outlet, const char *path, const void *bytes, size_t n, struct error *err)
{
	struct entry entry = { .path = path, .mode = S_IFREG | 0644, .size = n };

	if (outlet->directory >= 0)
		return file_replace(outlet->directory, path, bytes, n, 0644, err);
	TRY(tar_write_entry(outlet->tar, &entry, err));
	return tar_write_data(outlet->tar, bytes, n, err);
}

static int
put_document(struct outlet *outlet, const char *path, const struct schema *schema, const void *document,
	     struct error *err)
{
	scoped_buffer json = { 0 };

	schema_write(schema, document, SCHEMA_COMPACT, &json);
	return put_file(outlet, path, json.bytes, json.length, err);
}

/* ---- blobs ----------------------------------------------------------------------------------- */

struct into_tar {
	struct sink sink;
	struct tar_writer *tar;
};

static int
write_into_tar(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	return tar_write_data(((struct into_tar *) sink)->tar, bytes, n, err);
}

static int
copy_blob_to_directory(struct outlet *outlet, const char *path, struct blob_reader *blob, struct error *err)
{
	struct stream_to_fd end;
	const char *beside = "blobs/.new";

	(void) unlinkat(outlet->directory, beside, 0); /* of an export that was killed */
	scoped_fd fd = GET(file_create(outlet->directory, beside, 0644, err));
	stream_to_fd(&end, fd, path);
	int result = stream_copy(&blob->source, &end.sink, err);
	if (result == 0 && renameat(outlet->directory, beside, outlet->directory, path) < 0)
		result = fail_errno(err, "rename %s to %s", beside, path);
	if (result < 0)
		(void) unlinkat(outlet->directory, beside, 0); /* the first error is the one to tell */
	return result;
}

static const char *
blob_path(const char *digest, struct arena *arena)
{
	return arena_format(arena, "blobs/%.*s/%s", (int) digest_algorithm_length(digest), digest,
			    digest_encoded(digest));
}

/* Of an index only some images may be there, and others keep foreign layers. */
static bool
may_be_missing(const struct oci_descriptor *descriptor)
{
	const struct media_type *type = media_type_find(descriptor->media_type);

	return (type->kind != MEDIA_LAYER && type->kind != MEDIA_CONFIG) || type->foreign;
}

/* What need not be in the store is left out, as image-layout.md allows. */
static int
put_blob(struct outlet *outlet, struct store *store, const struct oci_descriptor *descriptor,
	 struct arena *arena, struct error *err)
{
	scoped_blob_reader blob = { .fd = -1 };
	struct into_tar into = { .sink = { .write = write_into_tar }, .tar = outlet->tar };
	const char *path = blob_path(descriptor->digest, arena);
	struct entry entry = { .path = path, .mode = S_IFREG | 0644 };
	struct stat about;

	if (outlet->directory >= 0 && fstatat(outlet->directory, path, &about, AT_SYMLINK_NOFOLLOW) == 0 &&
	    about.st_size == descriptor->size)
		return 0;
	if (GET(blobs_open(&blob, store, descriptor->digest, err)) > 0)
		return may_be_missing(descriptor) ? 0 : fail(err, "%s is not in the store", descriptor->digest);
	if (outlet->directory >= 0)
		return copy_blob_to_directory(outlet, path, &blob, err);
	entry.size = (uint64_t) blob.size;
	TRY(tar_write_entry(outlet->tar, &entry, err));
	return stream_copy(&blob.source, &into.sink, err);
}

static int
compare_digests(const void *a, const void *b)
{
	return strcmp(((const struct oci_descriptor *) a)->digest, ((const struct oci_descriptor *) b)->digest);
}

/* Each once, in the order of their digests: the same images give the same archive. */
static int
list_blobs(struct oci_descriptor_list *blobs, struct store *store, const struct export_items *images,
	   struct arena *arena, struct error *err)
{
	struct documents_needs needs = { 0 };

	FOR_EACH (image, images) {
		if (GET(blobs_find(store, image->target.digest, image->target.size, err)) == 1)
			return fail(err, "%s is not in the store", image->target.digest);
		TRY(documents_list_needs(&needs, store, &image->target, arena, err));
	}
	*blobs = needs.blobs; /* each once already */
	if (blobs->count > 1)
		qsort(blobs->items, blobs->count, sizeof(*blobs->items), compare_digests);
	return 0;
}

static int
put_blobs(struct outlet *outlet, struct store *store, const struct oci_descriptor_list *blobs,
	  struct arena *arena, struct error *err)
{
	const char *algorithm = "";

	TRY(put_directory(outlet, "blobs", err));
	FOR_EACH(blob, blobs) {
		const char *its = arena_copy(arena, blob->digest, digest_algorithm_length(blob->digest));
		if (!text_equal(its, algorithm))
			TRY(put_directory(outlet, arena_format(arena, "blobs/%s", its), err));
		algorithm = its;
		TRY(put_blob(outlet, store, blob, arena, err));
	}
	return 0;
}

/* ---- index.json and oci-layout ------------------------------------------------------------------ */

#define WHOLE_NAME "io.containerd.image.name"

static const char *
annotation_of(const struct oci_descriptor *descriptor, const char *key)
{
	FOR_EACH (annotation, &descriptor->annotations)
		if (text_equal(annotation->key, key))
			return annotation->value;
	return NULL;
}

static const char *
whole_name_of(const struct oci_descriptor *descriptor)
{
	const char *whole = annotation_of(descriptor, WHOLE_NAME);

	return whole != NULL ? whole : annotation_of(descriptor, NAMES_ANNOTATION);
}

static struct oci_descriptor
give_name(const struct oci_descriptor *target, const char *name, struct arena *arena)
{
	struct oci_descriptor copy = *target;

	copy.annotations = (struct pair_list){ 0 };
	if (name != NULL)
		list_add(&copy.annotations, arena, ((struct pair){ WHOLE_NAME, name }));
	return copy;
}

static struct oci_descriptor_list
name_all(const struct export_items *images, struct arena *arena)
{
	struct oci_descriptor_list named = { 0 };

	FOR_EACH (image, images) {
		FOR_EACH (name, &image->names)
			list_add(&named, arena, give_name(&image->target, *name, arena));
		if (image->names.count == 0)
			list_add(&named, arena, give_name(&image->target, NULL, arena));
	}
	return named;
}

static const char *
tag_of(const char *name, struct arena *arena)
{
	struct reference reference;
	struct error unused;

	return reference_parse(&reference, arena, name, &unused) == 0 && reference.tag != NULL ? reference.tag : name;
}

/* Does another entry go by this already? */
static bool
is_taken(const struct oci_index *index, const struct oci_descriptor *ours, const char *tag)
{
	FOR_EACH (other, &index->manifests)
		if (other != ours && text_equal(annotation_of(other, NAMES_ANNOTATION), tag))
			return true;
	return false;
}

/*
 * docker and containerd look for the whole name in an annotation of their own, and skopeo and umoci for
 * a tag in that of the specification. Where one tag would stand for two images, it is the whole name.
 */
static void
add_tags(struct oci_index *index, struct arena *arena)
{
	FOR_EACH (entry, &index->manifests) {
		const char *name = annotation_of(entry, WHOLE_NAME);
		if (name == NULL || annotation_of(entry, NAMES_ANNOTATION) != NULL)
			continue;
		const char *tag = tag_of(name, arena);
		list_add(&entry->annotations, arena,
			 ((struct pair){ NAMES_ANNOTATION, is_taken(index, entry, tag) ? name : tag }));
	}
}

static struct oci_index
index_of(const struct export_items *images, struct arena *arena)
{
	struct oci_index index = { .schema_version = 2, .media_type = MEDIA_TYPE_INDEX,
				   .manifests = name_all(images, arena) };

	add_tags(&index, arena);
	return index;
}

/* What a layout names already stays, unless it has a name of ours. */
static int
merge_index(struct oci_index *index, int directory, const struct export_items *images, struct arena *arena,
	    struct error *err)
{
	scoped_fd fd = -1;
	struct oci_index there;
	struct oci_descriptor_list ours = name_all(images, arena);
	char *bytes;
	size_t n;

	if (GET(file_open_if_there(&fd, directory, "index.json", O_RDONLY | O_NOFOLLOW, err)) > 0)
		return 0;
	TRY(file_read(fd, "index.json", INDEX_LIMIT, arena, &bytes, &n, err));
	TRY(schema_read(&oci_index_schema, &there, "index.json", bytes, n, arena, err));
	index->manifests = (struct oci_descriptor_list){ 0 };
	FOR_EACH (old, &there.manifests) {
		const char *name = whole_name_of(old);
		bool replaced = false;
		FOR_EACH (new, &ours)
			replaced |= name == NULL ? text_equal(new->digest, old->digest)
						 : text_equal(whole_name_of(new), name);
		if (!replaced)
			list_add(&index->manifests, arena, *old);
	}
	FOR_EACH (new, &ours)
		list_add(&index->manifests, arena, *new);
	add_tags(index, arena);
	return 0;
}

int
export_layout(int directory, struct store *store, const struct export_items *images, struct error *err)
{
	scoped_arena arena = { 0 };
	struct outlet outlet = { .directory = directory };
	struct oci_layout layout = { .image_layout_version = OCI_LAYOUT_VERSION };
	struct oci_index index = index_of(images, &arena);
	struct oci_descriptor_list blobs;

	TRY(merge_index(&index, directory, images, &arena, err));
	TRY(list_blobs(&blobs, store, images, &arena, err));
	TRY(put_blobs(&outlet, store, &blobs, &arena, err));
	TRY(put_document(&outlet, "oci-layout", &oci_layout_schema, &layout, err));
	return put_document(&outlet, "index.json", &oci_index_schema, &index, err);
}

static int
put_layout(struct outlet *outlet, struct store *store, const struct export_items *images, struct arena *arena,
	   struct error *err)
{
	struct oci_layout layout = { .image_layout_version = OCI_LAYOUT_VERSION };
	struct oci_index index = index_of(images, arena);
	struct oci_descriptor_list blobs;

	TRY(list_blobs(&blobs, store, images, arena, err));
	TRY(put_blobs(outlet, store, &blobs, arena, err));
	TRY(put_document(outlet, "index.json", &oci_index_schema, &index, err));
	return put_document(outlet, "oci-layout", &oci_layout_schema, &layout, err);
}

int
export_oci_archive(struct sink *sink, struct store *store, const struct export_items *images, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_tar_writer tar;
	struct outlet outlet = { .directory = -1, .tar = &tar };

	tar_write_init(&tar, sink);
	TRY(put_layout(&outlet, store, images, &arena, err));
	return tar_write_end(&tar, err);
}

/* ---- docker's archive ----------------------------------------------------------------------------- */

/* The manifests that the archive is about: one for each item, for the platform. */
static int
choose_images(struct export_items *chosen, struct image **opened, struct store *store,
	      const struct export_items *images, const struct oci_platform *platform, struct arena *arena,
	      struct error *err)
{
	*chosen = (struct export_items){ 0 };
	*opened = arena_alloc(arena, images->count * sizeof(**opened));
	for (size_t i = 0; i < images->count; i++) {
		if (GET(image_open(&(*opened)[i], store, &images->items[i].target, platform, arena, err)) > 0)
			return fail(err, "%s: is not whole in the store", images->items[i].target.digest);
		list_add(chosen, arena, (struct export_item){ (*opened)[i].descriptor, images->items[i].names });
	}
	return 0;
}

/* As docker shows names: without what it adds by itself. */
static const char *
familiar(const char *name, struct arena *arena)
{
	struct reference reference;
	struct error unused;

	if (reference_parse(&reference, arena, name, &unused) < 0)
		return name;
	return reference_familiar(&reference, arena);
}

static int
put_docker_manifest(struct outlet *outlet, const struct export_items *images, const struct image *opened,
		    struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	struct docker_images all = { 0 };

	for (size_t i = 0; i < images->count; i++) {
		struct docker_image image = { .config = blob_path(opened[i].id, arena) };

		FOR_EACH(name, &images->items[i].names)
			list_add(&image.repo_tags, arena, familiar(*name, arena));
		FOR_EACH(layer, &opened[i].manifest.layers)
			list_add(&image.layers, arena, blob_path(layer->digest, arena));
		list_add(&all, arena, image);
	}
	docker_manifest_write(&all, &json);
	return put_file(outlet, "manifest.json", json.bytes, json.length, err);
}

/* Who is called what: a row for each name that has a tag. */
struct called {
	const char *repository, *tag, *id;
};

struct called_list {
	struct called *items;
	size_t count;
};

static struct called_list
list_called(const struct export_items *images, const struct image *opened, struct arena *arena)
{
	struct called_list list = { 0 };
	struct reference reference;
	struct error unused;

	for (size_t i = 0; i < images->count; i++)
		FOR_EACH (name, &images->items[i].names) {
			if (reference_parse(&reference, arena, *name, &unused) < 0 || reference.tag == NULL)
				continue;
			struct called called = { .tag = reference.tag, .id = digest_encoded(opened[i].id) };
			reference.tag = reference.digest = NULL;
			called.repository = reference_familiar(&reference, arena);
			list_add(&list, arena, called);
		}
	return list;
}

static bool
was_told(const struct called_list *list, const struct called *called)
{
	for (const struct called *before = list->items; before < called; before++)
		if (text_equal(before->repository, called->repository))
			return true;
	return false;
}

/* {"repository":{"tag":"id",…},…}: for docker before 1.10, and for who looks whether it is there. */
static int
put_repositories(struct outlet *outlet, const struct export_items *images, const struct image *opened,
		 struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	struct called_list list = list_called(images, opened, arena);

	buffer_add_char(&json, '{');
	FOR_EACH (called, &list) {
		const char *comma = "";
		if (was_told(&list, called))
			continue;
		buffer_add_format(&json, "%s\"%s\":{", json.length > 1 ? "," : "", called->repository);
		for (const struct called *other = called; other < list.items + list.count; other++)
			if (text_equal(other->repository, called->repository)) {
				buffer_add_format(&json, "%s\"%s\":\"%s\"", comma, other->tag, other->id);
				comma = ",";
			}
		buffer_add_char(&json, '}');
	}
	buffer_add_char(&json, '}');
	return put_file(outlet, "repositories", json.bytes, json.length, err);
}

int
export_docker_archive(struct sink *sink, struct store *store, const struct export_items *images,
		      const struct oci_platform *platform, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_tar_writer tar;
	struct outlet outlet = { .directory = -1, .tar = &tar };
	struct export_items chosen;
	struct image *opened;

	tar_write_init(&tar, sink);
	TRY(choose_images(&chosen, &opened, store, images, platform, &arena, err));
	TRY(put_layout(&outlet, store, &chosen, &arena, err));
	TRY(put_docker_manifest(&outlet, &chosen, opened, &arena, err));
	TRY(put_repositories(&outlet, &chosen, opened, &arena, err));
	return tar_write_end(&tar, err);
}

/* ---- the root file system ------------------------------------------------------------------------- */

int
export_root_tar(struct sink *sink, struct store *store, const struct image *image,
		const struct timespec *newest, struct error *err)
{
	scoped_chain chain = { 0 };
	scoped_tar_writer tar;

	tar_write_init(&tar, sink);
	TRY(unpack_chain(&chain, store, image, err));
	struct stack stack = snapshots_stack(&chain, store);
	struct diff_options options = { .dialect = stack.dialect, .newest = newest };
	TRY(diff_merged(&stack, &options, &tar.taker, NULL, err));
	return tar_write_end(&tar, err);
}
