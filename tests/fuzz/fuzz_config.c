/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "oci-spec/runtime_config.h"
#include "tests/fuzz/documents.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	documents_keep(&oci_config_schema, bytes, n);
	return 0;
}
