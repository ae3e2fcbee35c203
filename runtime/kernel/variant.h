/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of D-Bus as people write them, in GVariant's text format: true, 15, uint64 10, 'text',
 * [1, 2], @a(ss) [('/dev/kmsg', 'r')]. No D-Bus in sight: the result is words, first the signature,
 * then what it asks for, an array's length before its items, as busctl takes them.
 *
 * Not there are GVariant's maybes, which D-Bus has not, and dictionaries, which no property of
 * systemd is.
 */
#ifndef COOPERAGE_VARIANT_H
#define COOPERAGE_VARIANT_H

#include "libcommon/error.h"
#include "libcommon/list.h"

/* Adds the words to the list. A number without a type is an int32, or an int64 if it is too large. */
int variant_parse(struct text_list *words, const char *text, struct arena *arena,
		  struct error *err);

#endif
