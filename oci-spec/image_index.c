/* SPDX-License-Identifier: Apache-2.0 */
#include "oci-spec/image_index.h"

#include <string.h>

#include "libcommon/schema.h"
#include "oci-spec/checks.h"

static int
check_layout(const void *value, struct error *err)
{
	const char *version = *(const char *const *) value;

	if (strcmp(version, OCI_LAYOUT_VERSION) != 0)
		return fail(err, "must be \"" OCI_LAYOUT_VERSION "\", not \"%s\"", version);
	return 0;
}

/* clang-format off */

#define SELF struct oci_index
static const struct field index_rows[] = {
	VALUE(schema_version, "schemaVersion", .required = true, .min = 2, .max = 2, .help = "always 2"),
	VALUE(media_type,     "mediaType",     .check = checks_media_type, .help = "that of an index"),
	VALUE(artifact_type,  "artifactType",  .check = checks_media_type, .help = "what it is if it is no image"),
	OBJECTS(manifests,    "manifests",     oci_descriptor, .always = true, .help = "the first that fits is used"),
	OBJECT(subject,       "subject",       oci_descriptor, .help = "the manifest that this one is about"),
	MAP(annotations,      "annotations",   .help = "anything, for whoever knows the name"),
};
SCHEMA(oci_index, index_rows);
#undef SELF

#define SELF struct oci_layout
static const struct field layout_rows[] = {
	VALUE(image_layout_version, "imageLayoutVersion", .required = true, .check = check_layout, .help = "of the directory"),
};
SCHEMA(oci_layout, layout_rows);
#undef SELF
