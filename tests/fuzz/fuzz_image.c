/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "builder/image/docker_manifest.h"
#include "oci-spec/image_config.h"
#include "oci-spec/image_index.h"
#include "oci-spec/image_manifest.h"
#include "tests/fuzz/documents.h"

/* manifest.json of docker's archives, which keeps the same promise. */
static void
try_docker_manifest(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	scoped_buffer once = { 0 }, twice = { 0 };
	struct docker_images images = { 0 };
	struct error err = { 0 };

	if (docker_manifest_read(&images, (const char *) bytes, n, &arena, &err) < 0) {
		DEMAND(err.text[0] != '\0');
		return;
	}
	docker_manifest_write(&images, &once);
	DEMAND(docker_manifest_read(&images, once.bytes, once.length, &arena, &err) == 0);
	docker_manifest_write(&images, &twice);
	DEMAND(once.length == twice.length && memcmp(once.bytes, twice.bytes, once.length) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	documents_keep(&oci_image_schema, bytes, n);
	documents_keep(&oci_manifest_schema, bytes, n);
	documents_keep(&oci_index_schema, bytes, n);
	documents_keep(&oci_layout_schema, bytes, n);
	try_docker_manifest(bytes, n);
	return 0;
}
