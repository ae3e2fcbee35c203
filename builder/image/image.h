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
 * Opens what a name stands for. From an index the first manifest that suits the platform is taken
 * (NULL: the machine's). Returns 1 if a document is not in the store; fails if nothing suits.
 */
int image_open(struct image *image, struct store *store, const struct oci_descriptor *target,
	       const struct oci_platform *platform, struct arena *arena, struct error *err);

/* Reads and judges documents at hand: for those who just fetched or wrote them. */
int image_read_manifest(struct oci_manifest *manifest, const char *name, const char *bytes, size_t n,
			struct arena *arena, struct error *err);
int image_read_config(struct oci_image *config, const struct oci_manifest *manifest, const char *name,
		      const char *bytes, size_t n, struct arena *arena, struct error *err);

/* The index itself. Returns 1 if the target is no index, 2 if it is not in the store. */
int image_open_index(struct oci_index *index, struct store *store, const struct oci_descriptor *target,
		     struct arena *arena, struct error *err);

/* All digests below a target that is there: itself, manifests, configs, layers. */
int image_list_blobs(struct oci_descriptor_list *blobs, struct store *store,
		     const struct oci_descriptor *target, struct arena *arena, struct error *err);

#endif
