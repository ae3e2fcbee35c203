/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive is read once: blobs go into the store as they come, under the digest that they turn out
 * to have, and the few documents that say what is what are kept until the end. Whatever an archive
 * calls its files, nothing of that becomes a path of ours.
 */
#include "builder/image/import.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/image/assemble.h"
#include "builder/image/docker_manifest.h"
#include "builder/layer/decompress.h"
#include "builder/layer/tar_apply.h"
#include "builder/layer/tar_read.h"
#include "builder/store/blobs.h"
#include "builder/store/documents.h"
#include "builder/store/names.h"
#include "builder/store/snapshots.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/path.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "libcommon/timestamp.h"
#include "oci-spec/digest.h"
#include "oci-spec/media_type.h"

#define DOCUMENT_LIMIT BLOBS_DOCUMENT_LIMIT
#define MEMBER_LIMIT   10000 /* of an archive of images: layers, configs and manifests */

static const char *
annotation(const struct pair_list *annotations, const char *key)
{
	FOR_EACH(pair, annotations)
		if (text_equal(pair->key, key))
			return pair->value;
	return NULL;
}

/* ---- what an index.json names ------------------------------------------------------------------ */

/* Several entries may name the same manifest: that is one image with several names. */
static void
add_item(struct import_items *images, const struct oci_descriptor *target, const char *name, struct arena *arena)
{
	FOR_EACH(image, images) {
		if (!text_equal(image->target.digest, target->digest))
			continue;
		if (name != NULL)
			list_add(&image->names, arena, name);
		return;
	}
	struct import_item item = { .target = *target };
	item.target.annotations = (struct pair_list){ 0 };
	if (name != NULL)
		list_add(&item.names, arena, name);
	list_add(images, arena, item);
}

static int
read_index(struct import_items *images, const char *bytes, size_t n, struct arena *arena, struct error *err)
{
	struct oci_index index;

	TRY(schema_read(&oci_index_schema, &index, "index.json", bytes, n, arena, err));
	FOR_EACH(one, &index.manifests) {
		const char *whole = annotation(&one->annotations, "io.containerd.image.name");
		add_item(images, one, whole != NULL ? whole : annotation(&one->annotations, NAMES_ANNOTATION), arena);
	}
	return images->count == 0 ? fail(err, "index.json: names no image") : 0;
}

static int
check_layout(const char *bytes, size_t n, struct arena *arena, struct error *err)
{
	struct oci_layout layout;

	TRY(schema_read(&oci_layout_schema, &layout, "oci-layout", bytes, n, arena, err));
	if (text_after(layout.image_layout_version, "1.") == NULL)
		return fail(err, "oci-layout: imageLayoutVersion: \"%s\" is not understood",
			    layout.image_layout_version);
	return 0;
}

/* It must be there itself; what an index names for other platforms may be kept elsewhere (image-layout.md). */
static int
check_whole(const struct import_items *images, struct store *store, struct arena *arena, struct error *err)
{
	FOR_EACH(image, images) {
		struct documents_needs needs = { 0 };

		list_add(&needs.blobs, arena, image->target);
		TRY(documents_list_needs(&needs, store, &image->target, arena, err));
		FOR_EACH(blob, &needs.blobs)
			if (GET(blobs_find(store, blob->digest, blob->size, err)) > 0)
				return fail(err, "blob %s: is named but not there, or has another size than %jd",
					    blob->digest, (intmax_t) blob->size);
	}
	return 0;
}

/* ---- a layout in a directory ------------------------------------------------------------------- */

static int
read_document(char **bytes, size_t *n, int directory, const char *name, struct arena *arena, struct error *err)
{
	scoped_fd fd = GET(file_open(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err));

	return file_read(fd, name, DOCUMENT_LIMIT, arena, bytes, n, err);
}

/* Returns 1 if it is not there. */
static int
copy_blob(struct store *store, int directory, const struct oci_descriptor *descriptor, struct error *err)
{
	scoped_blob_writer writer = { .fd = -1 };
	scoped_arena arena = { 0 };
	struct stream_from_fd file;
	scoped_fd fd = -1;
	const char *path = arena_format(&arena, "blobs/%.*s/%s", (int) digest_algorithm_length(descriptor->digest),
					descriptor->digest, digest_encoded(descriptor->digest));

	if (GET(blobs_find(store, descriptor->digest, descriptor->size, err)) == 0)
		return 0;
	if (GET(file_open_if_there(&fd, directory, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, err)) > 0)
		return 1;
	TRY(blobs_create(&writer, store, descriptor->digest, descriptor->size, err));
	stream_from_fd(&file, fd, path);
	TRY(stream_copy(&file.source, &writer.sink, err));
	return stream_finish(&writer.sink, err);
}

