/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/assemble.h"

#include "builder/store/blobs.h"
#include "libcommon/schema.h"
#include "libcommon/timestamp.h"
#include "oci-spec/media_type.h"

/* docker's words for what OCI has its own for. */
static const char *
word_for(const char *media_type, enum assemble_format format)
{
	static const struct {
		const char *oci, *docker;
	} pairs[] = {
		{ MEDIA_TYPE_INDEX,      MEDIA_TYPE_DOCKER_LIST },
		{ MEDIA_TYPE_MANIFEST,   MEDIA_TYPE_DOCKER_MANIFEST },
		{ MEDIA_TYPE_CONFIG,     MEDIA_TYPE_DOCKER_CONFIG },
		{ MEDIA_TYPE_LAYER,      MEDIA_TYPE_DOCKER_LAYER },
		{ MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_DOCKER_LAYER_GZIP },
		{ MEDIA_TYPE_LAYER_ZSTD, MEDIA_TYPE_DOCKER_LAYER_ZSTD },
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		if (format == ASSEMBLE_DOCKER && strcmp(pairs[i].oci, media_type) == 0)
			return pairs[i].docker;
		if (format == ASSEMBLE_OCI && strcmp(pairs[i].docker, media_type) == 0)
			return pairs[i].oci;
	}
	return media_type;
}

struct oci_descriptor
assemble_layer(const struct layer *layer, struct arena *arena)
{
	return (struct oci_descriptor){
		.media_type = MEDIA_TYPE_LAYER,
		.digest = arena_text(arena, layer->diff_id), /* a plain archive is its own blob */
		.size = layer->size,
	};
}

/* Every layer has exactly one row of history that is not empty; docker refuses the rest. */
static int
check_history(const struct assembly *assembly, struct error *err)
{
	size_t filled = 0;

	FOR_EACH(row, &assembly->config.history)
		filled += !row->empty_layer;
	if (assembly->layers.count != assembly->diff_ids.count)
		return fail(err, "assemble the image: %zu layers have %zu diff ids", assembly->layers.count,
			    assembly->diff_ids.count);
	if (assembly->config.history.count > 0 && filled != assembly->layers.count)
		return fail(err, "assemble the image: history tells of %zu layers, there are %zu", filled,
			    assembly->layers.count);
	return 0;
}

/* Writes a document as a blob and describes it. */
static int
put_document(struct oci_descriptor *out, struct store *store, const struct schema *schema, const void *document,
	     const char *media_type, struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	char digest[HASH_TEXT_SIZE];

	schema_write(schema, document, SCHEMA_COMPACT, &json);
	TRY(blobs_put(store, json.bytes, json.length, digest, err));
	*out = (struct oci_descriptor){ .media_type = media_type, .digest = arena_text(arena, digest),
					.size = (int64_t) json.length };
	return 0;
}

static struct oci_descriptor_list
layers_in(const struct assembly *assembly, struct arena *arena)
{
	struct oci_descriptor_list layers = { 0 };

	FOR_EACH(layer, &assembly->layers) {
		struct oci_descriptor copy = *layer;
		copy.media_type = word_for(layer->media_type, assembly->format);
		list_add(&layers, arena, copy);
	}
	return layers;
}

static const struct oci_platform *
platform_in(const struct oci_image *config, struct arena *arena)
{
	struct oci_platform *platform = arena_new(arena, struct oci_platform);

	*platform = (struct oci_platform){ .architecture = config->architecture, .os = config->os,
					   .os_version = config->os_version, .os_features = config->os_features,
					   .variant = config->variant };
	return platform;
}

int
assemble_image(struct oci_descriptor *manifest, const char **id, struct store *store,
	       const struct assembly *assembly, struct arena *arena, struct error *err)
{
	struct oci_image config = assembly->config;
	struct oci_image_rootfs rootfs = { .type = "layers", .diff_ids = assembly->diff_ids };
	struct oci_descriptor config_blob;
	char created[TIMESTAMP_SIZE];

	TRY(check_history(assembly, err));
	timestamp_write(created, assembly->created);
	config.created = created;
	config.rootfs = &rootfs;
	TRY(put_document(&config_blob, store, &oci_image_schema, &config,
			 word_for(MEDIA_TYPE_CONFIG, assembly->format), arena, err));

	struct oci_manifest document = {
		.schema_version = 2,
		.media_type = word_for(MEDIA_TYPE_MANIFEST, assembly->format),
		.config = &config_blob,
		.layers = layers_in(assembly, arena),
		.subject = assembly->subject,
		.annotations = assembly->annotations,
	};
	TRY(put_document(manifest, store, &oci_manifest_schema, &document, document.media_type, arena, err));
	manifest->platform = platform_in(&assembly->config, arena);
	if (id != NULL)
		*id = config_blob.digest;
	return 0;
}

int
assemble_index(struct oci_descriptor *index, struct store *store, const struct oci_descriptor_list *manifests,
	       const struct pair_list *annotations, enum assemble_format format, struct arena *arena,
	       struct error *err)
{
	struct oci_index document = {
		.schema_version = 2,
		.media_type = word_for(MEDIA_TYPE_INDEX, format),
		.manifests = *manifests,
	};

	if (annotations != NULL)
		document.annotations = *annotations;
	return put_document(index, store, &oci_index_schema, &document, document.media_type, arena, err);
}
