/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an image goes out: local layers are kept as plain tar, others want them compressed. Makes the
 * compressed blobs, once for each layer and way (records remember them), and a manifest that names them.
 *
 * Layers that came compressed stay as they came, byte for byte. Ownership: results live in the arena.
 */
#ifndef COOPERAGE_PUBLISH_H
#define COOPERAGE_PUBLISH_H

#include "builder/layer/compress.h"
#include "builder/store/store.h"
#include "oci-spec/image_index.h"

struct publish_options {
	struct compress_options compression;
	bool force; /* also layers that are compressed otherwise */
};

/*
 * `published` is what to push or export in place of `target`: the same if nothing had to change.
 * Of an index each manifest is published.
 */
int publish_image(struct oci_descriptor *published, struct store *store,
		  const struct oci_descriptor *target, const struct publish_options *options,
		  struct arena *arena, struct error *err);

/* One layer. */
int publish_layer(struct oci_descriptor *published, struct store *store,
		  const struct oci_descriptor *layer, const char *diff_id,
		  const struct publish_options *options, struct arena *arena, struct error *err);

#endif
