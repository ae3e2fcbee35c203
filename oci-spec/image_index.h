/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Indexes, which name manifests (one a platform, or one a tag in index.json), and the file
 * `oci-layout` beside index.json. docker's manifest lists have the same members.
 *
 * Everything read lives in the arena given to schema_read.
 */
#ifndef COOPERAGE_IMAGE_INDEX_H
#define COOPERAGE_IMAGE_INDEX_H

#include "oci-spec/image_manifest.h"

#define OCI_LAYOUT_VERSION "1.0.0"

struct oci_index {
	int64_t schema_version; /* 2 */
	const char *media_type, *artifact_type;
	struct oci_descriptor_list manifests;
	const struct oci_descriptor *subject;
	struct pair_list annotations;
};

struct oci_layout {
	const char *image_layout_version;
};

extern const struct schema oci_index_schema;
extern const struct schema oci_layout_schema;

#endif
