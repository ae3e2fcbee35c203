/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/inodes.h"

#include <stdlib.h>

struct inodes_slot {
	dev_t device;
	ino_t inode;
	const char *name; /* NULL: free */
};

void
inodes_done(struct inodes *inodes)
{
	free(inodes->slots);
	arena_done(&inodes->names);
	*inodes = (struct inodes){ 0 };
}

/* Where it is, or would be. */
static struct inodes_slot *
find(const struct inodes *inodes, dev_t device, ino_t inode)
{
	uint64_t mixed = ((uint64_t) inode ^ (uint64_t) device << 32) * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = (size_t) (mixed >> 20);; i++) {
		struct inodes_slot *slot = &inodes->slots[i & (inodes->size - 1)];
		if (slot->name == NULL || (slot->inode == inode && slot->device == device))
			return slot;
	}
}

static void
grow(struct inodes *inodes)
{
	struct inodes bigger = { .size = inodes->size == 0 ? 64 : inodes->size * 2 };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		abort();
	for (size_t i = 0; i < inodes->size; i++)
		if (inodes->slots[i].name != NULL)
			*find(&bigger, inodes->slots[i].device, inodes->slots[i].inode) = inodes->slots[i];
	free(inodes->slots);
	inodes->slots = bigger.slots;
	inodes->size = bigger.size;
}

const char *
inodes_add(struct inodes *inodes, dev_t device, ino_t inode, const char *name)
{
	if (inodes->count * 2 >= inodes->size)
		grow(inodes);

	struct inodes_slot *slot = find(inodes, device, inode);
	if (slot->name != NULL)
		return slot->name;
	*slot = (struct inodes_slot){ device, inode, arena_text(&inodes->names, name) };
	inodes->count++;
	return NULL;
}
