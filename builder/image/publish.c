/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/publish.h"

#include "builder/image/image.h"
#include "builder/layer/decompress.h"
#include "builder/store/blobs.h"
#include "builder/store/records.h"
#include "libcommon/number.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"

static const struct media_type *
layer_type(const char *media_type)
{
	const struct media_type *type = media_type != NULL ? media_type_find(media_type) : NULL;

	return type != NULL && type->kind == MEDIA_LAYER && !type->foreign ? type : NULL;
}

static const char *
word_for(enum media_compression kind, bool docker)
{
	static const char *const words[][2] = {
		[MEDIA_PLAIN] = { MEDIA_TYPE_LAYER, MEDIA_TYPE_DOCKER_LAYER },
		[MEDIA_GZIP] = { MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_DOCKER_LAYER_GZIP },
		[MEDIA_ZSTD] = { MEDIA_TYPE_LAYER_ZSTD, MEDIA_TYPE_DOCKER_LAYER_ZSTD },
	};

	return words[kind][docker];
}

/* ---- a layer: record, else make --------------------------------------------------------------- */

/* "sha256:… gzip 6": one way of compressing one archive. */
static const char *
record_key(const char *diff_id, const struct compress_options *how, struct arena *arena)
{
	return arena_format(arena, "%s %d %d", diff_id, (int) how->kind, how->level);
}

/* A record is a hint: the blob that it names must still be there. Returns 1 if it is of no use. */
static int
recall(struct oci_descriptor *out, struct store *store, const char *key, struct arena *arena, struct error *err)
{
	const char *value;
	uint64_t size;
	struct error unused;

	if (GET(records_get(&value, store, "compressed", key, arena, err)) > 0)
		return 1;
	struct text_list parts = text_split(arena, value, ' ');
	if (parts.count != 2 || number_unsigned(&size, parts.items[1], INT64_MAX, &unused) < 0)
		return 1;
	out->digest = parts.items[0];
	out->size = (int64_t) size;
	return GET(blobs_find(store, out->digest, out->size, err));
}

static int
make_compressed(struct oci_descriptor *out, struct store *store, const struct oci_descriptor *layer,
		const char *diff_id, const struct compress_options *how, struct arena *arena, struct error *err)
{
	scoped_blob_reader blob = { .fd = -1 };
	scoped_decompress plain = { 0 };
	scoped_hash_source verified = { 0 };
	scoped_blob_writer writer = { .fd = -1 };
	scoped_compress compress = { 0 };

	if (GET(blobs_open(&blob, store, layer->digest, err)) > 0)
		return fail(err, "layer %s: its blob is not in the store", layer->digest);
	TRY(decompress_init(&plain, &blob.source, err));
	TRY(hash_source_init(&verified, &plain.source, diff_id, diff_id, -1, err));
	TRY(blobs_create(&writer, store, NULL, -1, err));
	TRY(compress_init(&compress, how, &writer.sink, err));
	TRY(stream_copy(&verified.source, &compress.sink, err));
	TRY(stream_finish(&compress.sink, err));
	out->digest = arena_text(arena, writer.digest);
	out->size = writer.size;
	return 0;
}

int
publish_layer(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *layer,
	      const char *diff_id, const struct publish_options *options, struct arena *arena, struct error *err)
{
	const struct media_type *type = layer_type(layer->media_type);

	*published = *layer;
	if (type == NULL || type->compression == options->compression.kind ||
	    (type->compression != MEDIA_PLAIN && !options->force))
		return 0;
	published->media_type = word_for(options->compression.kind, type->docker);

	const char *key = record_key(diff_id, &options->compression, arena);
	if (GET(recall(published, store, key, arena, err)) == 0)
		return 0;
	TRY(make_compressed(published, store, layer, diff_id, &options->compression, arena, err));
	return records_set(store, "compressed", key,
			   arena_format(arena, "%s %jd", published->digest, (intmax_t) published->size), err);
}

/* ---- documents that name layers ----------------------------------------------------------------- */

static int
rewrite(struct oci_descriptor *out, struct store *store, const struct schema *schema, const void *document,
	const struct oci_descriptor *was, struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	char digest[HASH_TEXT_SIZE];

	schema_write(schema, document, SCHEMA_COMPACT, &json);
	TRY(blobs_put(store, json.bytes, json.length, digest, err));
	*out = *was;
	out->digest = arena_text(arena, digest);
	out->size = (int64_t) json.length;
	out->data = NULL;
	return 0;
}

static int
publish_manifest(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
		 const struct publish_options *options, struct arena *arena, struct error *err)
{
	struct image image;
	struct oci_descriptor_list layers = { 0 };
	bool changed = false;

	if (GET(image_open(&image, store, target, target->platform, arena, err)) > 0)
		return fail(err, "%s: is not whole in the store", target->digest);
	for (size_t i = 0; i < image.manifest.layers.count; i++) {
		const struct oci_descriptor *layer = &image.manifest.layers.items[i];
		struct oci_descriptor out;

		TRY(publish_layer(&out, store, layer, image.config.rootfs->diff_ids.items[i], options, arena, err));
		changed |= !text_equal(out.digest, layer->digest);
		list_add(&layers, arena, out);
	}
	*published = *target;
	if (!changed)
		return 0;
	image.manifest.layers = layers;
	return rewrite(published, store, &oci_manifest_schema, &image.manifest, target, arena, err);
}

static int
publish_index(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
	      struct oci_index *index, const struct publish_options *options, struct arena *arena,
	      struct error *err)
{
	struct oci_descriptor_list manifests = { 0 };
	bool changed = false;

	FOR_EACH(one, &index->manifests) {
		struct oci_descriptor out;
		TRY(publish_image(&out, store, one, options, arena, err));
		changed |= !text_equal(out.digest, one->digest);
		list_add(&manifests, arena, out);
	}
	*published = *target;
	if (!changed)
		return 0;
	index->manifests = manifests;
	return rewrite(published, store, &oci_index_schema, index, target, arena, err);
}

int
publish_image(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
	      const struct publish_options *options, struct arena *arena, struct error *err)
{
	const struct media_type *type = target->media_type != NULL ? media_type_find(target->media_type) : NULL;
	struct oci_index index;

	*published = *target;
	if (type == NULL || (type->kind != MEDIA_INDEX && type->kind != MEDIA_MANIFEST))
		return 0; /* what is no image goes out as it is */
	if (type->kind == MEDIA_MANIFEST)
		return publish_manifest(published, store, target, options, arena, err);
	if (GET(image_open_index(&index, store, target, arena, err)) > 0)
		return fail(err, "%s: is not in the store", target->digest);
	return publish_index(published, store, target, &index, options, arena, err);
}
