/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/image/image.h"

#include <sys/utsname.h>

#include "builder/store/blobs.h"
#include "libcommon/schema.h"
#include "libcommon/text.h"
#include "oci-spec/media_type.h"
#include "oci-spec/platform.h"

/* Indexes may hold indexes (image-index.md); a chain of them longer than this is no accident. */
#define NESTING_LIMIT 8

static enum media_kind
kind_of(const char *media_type)
{
	const struct media_type *type = media_type != NULL ? media_type_find(media_type) : NULL;

	return type != NULL ? type->kind : MEDIA_UNKNOWN;
}

/* A document that could be read as either of two kinds is one that two readers see differently. */
struct ambiguity {
	struct oci_descriptor_list manifests, layers;
	const struct oci_descriptor *config;
};

#define SELF struct ambiguity
static const struct field ambiguity_rows[] = {
	OBJECTS(manifests, "manifests", oci_descriptor),
	OBJECTS(layers,    "layers",    oci_descriptor),
	OBJECT(config,     "config",    oci_descriptor),
};
static SCHEMA(ambiguity, ambiguity_rows);
#undef SELF

static int
refuse_ambiguous(const char *name, const char *bytes, size_t n, struct arena *arena, struct error *err)
{
	struct ambiguity both;

	TRY(schema_read(&ambiguity_schema, &both, name, bytes, n, arena, err));
	if (both.manifests.items != NULL && (both.layers.items != NULL || both.config != NULL))
		return fail(err, "%s: is a manifest and an index at once", name);
	return 0;
}

int
image_read_manifest(struct oci_manifest *manifest, const char *name, const char *bytes, size_t n,
		    struct arena *arena, struct error *err)
{
	TRY(refuse_ambiguous(name, bytes, n, arena, err));
	TRY(schema_read(&oci_manifest_schema, manifest, name, bytes, n, arena, err));
	if (manifest->media_type != NULL && kind_of(manifest->media_type) != MEDIA_MANIFEST)
		return fail(err, "%s: mediaType: must be that of a manifest, not \"%s\"", name, manifest->media_type);
	return 0;
}

int
image_read_config(struct oci_image *config, const struct oci_manifest *manifest, const char *name,
		  const char *bytes, size_t n, struct arena *arena, struct error *err)
{
	TRY(schema_read(&oci_image_schema, config, name, bytes, n, arena, err));
	if (config->rootfs == NULL || !text_equal(config->rootfs->type, "layers"))
		return fail(err, "%s: rootfs.type: must be \"layers\"", name);
	if (config->rootfs->diff_ids.count != manifest->layers.count)
		return fail(err, "%s: rootfs.diff_ids: there are %zu for the manifest's %zu layers", name,
			    config->rootfs->diff_ids.count, manifest->layers.count);
	return 0;
}

static int
read_index(struct oci_index *index, const char *name, const char *bytes, size_t n, struct arena *arena,
	   struct error *err)
{
	TRY(refuse_ambiguous(name, bytes, n, arena, err));
	return schema_read(&oci_index_schema, index, name, bytes, n, arena, err);
}

int
image_open_index(struct oci_index *index, struct store *store, const struct oci_descriptor *target,
		 struct arena *arena, struct error *err)
{
	char *bytes;
	size_t n;

	if (kind_of(target->media_type) != MEDIA_INDEX)
		return 1;
	if (GET(blobs_read(store, target->digest, arena, &bytes, &n, err)) > 0)
		return 2;
	return read_index(index, target->digest, bytes, n, arena, err);
}

/* The best of an index for the platform; of equals the first (image-index.md). NULL if none suits. */
static const struct oci_descriptor *
choose(const struct oci_index *index, const struct oci_platform *wanted)
{
	const struct oci_descriptor *best = NULL;
	unsigned most = 0;

	FOR_EACH(one, &index->manifests) {
		enum media_kind kind = kind_of(one->media_type);
		unsigned fit = one->platform != NULL ? platform_fit(one->platform, wanted) : 1;

		if ((kind == MEDIA_MANIFEST || kind == MEDIA_INDEX) && fit > most) {
			most = fit;
			best = one;
		}
	}
	return best;
}

/* From a target down to the manifest for the platform. Returns 1 if a document is not in the store. */
static int
descend(struct oci_descriptor *target, struct store *store, const struct oci_platform *platform,
	struct arena *arena, struct error *err)
{
	for (int depth = 0; kind_of(target->media_type) == MEDIA_INDEX; depth++) {
		struct oci_index index;

		if (depth == NESTING_LIMIT)
			return fail(err, "%s: indexes within indexes are too deep", target->digest);
		if (GET(image_open_index(&index, store, target, arena, err)) > 0)
			return 1;
		const struct oci_descriptor *chosen = choose(&index, platform);
		if (chosen == NULL)
			return fail(err, "%s: has nothing for the platform %s", target->digest,
				    platform_text(platform, arena));
		*target = *chosen;
	}
	return 0;
}

static struct oci_platform
machine_platform(struct arena *arena)
{
	struct utsname about;

	(void) uname(&about); /* cannot fail for a place of ours */
	return platform_of_machine(arena_text(arena, about.machine));
}

int
image_open(struct image *image, struct store *store, const struct oci_descriptor *target,
	   const struct oci_platform *platform, struct arena *arena, struct error *err)
{
	struct oci_platform here = machine_platform(arena);
	char *bytes;
	size_t n;

	image->descriptor = *target;
	if (GET(descend(&image->descriptor, store, platform != NULL ? platform : &here, arena, err)) > 0)
		return 1;
	if (GET(blobs_read(store, image->descriptor.digest, arena, &bytes, &n, err)) > 0)
		return 1;
	TRY(image_read_manifest(&image->manifest, image->descriptor.digest, bytes, n, arena, err));
	image->id = image->manifest.config->digest;
	if (GET(blobs_read(store, image->id, arena, &bytes, &n, err)) > 0)
		return 1;
	return image_read_config(&image->config, &image->manifest, image->id, bytes, n, arena, err);
}

static int
add_blobs(struct oci_descriptor_list *blobs, struct store *store, const struct oci_descriptor *target,
	  int depth, struct arena *arena, struct error *err)
{
	struct oci_index index;
	struct oci_manifest manifest;
	char *bytes;
	size_t n;

	list_add(blobs, arena, *target);
	if (depth == NESTING_LIMIT)
		return fail(err, "%s: indexes within indexes are too deep", target->digest);
	if (kind_of(target->media_type) == MEDIA_INDEX) {
		if (GET(image_open_index(&index, store, target, arena, err)) > 0)
			return 0;
		FOR_EACH(one, &index.manifests)
			TRY(add_blobs(blobs, store, one, depth + 1, arena, err));
		return 0;
	}
	if (kind_of(target->media_type) != MEDIA_MANIFEST ||
	    GET(blobs_read(store, target->digest, arena, &bytes, &n, err)) > 0)
		return 0;
	TRY(image_read_manifest(&manifest, target->digest, bytes, n, arena, err));
	list_add(blobs, arena, *manifest.config);
	FOR_EACH(layer, &manifest.layers)
		list_add(blobs, arena, *layer);
	return 0;
}

int
image_list_blobs(struct oci_descriptor_list *blobs, struct store *store,
		 const struct oci_descriptor *target, struct arena *arena, struct error *err)
{
	*blobs = (struct oci_descriptor_list){ 0 };
	return add_blobs(blobs, store, target, 0, arena, err);
}
