/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names → manifests: index.json. A name is a whole reference, "docker.io/library/debian:12", as the
 * annotation org.opencontainers.image.ref.name; how users may shorten it is oci-spec/reference's.
 *
 * One name stands for one manifest or index. A manifest that lost its last name stays as one without,
 * until it is removed or swept. Readers need no lock: the file is replaced as a whole.
 */
#ifndef COOPERAGE_NAMES_H
#define COOPERAGE_NAMES_H

#include "builder/store/store.h"
#include "oci-spec/image_index.h"

#define NAMES_ANNOTATION "org.opencontainers.image.ref.name"

struct name {
	const char *text; /* NULL: none */
	struct oci_descriptor target;
};

struct name_list {
	struct name *items;
	size_t count;
};

/* All of them, in the order of index.json. */
int names_list(struct name_list *list, struct store *store, struct arena *arena, struct error *err);

/* Returns 1 if there is no such name. */
int names_find(struct oci_descriptor *target, struct store *store, const char *name, struct arena *arena,
	       struct error *err);

/*
 * What this stands for: a whole name, a digest, or at least the first four digits of one (of a
 * manifest). Returns 1 if nothing; fails if it could be several.
 */
int names_resolve(struct name *found, struct store *store, const char *text, struct arena *arena,
		  struct error *err);

/*
 * The name stands for this from now on, and survives the loss of power with all it needs (unless the
 * store's sync says otherwise). NULL keeps the manifest without a name. Its annotations and platform
 * go into index.json with it.
 */
int names_set(struct store *store, const char *name, const struct oci_descriptor *target,
	      struct error *err);

/* Several names at once, all or none. */
int names_set_all(struct store *store, const struct text_list *names, const struct oci_descriptor *target,
		  struct error *err);

/* Returns 1 if there is no such name. If it was the manifest's last one, it stays without. */
int names_remove(struct store *store, const char *name, struct error *err);

/* The manifest and all its names. Returns 1 if index.json does not have it. */
int names_remove_target(struct store *store, const char *digest, struct error *err);

#endif