/* From the top down: what a document names is known once the document is in the store. */
static int
copy_image(struct store *store, int directory, const struct oci_descriptor *target, unsigned nesting,
	   struct arena *arena, struct error *err)
{
	struct oci_index index;
	struct oci_manifest manifest;

	if (GET(copy_blob(store, directory, target, err)) == 1)
		return 0; /* of an index, one that is kept elsewhere; check_whole tells of the rest */
	switch (media_type_find(target->media_type)->kind) {
	case MEDIA_INDEX:
		if (nesting > DOCUMENTS_NESTING)
			return fail(err, "%s: indexes are nested deeper than %d", target->digest, DOCUMENTS_NESTING);
		(void) GET(documents_read_index(&index, store, target, arena, err));
		FOR_EACH (item, &index.manifests)
			TRY(copy_image(store, directory, item, nesting + 1, arena, err));
		return 0;
	case MEDIA_MANIFEST:
		(void) GET(documents_read_manifest(&manifest, store, target, arena, err));
		(void) GET(copy_blob(store, directory, manifest.config, err));
		FOR_EACH (layer, &manifest.layers)
			(void) GET(copy_blob(store, directory, layer, err));
		return 0;
	default:
		return 0;
	}
}

int
import_layout(struct import_items *images, struct store *store, int directory, struct arena *arena,
	      struct error *err)
{
	char *bytes;
	size_t n;

	*images = (struct import_items){ 0 };
	TRY(read_document(&bytes, &n, directory, "oci-layout", arena, err));
	TRY(check_layout(bytes, n, arena, err));
	TRY(read_document(&bytes, &n, directory, "index.json", arena, err));
	TRY(read_index(images, bytes, n, arena, err));
	FOR_EACH(image, images)
		TRY(copy_image(store, directory, &image->target, 1, arena, err));
	return check_whole(images, store, arena, err);
}

/* ---- archives ---------------------------------------------------------------------------------- */

/* A file of the archive: what it is called there, and which blob it became; or what it links to. */
struct member {
	const char *path, *digest, *link;
	int64_t size;
	enum decompress_kind compression;
};

struct archive {
	struct store *store;
	struct arena *arena;
	list_of(struct member) members;
	const char *layout, *index, *manifest; /* the documents, if they came */
	size_t layout_size, index_size, manifest_size;
};

/* How many links may lead to a file. */
#define LINK_LIMIT 16

static const struct member *
find_member(const struct archive *archive, const char *path)
{
	for (int links = 0; links < LINK_LIMIT; links++) {
		const struct member *found = NULL;

		FOR_EACH(member, &archive->members)
			if (text_equal(member->path, path))
				found = member;
		if (found == NULL || found->link == NULL)
			return found;
		path = found->link;
	}
	return NULL;
}

static int
keep_document(const char **document, size_t *size, struct tar_reader *tar, const struct entry *entry,
	      struct arena *arena, struct error *err)
{
	char *room;
	const void *bytes;
	size_t n;
	uint64_t offset;

	if (entry->size > DOCUMENT_LIMIT)
		return fail(err, "%s: larger than %zu bytes", entry_shown(entry->path).text, DOCUMENT_LIMIT);
	room = arena_alloc(arena, entry->size + 1);
	while (GET(tar_read_piece(tar, &bytes, &n, &offset, err)) > 0)
		memcpy(room + offset, bytes, n);
	*document = room;
	*size = entry->size;
	return 0;
}

static int
store_member(struct archive *archive, struct tar_reader *tar, const struct entry *entry, const char *expected,
	     struct error *err)
{
	scoped_blob_writer writer = { .fd = -1 };
	unsigned char magic[DECOMPRESS_MAGIC] = { 0 };
	uint64_t written = 0, offset;
	const void *bytes;
	size_t n;

