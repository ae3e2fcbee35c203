/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Code points in UTF-8 text, for the few places where the language looks beyond ASCII.
 *
 * A byte that is not part of well-formed UTF-8 is a code point of its own, RUNE_WRONG.
 */
#ifndef COOPERAGE_RUNE_H
#define COOPERAGE_RUNE_H

#include "libcommon/arena.h"
#include "libcommon/buffer.h"

#define RUNE_WRONG UINT32_C(0xfffd)

/* How many bytes the code point at `text` takes; 0 at the end. */
size_t rune_read(uint32_t *rune, const char *text);

/* As UTF-8. */
void rune_write(struct buffer *out, uint32_t rune);

bool rune_is_blank(uint32_t rune); /* Unicode's White_Space */

/*
 * Letters, digits and "_". Beyond ASCII everything is a letter but blanks and the blocks of
 * punctuation and symbols: near enough to Unicode's categories without carrying their tables.
 */
bool rune_is_name(uint32_t rune);

/* The text without blanks at both ends, and past those at its beginning. */
const char *rune_skip_blanks(const char *text);
char *rune_trim(struct arena *arena, const char *text);

#endif
