/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/documents.h"

#include <string.h>

#include "builder/store/blobs.h"
#include "libcommon/schema.h"
#include "oci-spec/media_type.h"

/* What tells a manifest from an index; CVE-2021-41190 is a document that is both. */
struct documents_kind {
	const char *media_type;
	struct oci_descriptor_list layers, manifests;
	const struct oci_descriptor *config;
};

/* clang-format off */
#define SELF struct documents_kind
static const struct field kind_rows[] = {
	VALUE(media_type,  "mediaType"),
	OBJECTS(layers,    "layers",    oci_descriptor),
	OBJECTS(manifests, "manifests", oci_descriptor),
	OBJECT(config,     "config",    oci_descriptor),
};
SCHEMA(documents_kind, kind_rows);
#undef SELF
/* clang-format on */

static int
judge_kind(enum media_kind wanted, const char *name, const char *declared, const char *bytes, size_t n,
	   struct arena *arena, struct error *err)
{
	struct documents_kind kind;

	TRY(schema_read(&documents_kind_schema, &kind, name, bytes, n, arena, err));
	bool is_manifest = kind.layers.items != NULL || kind.config != NULL;
	bool is_index = kind.manifests.items != NULL;
	if (is_manifest && is_index)
		return fail(err, "%s: it could be a manifest and an index, so it is neither", name);
	if (kind.media_type != NULL && media_type_find(kind.media_type)->kind != wanted)
		return fail(err, "%s: it says that it is \"%s\", and %s was expected", name, kind.media_type,
			    wanted == MEDIA_INDEX ? "an index" : "a manifest");
	if (kind.media_type != NULL && declared != NULL && strcmp(kind.media_type, declared) != 0)
		return fail(err, "%s: it says that it is \"%s\", and who names it says \"%s\"", name, kind.media_type,
			    declared);
	return 0;
}

int
documents_parse_manifest(struct oci_manifest *manifest, const char *name, const char *declared,
			 const char *bytes, size_t n, struct arena *arena, struct error *err)
{
	TRY(judge_kind(MEDIA_MANIFEST, name, declared, bytes, n, arena, err));
	return schema_read(&oci_manifest_schema, manifest, name, bytes, n, arena, err);
}

int
documents_parse_index(struct oci_index *index, const char *name, const char *declared, const char *bytes,
		      size_t n, struct arena *arena, struct error *err)
{
	TRY(judge_kind(MEDIA_INDEX, name, declared, bytes, n, arena, err));
	return schema_read(&oci_index_schema, index, name, bytes, n, arena, err);
}

/* ---- from the store --------------------------------------------------------------------------- */

/* Returns 1 if it is not there. */
static int
read_document(char **bytes, size_t *n, struct store *store, const struct oci_descriptor *target,
	      struct arena *arena, struct error *err)
{
	if (GET(blobs_find(store, target->digest, target->size, err)) == 1)
		return 1;
	return blobs_read(store, target->digest, arena, bytes, n, err);
}

int
documents_read_manifest(struct oci_manifest *manifest, struct store *store,
			const struct oci_descriptor *target, struct arena *arena, struct error *err)
{
	char *bytes;
	size_t n;

	if (GET(read_document(&bytes, &n, store, target, arena, err)) == 1)
		return 1;
	return documents_parse_manifest(manifest, target->digest, target->media_type, bytes, n, arena, err);
}

int
documents_read_index(struct oci_index *index, struct store *store, const struct oci_descriptor *target,
		     struct arena *arena, struct error *err)
{
	char *bytes;
	size_t n;

	if (GET(read_document(&bytes, &n, store, target, arena, err)) == 1)
		return 1;
	return documents_parse_index(index, target->digest, target->media_type, bytes, n, arena, err);
}

int
documents_read_config(struct oci_image *config, struct store *store, const struct oci_descriptor *target,
		      struct arena *arena, struct error *err)
{
	char *bytes;
	size_t n;

	if (GET(read_document(&bytes, &n, store, target, arena, err)) == 1)
		return 1;
	return schema_read(&oci_image_schema, config, target->digest, bytes, n, arena, err);
}

/* ---- needs ------------------------------------------------------------------------------------ */

static void
need(struct documents_needs *needs, const struct oci_descriptor *blob, struct arena *arena)
{
	FOR_EACH (have, &needs->blobs)
		if (strcmp(have->digest, blob->digest) == 0)
			return;
	list_add(&needs->blobs, arena, *blob);
}

static int
list_manifest(struct documents_needs *needs, struct store *store, const struct oci_descriptor *target,
	      struct arena *arena, struct error *err)
{
	struct oci_manifest manifest;
	struct oci_image config;

	if (GET(documents_read_manifest(&manifest, store, target, arena, err)) == 1)
		return 0;
	need(needs, target, arena);
	need(needs, manifest.config, arena);
	FOR_EACH (layer, &manifest.layers)
		need(needs, layer, arena);
	if (media_type_find(manifest.config->media_type)->kind != MEDIA_CONFIG ||
	    GET(documents_read_config(&config, store, manifest.config, arena, err)) == 1)
		return 0;
	FOR_EACH (diff_id, &config.rootfs->diff_ids)
		list_add(&needs->diff_ids, arena, *diff_id);
	return 0;
}

static int
list_target(struct documents_needs *needs, struct store *store, const struct oci_descriptor *target,
	    unsigned nesting, struct arena *arena, struct error *err)
{
	struct oci_index index;

	switch (media_type_find(target->media_type)->kind) {
	case MEDIA_MANIFEST:
		return list_manifest(needs, store, target, arena, err);
	case MEDIA_INDEX:
		break;
	default: /* something that is kept for others */
		need(needs, target, arena);
		return 0;
	}
	if (nesting > DOCUMENTS_NESTING)
		return fail(err, "%s: indexes are nested deeper than %d", target->digest, DOCUMENTS_NESTING);
	if (GET(documents_read_index(&index, store, target, arena, err)) == 1)
		return 0;
	need(needs, target, arena);
	FOR_EACH (item, &index.manifests)
		TRY(list_target(needs, store, item, nesting + 1, arena, err));
	return 0;
}

int
documents_list_needs(struct documents_needs *needs, struct store *store, const struct oci_descriptor *target,
		     struct arena *arena, struct error *err)
{
	return list_target(needs, store, target, 1, arena, err);
}
