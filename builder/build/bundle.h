/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container is like unless somebody says otherwise, as a document for the runtime: for RUN,
 * for `cooper run` and for bundles that others start.
 *
 * The document points into the arena and into what was wished.
 */
#ifndef COOPERAGE_BUNDLE_H
#define COOPERAGE_BUNDLE_H

#include "builder/build/accounts.h"
#include "builder/store/owners.h"
#include "oci-spec/image_config.h"
#include "oci-spec/runtime_config.h"

struct bundle_wish {
	const char *root; /* the root file system: a path, absolute or from the bundle */
	bool read_only;
	struct text_list args;
	struct pair_list environment; /* HOME is added if it is not there */
	const char *directory;        /* NULL: "/" */
	struct account account;
	struct account_groups groups;
	const char *home;
	bool terminal;
	const char *hostname;
	bool own_network;
	struct oci_mount_list mounts; /* after those that every container has */
	struct pair_list annotations;
	bool no_core; /* no core dumps */
	const struct owners *owners; /* the ids of the user namespace it is made in; NULL: all */
	bool own_users; /* it is for that namespace's maker: it brings one of the same ids */
};

void bundle_describe(struct oci_config *config, const struct bundle_wish *wish,
		     struct arena *arena);

/* A bind mount of a file or directory of the host. */
struct oci_mount bundle_bind(const char *source, const char *destination, bool read_only,
			     struct arena *arena);

/* What an image says of itself beside how to run it: annotations of its bundle. */
struct pair_list bundle_annotations(const struct oci_image *image, struct arena *arena);

/* Writes config.json. */
int bundle_write(int directory, const struct oci_config *config, struct error *err);

#endif
