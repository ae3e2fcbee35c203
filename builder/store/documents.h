/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests, indexes and configs of the store: read, verified, and judged so far as their kind goes.
 *
 * Everything lives in the arena given. What a document means for an image is for the room above.
 */
#ifndef COOPERAGE_DOCUMENTS_H
#define COOPERAGE_DOCUMENTS_H

#include "builder/store/store.h"
#include "libcommon/list.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"

/* An index may name others, so deep. */
#define DOCUMENTS_NESTING 3

/*
 * Parse what is at hand. A manifest that could be taken for an index, or the other way round, is
 * refused, and so is one whose own media type is not the declared one (NULL: none is).
 */
int documents_parse_manifest(struct oci_manifest *manifest, const char *name, const char *declared,
			     const char *bytes, size_t n, struct arena *arena, struct error *err);
int documents_parse_index(struct oci_index *index, const char *name, const char *declared,
			  const char *bytes, size_t n, struct arena *arena, struct error *err);

/* Read and parse; return 1 if it is not in the store. */
int documents_read_manifest(struct oci_manifest *manifest, struct store *store,
			    const struct oci_descriptor *target, struct arena *arena, struct error *err);
int documents_read_index(struct oci_index *index, struct store *store,
			 const struct oci_descriptor *target, struct arena *arena, struct error *err);
int documents_read_config(struct oci_image *config, struct store *store,
			  const struct oci_descriptor *target, struct arena *arena, struct error *err);

/* All that a target needs, itself included, as far as it is in the store. */
struct documents_needs {
	struct oci_descriptor_list blobs;
	struct text_list diff_ids; /* of images; the lowest first in each */
};
int documents_list_needs(struct documents_needs *needs, struct store *store,
			 const struct oci_descriptor *target, struct arena *arena, struct error *err);

#endif
