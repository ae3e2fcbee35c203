/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef COOPERAGE_UTF8_H
#define COOPERAGE_UTF8_H

#include "libcommon/base.h"

/* How many bytes the first character takes: 1 to 4, or 0 if it is none. */
size_t utf8_character(const char *text, size_t n);

/* How many bytes at the beginning are valid: n if all are. */
size_t utf8_valid(const char *text, size_t n);

#endif
