/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Config and manifest from what a build has made; the same input gives the same bytes.
 *
 * Ownership: what is returned lives in the arena. Knows no Dockerfile, and names nothing.
 */
#ifndef COOPERAGE_ASSEMBLE_H
#define COOPERAGE_ASSEMBLE_H

#include "builder/store/snapshots.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"

enum assemble_format { ASSEMBLE_OCI, ASSEMBLE_DOCKER };

struct assembly {
	struct oci_image config;            /* without `created` and `rootfs`; history is complete */
	struct oci_descriptor_list layers;  /* base first: those of the base as they are in its manifest */
	struct text_list diff_ids;          /* one for each */
	struct pair_list annotations;       /* of the manifest */
	const struct oci_descriptor *subject;
	struct timespec created;            /* SOURCE_DATE_EPOCH, or now */
	enum assemble_format format;
};

/* A layer that was committed, as a manifest names it. */
struct oci_descriptor assemble_layer(const struct layer *layer, struct arena *arena);

/*
 * Writes config and manifest into the store. Fails if history and layers do not fit. `manifest` gets
 * the platform, so that it can go into an index; `id` (may be NULL) the digest of the config.
 */
int assemble_image(struct oci_descriptor *manifest, const char **id, struct store *store,
		   const struct assembly *assembly, struct arena *arena, struct error *err);

/* Several platforms under one name. */
int assemble_index(struct oci_descriptor *index, struct store *store,
		   const struct oci_descriptor_list *manifests, const struct pair_list *annotations,
		   enum assemble_format format, struct arena *arena, struct error *err);

#endif
