/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/publish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "builder/image/image.h"
#include "builder/layer/ahead.h"
#include "builder/layer/decompress.h"
#include "builder/store/blobs.h"
#include "builder/store/documents.h"
#include "builder/store/records.h"
#include "libcommon/schema.h"
#include "oci-spec/media_type.h"

#define RECORDS "compressed"

static const char *
word_for(const struct media_type *old, enum media_compression compression)
{
	static const char *const words[][2] = {
		[MEDIA_PLAIN] = { MEDIA_TYPE_LAYER, MEDIA_TYPE_DOCKER_LAYER },
		[MEDIA_GZIP] = { MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_DOCKER_LAYER_GZIP },
		[MEDIA_ZSTD] = { MEDIA_TYPE_LAYER_ZSTD, MEDIA_TYPE_DOCKER_LAYER_ZSTD },
	};

	return words[compression][old->docker];
}

/* Of what was compressed by others, all that counts is that it is compressed. */
static bool
stays(const struct media_type *type, const struct publish_options *options)
{
	return type->kind != MEDIA_LAYER || type->foreign || type->compression == options->compression.kind ||
	       (type->compression != MEDIA_PLAIN && !options->force);
}

/* ---- one layer -------------------------------------------------------------------------------- */

/* The blob, read ahead by a thread, unpacked, judged by its diff id, packed, hashed: in one pass. */
static int
pack(struct blob_writer *writer, struct store *store, const struct oci_descriptor *layer, const char *diff_id,
     const struct publish_options *options, struct error *err)
{
	scoped_blob_reader reader = { .fd = -1 };
	scoped_decompress plain = { .state = NULL };
	scoped_ahead ahead = { .state = NULL };
	scoped_hash_source verified = { .size = -1 };
	scoped_compress packed = { .state = NULL };

	if (GET(blobs_open(&reader, store, layer->digest, err)) == 1)
		return fail(err, "it is not in the store");
	TRY(decompress_init_declared(&plain, &reader.source, media_type_find(layer->media_type)->compression, err));
	TRY(ahead_init(&ahead, &plain.source, err));
	TRY(hash_source_init(&verified, &ahead.source, "unpacked", diff_id, -1, err));
	TRY(compress_init(&packed, &options->compression, &writer->sink, err));
	TRY(stream_copy(&verified.source, &packed.sink, err));
	return stream_finish(&packed.sink, err);
}

static int
pack_and_remember(struct oci_descriptor *published, struct store *store, const char *key,
		  const struct oci_descriptor *layer, const char *diff_id, const struct publish_options *options,
		  struct arena *arena, struct error *err)
{
	scoped_blob_writer writer;

	TRY(blobs_create(&writer, store, NULL, -1, err));
	if (pack(&writer, store, layer, diff_id, options, err) < 0)
		return error_prefixf(err, "layer %s", layer->digest);
	published->digest = arena_text(arena, writer.digest);
	published->size = writer.size;
	return records_set(store, RECORDS, key,
			   arena_format(arena, "%s %" PRId64, writer.digest, writer.size), err);
}

/* Returns 1 if it was not done before, or what was done is gone. */
static int
recall(struct oci_descriptor *published, struct store *store, const char *key, struct arena *arena,
       struct error *err)
{
	const char *value;
	char digest[HASH_TEXT_SIZE];

	if (GET(records_get(&value, store, RECORDS, key, arena, err)) == 1)
		return 1;
	if (sscanf(value, "%135s %" SCNd64, digest, &published->size) != 2)
		return 1;
	published->digest = arena_text(arena, digest);
	return blobs_find(store, published->digest, published->size, err);
}

int
publish_layer(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *layer,
	      const char *diff_id, const struct publish_options *options, struct arena *arena, struct error *err)
{
	const struct media_type *type = media_type_find(layer->media_type);
	const char *key = arena_format(arena, "%s %d:%d", diff_id, (int) options->compression.kind,
				       options->compression.level);

	*published = *layer;
	if (stays(type, options))
		return 0;
	published->media_type = word_for(type, options->compression.kind);
	if (GET(recall(published, store, key, arena, err)) == 0)
		return 0;
	return pack_and_remember(published, store, key, layer, diff_id, options, arena, err);
}

/* ---- images ----------------------------------------------------------------------------------- */

static int
put_changed(struct oci_descriptor *published, struct store *store, const struct schema *schema,
	    const void *document, struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	char digest[HASH_TEXT_SIZE];

	schema_write(schema, document, SCHEMA_COMPACT, &json);
	TRY(blobs_put(store, json.bytes, json.length, digest, err));
	published->digest = arena_text(arena, digest);
	published->size = (int64_t) json.length;
	published->data = NULL; /* was the old one */
	return 0;
}

static int
publish_manifest(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
		 const struct publish_options *options, struct arena *arena, struct error *err)
{
	struct oci_manifest manifest;
	struct oci_image config;
	bool changed = false;

	if (GET(documents_read_manifest(&manifest, store, target, arena, err)) == 1)
		return 0; /* of an index, one that is not ours to have */
	if (media_type_find(manifest.config->media_type)->kind != MEDIA_CONFIG)
		return 0; /* no image: it goes as it is */
	if (GET(documents_read_config(&config, store, manifest.config, arena, err)) == 1)
		return fail(err, "%s: its config, %s, is not in the store", target->digest,
			    manifest.config->digest);
	if (image_judge(&manifest, &config, err) < 0)
		return error_prefix(err, target->digest);
	for (size_t i = 0; i < manifest.layers.count; i++) {
		struct oci_descriptor layer;
		TRY(publish_layer(&layer, store, &manifest.layers.items[i], config.rootfs->diff_ids.items[i], options,
				  arena, err));
		changed = changed || strcmp(layer.digest, manifest.layers.items[i].digest) != 0;
		manifest.layers.items[i] = layer;
	}
	return changed ? put_changed(published, store, &oci_manifest_schema, &manifest, arena, err) : 0;
}

static int
publish_target(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
	       const struct publish_options *options, unsigned nesting, struct arena *arena, struct error *err)
{
	struct oci_index index;
	bool changed = false;

	*published = *target;
	if (media_type_find(target->media_type)->kind == MEDIA_MANIFEST)
		return publish_manifest(published, store, target, options, arena, err);
	if (media_type_find(target->media_type)->kind != MEDIA_INDEX)
		return 0;
	if (nesting > DOCUMENTS_NESTING)
		return fail(err, "%s: indexes are nested deeper than %d", target->digest, DOCUMENTS_NESTING);
	if (GET(documents_read_index(&index, store, target, arena, err)) == 1)
		return 0;
	FOR_EACH (item, &index.manifests) {
		struct oci_descriptor part;
		TRY(publish_target(&part, store, item, options, nesting + 1, arena, err));
		changed = changed || strcmp(part.digest, item->digest) != 0;
		*item = part;
	}
	return changed ? put_changed(published, store, &oci_index_schema, &index, arena, err) : 0;
}

int
publish_image(struct oci_descriptor *published, struct store *store, const struct oci_descriptor *target,
	      const struct publish_options *options, struct arena *arena, struct error *err)
{
	if (GET(blobs_find(store, target->digest, target->size, err)) == 1)
		return fail(err, "%s is not in the store", target->digest);
	return publish_target(published, store, target, options, 1, arena, err);
}
