/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/keyset.h"

#include <string.h>

struct keyset_slot {
	const char *name; /* NULL: free */
	size_t length;
	uint32_t object, hash;
};

/*
 * FNV-1a. It begins with an address, which differs from run to run, so that nobody can write a
 * document whose names all fall into one slot.
 */
static uint32_t
hash_of(const struct keyset *set, uint32_t object, const char *name, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ (uintptr_t) set ^ object;

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char) name[i]) * UINT64_C(0x100000001b3);
	return (uint32_t) (hash ^ hash >> 32);
}

/* Where it is, or the free slot where it belongs. */
static struct keyset_slot *
find(const struct keyset *set, const struct keyset_slot *wanted)
{
	for (size_t i = wanted->hash;; i++) {
		struct keyset_slot *slot = &set->slots[i & (set->size - 1)];
		if (slot->name == NULL)
			return slot;
		if (slot->hash == wanted->hash && slot->object == wanted->object &&
		    slot->length == wanted->length &&
		    memcmp(slot->name, wanted->name, wanted->length) == 0)
			return slot;
	}
}

static void
grow(struct keyset *set)
{
	struct keyset old = *set;

	set->size = old.size > 0 ? old.size * 2 : 32;
	set->slots = arena_alloc(set->arena, set->size * sizeof(*set->slots));
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i].name != NULL)
			*find(set, &old.slots[i]) = old.slots[i];
}

bool
keyset_add(struct keyset *set, uint32_t object, const char *name, size_t length)
{
	if (set->count * 2 >= set->size)
		grow(set);

	struct keyset_slot wanted = { name, length, object, hash_of(set, object, name, length) };
	struct keyset_slot *slot = find(set, &wanted);
	if (slot->name != NULL)
		return false;
	*slot = wanted;
	set->count++;
	return true;
}

bool
keyset_has(const struct keyset *set, uint32_t object, const char *name, size_t length)
{
	struct keyset_slot wanted = { name, length, object, hash_of(set, object, name, length) };

	return set->count > 0 && find(set, &wanted)->name != NULL;
}
