/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>

#include "builder/dockerfile/parse.h"

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct dockerfile file = { 0 };
	struct error err = { 0 };

	if (parse_file(&file, &arena, "Dockerfile", (const char *) bytes, n, &err) < 0 &&
	    err.text[0] == '\0')
		abort(); /* refused without a word */
	return 0;
}
