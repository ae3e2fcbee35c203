/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images → snapshots, and images → plain directories.
 *
 * Ownership: chains are the caller's to close. Each diff id is verified before a layer is there.
 */
#ifndef COOPERAGE_UNPACK_H
#define COOPERAGE_UNPACK_H

#include "builder/image/image.h"
#include "builder/layer/place.h"
#include "builder/store/snapshots.h"

/* Unpacks what is not unpacked yet, several layers at a time. Fails if a layer's blob is not there. */
int unpack_image(struct store *store, const struct image *image, struct error *err);

/* The same, and opens all of it. */
int unpack_chain(struct chain *chain, struct store *store, const struct image *image,
		 struct error *err);

/*
 * The whole root file system into an empty directory: owners, links, attributes and times as in the
 * image. `how` may be NULL.
 */
int unpack_directory(int directory, struct store *store, const struct image *image,
		     const struct place_options *how, struct error *err);

#endif
