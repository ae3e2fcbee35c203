/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/image_manifest.h"
#include "tests/fuzz/documents.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	documents_keep(&oci_image_schema, bytes, n);
	documents_keep(&oci_manifest_schema, bytes, n);
	documents_keep(&oci_index_schema, bytes, n);
	documents_keep(&oci_layout_schema, bytes, n);
	return 0;
}
