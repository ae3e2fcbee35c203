/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images into the store: from OCI layouts and archives of them, docker's archives of any age, and
 * plain root file systems.
 *
 * What comes in is hostile: each blob is verified against its digest, and nothing is named before all
 * of it is there. Layers are verified against their diff ids when they are unpacked. Archives are read
 * once, from front to back, and need no seeking. Ownership: results live in the arena; fds and sources
 * are the caller's.
 */
#ifndef COOPERAGE_IMPORT_H
#define COOPERAGE_IMPORT_H

#include "builder/image/image.h"
#include "builder/layer/stream.h"

struct import_item {
	struct oci_descriptor target;
	struct text_list names; /* as they stand in the archive: not yet judged as references */
};

struct import_items {
	struct import_item *items;
	size_t count;
};

/* Blobs go into the store; what they are called there is the caller's to decide. */
int import_layout(struct import_items *images, struct store *store, int directory, struct arena *arena,
		  struct error *err);

/* An archive, compressed or not, of an OCI layout or of docker. */
int import_archive(struct import_items *images, struct store *store, struct source *from,
		   struct arena *arena, struct error *err);

struct import_root {
	const struct oci_image *config;  /* NULL: nothing but the platform */
	const char *comment;             /* of the one line of history */
	const struct oci_platform *platform;
	struct timespec created;
};

/* A tar of a root file system, compressed or not, becomes an image of one layer. */
int import_root_tar(struct oci_descriptor *manifest, struct store *store, struct source *from,
		    const struct import_root *options, struct arena *arena, struct error *err);

#endif
