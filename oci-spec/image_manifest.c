/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/image_manifest.h"

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

/* clang-format off */

#define SELF struct oci_descriptor
static const struct field descriptor_rows[] = {
	VALUE(media_type,    "mediaType",    .required = true, .check = checks_media_type, .help = "what kind of blob it is"),
	VALUE(artifact_type, "artifactType", .check = checks_media_type, .help = "what kind of artifact, in indexes"),
	VALUE(digest,        "digest",       .required = true, .check = checks_digest, .help = "of the blob"),
	VALUE(size,          "size",         .required = true, .max = INT64_MAX, .help = "of the blob in bytes"),
	VALUES(urls,         "urls",         .help = "where else it can be had"),
	MAP(annotations,     "annotations",  .help = "anything, for whoever knows the name"),
	VALUE(data,          "data",         .help = "the blob itself in base64"),
	OBJECT(platform,     "platform",     oci_platform, .help = "what it runs on, in indexes"),
};
SCHEMA(oci_descriptor, descriptor_rows);
#undef SELF

#define SELF struct oci_manifest
static const struct field manifest_rows[] = {
	VALUE(schema_version, "schemaVersion", .required = true, .min = 2, .max = 2, .help = "always 2"),
	VALUE(media_type,     "mediaType",     .check = checks_media_type, .help = "that of a manifest"),
	VALUE(artifact_type,  "artifactType",  .check = checks_media_type, .help = "what it is if it is no image"),
	OBJECT(config,        "config",        oci_descriptor, .required = true, .help = "the image's config"),
	OBJECTS(layers,       "layers",        oci_descriptor, .always = true, .help = "its layers, the lowest first"),
	OBJECT(subject,       "subject",       oci_descriptor, .help = "the manifest that this one is about"),
	MAP(annotations,      "annotations",   .help = "anything, for whoever knows the name"),
};
SCHEMA(oci_manifest, manifest_rows);
#undef SELF
