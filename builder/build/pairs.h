/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names with values where a name counts once: the variables of a stage, the environment and the
 * labels of an image.
 *
 * Everything lives in the arena given. Keeps the order in which names came first.
 */
#ifndef COOPERAGE_PAIRS_H
#define COOPERAGE_PAIRS_H

#include "libcommon/list.h"

/* The value of a name, or NULL. */
const char *pairs_get(const struct pair_list *pairs, const char *name);

/* A name that is there already keeps its place. */
void pairs_set(struct pair_list *pairs, struct arena *arena, const char *name, const char *value);

/* Lists share their items when a struct is copied; what will be added to needs items of its own. */
struct pair_list pairs_copy(struct arena *arena, const struct pair_list *pairs);
struct text_list pairs_copy_texts(struct arena *arena, const struct text_list *texts);

/* "NAME=value" both ways. Texts without a name or without "=" are left out: an image may not reach
 * for variables of the host by naming them. */
struct pair_list pairs_from_texts(struct arena *arena, const struct text_list *texts);
struct text_list pairs_to_texts(struct arena *arena, const struct pair_list *pairs);

/* Adds a text that is not there yet. */
void pairs_add_text_once(struct text_list *texts, struct arena *arena, const char *text);

#endif
