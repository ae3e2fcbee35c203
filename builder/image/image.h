/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image as it lies in the store: manifest and config read, verified and judged together.
 *
 * Everything lives in the arena given. Judged means: the manifest is no index in disguise, there is a
 * diff id for each layer, and rootfs is of the type "layers". Fetches nothing.
 */
#ifndef COOPERAGE_IMAGE_H
#define COOPERAGE_IMAGE_H

#include "builder/store/store.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/image_manifest.h"

struct image {
	struct oci_descriptor descriptor; /* of the manifest */
	struct oci_manifest manifest;
	struct oci_image config;
	const char *id; /* the digest of the config, as docker names images */
};

/*
 * Opens what a name stands for. From an index the manifest that suits the platform best is taken, the
 * first of equals (NULL: the machine's). Returns 1 if a document is not in the store; fails if nothing
 * suits.
 */
int image_open(struct image *image, struct store *store, const struct oci_descriptor *target,
	       const struct oci_platform *platform, struct arena *arena, struct error *err);

/* The manifest that image_open would take. Returns 1 if an index on the way is not in the store. */
int image_choose(struct oci_descriptor *chosen, struct store *store, const struct oci_descriptor *target,
		 const struct oci_platform *platform, struct arena *arena, struct error *err);

/* Do these belong together? */
int image_judge(const struct oci_manifest *manifest, const struct oci_image *config, struct error *err);

#endif