	TRY(blobs_create(&writer, archive->store, expected, (int64_t) entry->size, err));
	while (GET(tar_read_piece(tar, &bytes, &n, &offset, err)) > 0) {
		if (offset != written)
			return fail(err, "%s: a sparse file where an image's blob should be",
				    entry_shown(entry->path).text);
		for (size_t i = 0; i < n && written + i < sizeof(magic); i++)
			magic[written + i] = ((const unsigned char *) bytes)[i];
		TRY(stream_write(&writer.sink, bytes, n, err));
		written += n;
	}
	TRY(stream_finish(&writer.sink, err));
	list_add(&archive->members, archive->arena,
		 (struct member){ .path = arena_text(archive->arena, entry->path),
				  .digest = arena_text(archive->arena, writer.digest), .size = writer.size,
				  .compression = decompress_kind_of(magic, sizeof(magic)) });
	return 0;
}

/* "blobs/sha256/<hex>" says what it must be. NULL if the path is no such thing. */
static const char *
digest_in_path(const char *path, struct arena *arena)
{
	const char *rest = text_after(path, "blobs/");
	const char *slash = rest != NULL ? strchr(rest, '/') : NULL;
	struct error unused;

	if (slash == NULL)
		return NULL;
	const char *digest = arena_format(arena, "%.*s:%s", (int) (slash - rest), rest, slash + 1);
	return digest_check_known(digest, &unused) == 0 ? digest : NULL;
}

/* Leftovers of docker's first format, one set a layer, that nobody needs. */
static bool
is_relic(const char *path)
{
	const char *base = path_base(path);

	return strchr(path, '/') != NULL ? text_equal(base, "VERSION") || text_equal(base, "json")
					 : text_equal(base, "repositories");
}

static int
take_entry(struct archive *archive, struct tar_reader *tar, const struct entry *entry, struct error *err)
{
	struct arena *arena = archive->arena;

	if (S_ISLNK(entry->mode) || entry->is_hard_link) {
		const char *base = entry->is_hard_link ? "" : arena_format(arena, "%s/..", entry->path);
		list_add(&archive->members, arena,
			 (struct member){ .path = arena_text(arena, entry->path),
					  .link = path_clean(arena, arena_format(arena, "%s%s%s", base,
										 base[0] != '\0' ? "/" : "",
										 entry->link)) });
		return 0;
	}
	if (!S_ISREG(entry->mode) || is_relic(entry->path))
		return 0;
	if (text_equal(entry->path, "oci-layout"))
		return keep_document(&archive->layout, &archive->layout_size, tar, entry, arena, err);
	if (text_equal(entry->path, "index.json"))
		return keep_document(&archive->index, &archive->index_size, tar, entry, arena, err);
	if (text_equal(entry->path, "manifest.json"))
		return keep_document(&archive->manifest, &archive->manifest_size, tar, entry, arena, err);
	return store_member(archive, tar, entry, digest_in_path(entry->path, arena), err);
}

/* ---- docker's manifest.json ---------------------------------------------------------------------- */

static int
layer_descriptor(struct oci_descriptor *out, const struct member *member, const char *path, struct error *err)
{
	switch (member->compression) {
	case DECOMPRESS_PLAIN:
		out->media_type = MEDIA_TYPE_LAYER;
		break;
	case DECOMPRESS_GZIP:
		out->media_type = MEDIA_TYPE_LAYER_GZIP;
		break;
	case DECOMPRESS_ZSTD:
		out->media_type = MEDIA_TYPE_LAYER_ZSTD;
		break;
	default:
		return fail(err, "%s: layers compressed with %s have no media type", entry_shown(path).text,
			    decompress_kind_name(member->compression));
	}
	out->digest = member->digest;
	out->size = member->size;
	return 0;
}

static int
make_manifest(struct oci_descriptor *target, const struct archive *archive, const struct docker_image *image,
	      struct error *err)
{
	const struct member *config = find_member(archive, path_clean(archive->arena, image->config));
	struct oci_descriptor_list layers = { 0 };
	scoped_buffer json = { 0 };
	char digest[HASH_TEXT_SIZE];

