/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names were already given in which object: one set for all objects of a document.
 *
 * Names are kept by reference and must outlive the set. The table lives in the arena; the set itself
 * must not be moved once something is in it.
 */
#ifndef COOPERAGE_KEYSET_H
#define COOPERAGE_KEYSET_H

#include "libcommon/arena.h"

struct keyset_slot;

struct keyset {
	struct arena *arena;
	struct keyset_slot *slots; /* a power of two of them, never more than half in use */
	size_t size, count;
};

/* Objects are told apart by a number. Returns false if the name was there already. */
bool keyset_add(struct keyset *set, uint32_t object, const char *name, size_t length);

bool keyset_has(const struct keyset *set, uint32_t object, const char *name, size_t length);

#endif
