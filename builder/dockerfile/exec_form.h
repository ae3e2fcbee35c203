/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exec form: a JSON array of strings.
 *
 * What is no JSON at all is not an error, it is the shell form; JSON of another shape is one. The
 * strings live in the arena given. A NUL in a string ("\u0000") is kept as the two bytes of
 * EXEC_FORM_NUL, which UTF-8 does not know: only who uses the string can say whether that is wrong.
 */
#ifndef COOPERAGE_EXEC_FORM_H
#define COOPERAGE_EXEC_FORM_H

#include "libcommon/error.h"
#include "libcommon/list.h"

#define EXEC_FORM_NUL "\xc0\x80"

/* Returns 1 if the text is not a JSON array. */
int exec_form_read(struct text_list *out, const char *text, struct arena *arena, struct error *err);

#endif
