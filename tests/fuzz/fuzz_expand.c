/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include "builder/dockerfile/expand.h"

/* Some are set, some are empty, some are neither. */
static const char *
look_up(void *variables, const char *name)
{
	(void) variables;
	return name[0] == 'a' ? "x y*z/\xc3\xa4/" : name[0] == 'b' ? "" : NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	scoped_arena arena = { 0 };
	struct expander expander = { &arena, look_up, NULL, .escape = n % 2 == 0 ? '\\' : '`' };
	struct error err = { 0 };
	struct text_list words;
	const char *text = arena_copy(&arena, bytes, n), *out;

	(void) expand_text(&out, &expander, text, &err);
	(void) expand_words(&words, &expander, text, &err);
	(void) expand_body(&out, &expander, text, &err);
	expander.keep_quotes = expander.keep_escapes = expander.keep_unset = true;
	(void) expand_words(&words, &expander, text, &err);
	return 0;
}
