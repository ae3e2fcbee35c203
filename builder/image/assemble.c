/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/assemble.h"

#include <string.h>

#include "builder/store/blobs.h"
#include "libcommon/schema.h"
#include "libcommon/timestamp.h"
#include "oci-spec/media_type.h"

struct oci_descriptor
assemble_layer(const struct layer *layer, struct arena *arena)
{
	return (struct oci_descriptor){ .media_type = MEDIA_TYPE_LAYER,
					.digest = arena_text(arena, layer->diff_id),
					.size = layer->size };
}

/* ---- the words of a family -------------------------------------------------------------------- */

/* A manifest speaks one language: the same kind of blob in its words. What it has no word for stays. */
static const char *
translate(const char *text, enum assemble_format format)
{
	static const char *const layers[][2] = {
		[MEDIA_PLAIN] = { MEDIA_TYPE_LAYER, MEDIA_TYPE_DOCKER_LAYER },
		[MEDIA_GZIP] = { MEDIA_TYPE_LAYER_GZIP, MEDIA_TYPE_DOCKER_LAYER_GZIP },
		[MEDIA_ZSTD] = { MEDIA_TYPE_LAYER_ZSTD, MEDIA_TYPE_DOCKER_LAYER_ZSTD },
	};
	const struct media_type *type = media_type_find(text);

	return type->kind == MEDIA_LAYER && !type->foreign ? layers[type->compression][format] : text;
}

static const char *
word(enum assemble_format format, const char *oci, const char *docker)
{
	return format == ASSEMBLE_DOCKER ? docker : oci;
}

/* ---- the config ------------------------------------------------------------------------------- */

/*
 * Docker refuses an image whose history does not tell of each layer. Bases of other builders may have
 * told less: then what is not told came first.
 */
static int
complete_history(struct oci_history_list *history, const struct assembly *assembly, struct arena *arena,
		 struct error *err)
{
	size_t told = 0;
	struct oci_history_list all = { 0 };

	FOR_EACH (line, &assembly->config.history)
		told += !line->empty_layer;
	if (told > assembly->layers.count)
		return fail(err, "the history tells of %zu layers, and there are %zu", told, assembly->layers.count);
	for (size_t i = told; i < assembly->layers.count; i++)
		list_add(&all, arena, ((struct oci_history){ .comment = "its builder left no history" }));
	FOR_EACH (line, &assembly->config.history)
		list_add(&all, arena, *line);
	*history = all;
	return 0;
}

static int
put_document(struct oci_descriptor *descriptor, struct store *store, const struct schema *schema,
	     const void *document, const char *media_type, struct arena *arena, struct error *err)
{
	scoped_buffer json = { 0 };
	char digest[HASH_TEXT_SIZE];

	schema_write(schema, document, SCHEMA_COMPACT, &json);
	TRY(blobs_put(store, json.bytes, json.length, digest, err));
	*descriptor = (struct oci_descriptor){ .media_type = media_type, .digest = arena_text(arena, digest),
					       .size = (int64_t) json.length };
	return 0;
}

static int
put_config(struct oci_descriptor *descriptor, struct store *store, const struct assembly *assembly,
	   struct arena *arena, struct error *err)
{
	struct oci_image config = assembly->config;
	struct oci_image_rootfs rootfs = { .type = "layers", .diff_ids = assembly->diff_ids };
	char created[TIMESTAMP_SIZE];

	timestamp_write(created, assembly->created);
	config.created = created;
	config.rootfs = &rootfs;
	TRY(complete_history(&config.history, assembly, arena, err));
	return put_document(descriptor, store, &oci_image_schema, &config,
			    word(assembly->format, MEDIA_TYPE_CONFIG, MEDIA_TYPE_DOCKER_CONFIG), arena, err);
}

/* ---- the manifest ----------------------------------------------------------------------------- */

static struct oci_descriptor_list
name_layers(const struct assembly *assembly, struct arena *arena)
{
	struct oci_descriptor_list layers = { 0 };

	FOR_EACH (layer, &assembly->layers) {
		struct oci_descriptor named = *layer;
		named.media_type = translate(layer->media_type, assembly->format);
		list_add(&layers, arena, named);
	}
	return layers;
}

static const struct oci_platform *
platform_of(const struct oci_image *config, struct arena *arena)
{
	struct oci_platform *platform = arena_new(arena, struct oci_platform);

	*platform = (struct oci_platform){ .os = config->os, .architecture = config->architecture,
					   .variant = config->variant, .os_version = config->os_version,
					   .os_features = config->os_features };
	return platform;
}

int
assemble_image(struct oci_descriptor *manifest, const char **id, struct store *store,
	       const struct assembly *assembly, struct arena *arena, struct error *err)
{
	struct oci_descriptor config;
	bool docker = assembly->format == ASSEMBLE_DOCKER;

	assert(assembly->layers.count == assembly->diff_ids.count);
	TRY(put_config(&config, store, assembly, arena, err));
	struct oci_manifest document = {
		.schema_version = 2,
		.media_type = word(assembly->format, MEDIA_TYPE_MANIFEST, MEDIA_TYPE_DOCKER_MANIFEST),
		.config = &config,
		.layers = name_layers(assembly, arena),
	};
	if (!docker) { /* docker's manifests know neither */
		document.annotations = assembly->annotations;
		document.subject = assembly->subject;
	}
	TRY(put_document(manifest, store, &oci_manifest_schema, &document, document.media_type, arena, err));
	manifest->platform = platform_of(&assembly->config, arena);
	if (id != NULL)
		*id = config.digest;
	return 0;
}

int
assemble_index(struct oci_descriptor *index, struct store *store, const struct oci_descriptor_list *manifests,
	       const struct pair_list *annotations, enum assemble_format format, struct arena *arena,
	       struct error *err)
{
	struct oci_index document = {
		.schema_version = 2,
		.media_type = word(format, MEDIA_TYPE_INDEX, MEDIA_TYPE_DOCKER_LIST),
		.manifests = *manifests,
	};

	if (annotations != NULL && format == ASSEMBLE_OCI)
		document.annotations = *annotations;
	return put_document(index, store, &oci_index_schema, &document, document.media_type, arena, err);
}