	if (config == NULL)
		return fail(err, "manifest.json: Config: there is no %s in the archive",
			    entry_shown(image->config).text);
	FOR_EACH(path, &image->layers) {
		const struct member *member = find_member(archive, path_clean(archive->arena, *path));
		struct oci_descriptor layer = { 0 };

		if (member == NULL)
			return fail(err, "manifest.json: Layers: there is no %s in the archive",
				    entry_shown(*path).text);
		TRY(layer_descriptor(&layer, member, *path, err));
		list_add(&layers, archive->arena, layer);
	}
	struct oci_descriptor config_blob = { .media_type = MEDIA_TYPE_CONFIG, .digest = config->digest,
					      .size = config->size };
	struct oci_manifest manifest = { .schema_version = 2, .media_type = MEDIA_TYPE_MANIFEST,
					 .config = &config_blob, .layers = layers };
	schema_write(&oci_manifest_schema, &manifest, SCHEMA_COMPACT, &json);
	TRY(blobs_put(archive->store, json.bytes, json.length, digest, err));
	*target = (struct oci_descriptor){ .media_type = MEDIA_TYPE_MANIFEST,
					   .digest = arena_text(archive->arena, digest),
					   .size = (int64_t) json.length };
	return 0;
}

static int
read_docker(struct import_items *images, const struct archive *archive, struct error *err)
{
	struct docker_images documents;

	TRY(docker_manifest_read(&documents, archive->manifest, archive->manifest_size, archive->arena, err));
	FOR_EACH (one, &documents) {
		struct import_item item = { .names = one->repo_tags };
		TRY(make_manifest(&item.target, archive, one, err));
		list_add(images, archive->arena, item);
	}
	return 0;
}

int
import_archive(struct import_items *images, struct store *store, struct source *from, struct arena *arena,
	       struct error *err)
{
	struct archive archive = { .store = store, .arena = arena };
	struct tar_limits limits = tar_read_limits;
	scoped_decompress plain = { 0 };
	scoped_tar_reader tar = { 0 };
	struct entry entry;

	*images = (struct import_items){ 0 };
	TRY(decompress_init(&plain, from, err));
	limits.entries = MEMBER_LIMIT;
	tar_read_open(&tar, &plain.source, &limits);
	while (GET(tar_read_next(&tar, &entry, err)) > 0)
		TRY(take_entry(&archive, &tar, &entry, err));
	if (archive.index != NULL && archive.layout != NULL) {
		TRY(check_layout(archive.layout, archive.layout_size, arena, err));
		TRY(read_index(images, archive.index, archive.index_size, arena, err));
	} else if (archive.manifest != NULL) {
		TRY(read_docker(images, &archive, err));
	} else {
		return fail(err, "the archive is neither an OCI layout nor docker's: it has no index.json and no "
				 "manifest.json");
	}
	return check_whole(images, store, arena, err);
}

/* ---- a plain root file system --------------------------------------------------------------------- */

static int
unpack_root(struct layer *layer, struct store *store, struct source *from, struct error *err)
{
	struct chain nothing = { 0 };
	scoped_staging staging = STAGING_NONE;
	scoped_decompress plain = { 0 };
	struct tar_apply_options options = { .form = TAR_APPLY_ARCHIVE, .dialect = store->dialect,
					     .place = { .skip_devices = true,
							.effigies = store->dialect == WHITEOUT_USER } };

	TRY(snapshots_stage(&staging, store, &nothing, err));
	TRY(decompress_init(&plain, from, err));
	TRY(tar_apply(&plain.source, staging.upper, &options, NULL, err));
	return snapshots_commit(layer, &staging, &nothing, NULL, err);
}

int
import_root_tar(struct oci_descriptor *manifest, struct store *store, struct source *from,
		const struct import_root *options, struct arena *arena, struct error *err)
{
	struct assembly assembly = { .created = options->created };
	struct oci_history row = { .comment = options->comment };
	char created[TIMESTAMP_SIZE];
	struct layer layer;

	TRY(unpack_root(&layer, store, from, err));
	if (options->config != NULL)
		assembly.config = *options->config;
	assembly.config.os = options->platform->os;
	assembly.config.architecture = options->platform->architecture;
	assembly.config.variant = options->platform->variant;
	timestamp_write(created, options->created);
	row.created = created;
	list_add(&assembly.config.history, arena, row);
	list_add(&assembly.layers, arena, assemble_layer(&layer, arena));
	list_add(&assembly.diff_ids, arena, layer.diff_id);
	return assemble_image(manifest, NULL, store, &assembly, arena, err);
}
