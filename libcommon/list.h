/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists as plain structs: list_of(T) in a struct or parameter, FOR_EACH to read, list_add to grow.
 *
 * Items live in the arena given to list_add and move when the list grows: keep indexes, not
 * pointers, while adding.
 */
#ifndef COOPERAGE_LIST_H
#define COOPERAGE_LIST_H

#include <string.h>

#include "libcommon/arena.h"

#define list_of(T)                                                                                 \
	struct {                                                                                   \
		T *items;                                                                          \
		size_t count;                                                                      \
	}

/* What every list looks like to code that does not know T. */
struct any_list {
	void *items;
	size_t count;
};

/* Lists that cross a function boundary need a name. */
struct text_list {
	const char **items;
	size_t count;
};

/* A name and its value: annotations, labels, sysctls. */
struct pair {
	const char *key, *value;
};

struct pair_list {
	struct pair *items;
	size_t count;
};

#define FOR_EACH(item, list)                                                                       \
	for (__typeof__((list)->items + 0) item = (list)->items;                                   \
	     item != NULL && item < (list)->items + (list)->count; item++)

/* A zeroed place at the end. Doubles in the arena: the waste is bounded by what is kept. */
static inline void *
list_grow(struct any_list *list, size_t item_size, struct arena *arena)
{
	size_t n = list->count;

	if ((n & (n - 1)) == 0) {
		char *bigger = arena_alloc(arena, (n > 0 ? 2 * n : 1) * item_size);
		if (n > 0)
			memcpy(bigger, list->items, n * item_size);
		list->items = bigger;
	}
	list->count++;
	return (char *) list->items + n * item_size;
}

/* Adds one item (an expression of type T) at the end. */
#define list_add(list, arena, ...)                                                                 \
	do {                                                                                       \
		struct any_list list_any_ = { (void *) (list)->items, (list)->count };             \
		__typeof__((list)->items) list_slot_ =                                             \
			list_grow(&list_any_, sizeof(*(list)->items), (arena));                    \
		*list_slot_ = (__VA_ARGS__);                                                       \
		(list)->items = list_any_.items;                                                   \
		(list)->count = list_any_.count;                                                   \
	} while (0)

#endif
