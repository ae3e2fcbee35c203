/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images out of the store: as OCI layouts, as archives of them, as docker's archives, as plain trees.
 *
 * Deterministic: the same images give the same bytes. Ownership: fds and sinks are the caller's; a
 * sink is finished by the caller too. What is exported is published before (publish.h).
 */
#ifndef COOPERAGE_EXPORT_H
#define COOPERAGE_EXPORT_H

#include "builder/image/image.h"
#include "builder/layer/stream.h"

struct export_item {
	struct oci_descriptor target; /* a manifest or an index */
	struct text_list names;       /* whole references; may be none */
};

struct export_items {
	struct export_item *items;
	size_t count;
};

/* Into a directory, empty or a layout already: what index.json names there stays, but for these names. */
int export_layout(int directory, struct store *store, const struct export_items *images,
		  struct error *err);

/* The same as one tar. */
int export_oci_archive(struct sink *sink, struct store *store, const struct export_items *images,
		       struct error *err);

/*
 * What `docker save` writes today: an OCI layout with manifest.json and repositories beside it, which
 * old and new readers load. Of an index the manifest for the platform is taken (NULL: the machine's).
 */
int export_docker_archive(struct sink *sink, struct store *store, const struct export_items *images,
			  const struct oci_platform *platform, struct error *err);

/* The root file system as one tar. */
int export_root_tar(struct sink *sink, struct store *store, const struct image *image,
		    const struct timespec *newest, struct error *err);

#endif
