/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors, which name a blob, and manifests, which name an image's config and layers. docker's
 * manifests of version 2, schema 2, have the same members and are read by the same rows.
 *
 * Everything read lives in the arena given to schema_read. Fetches and verifies nothing.
 */
#ifndef COOPERAGE_IMAGE_MANIFEST_H
#define COOPERAGE_IMAGE_MANIFEST_H

#include "libcommon/list.h"
#include "oci-spec/platform.h"

struct schema;

struct oci_descriptor {
	const char *media_type, *artifact_type;
	const char *digest; /* of known grammar: see digest.h */
	int64_t size;
	struct text_list urls;
	struct pair_list annotations;
	const char *data; /* base64 of the blob itself */
	const struct oci_platform *platform; /* in indexes */
};

struct oci_descriptor_list {
	struct oci_descriptor *items;
	size_t count;
};

struct oci_manifest {
	int64_t schema_version; /* 2 */
	const char *media_type, *artifact_type;
	const struct oci_descriptor *config;
	struct oci_descriptor_list layers;
	const struct oci_descriptor *subject;
	struct pair_list annotations;
};

extern const struct schema oci_descriptor_schema;
extern const struct schema oci_manifest_schema;

#endif
