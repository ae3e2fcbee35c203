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
	scoped_buffer out = { 0 };

	if (parse_file(&file, &arena, "Dockerfile", (const char *) bytes, n, &err) < 0) {
		if (err.text[0] == '\0' || strchr(err.text, '\n') != NULL)
			abort(); /* refused without a word, or with too many */
		dockerfile_excerpt(&out, &file, file.wrong);
	} else {
		dockerfile_print(&out, &file);
	}
	return 0;
}
