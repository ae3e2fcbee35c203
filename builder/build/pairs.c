/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/pairs.h"

#include <string.h>

#include "libcommon/text.h"

const char *
pairs_get(const struct pair_list *pairs, const char *name)
{
	FOR_EACH(pair, pairs)
		if (strcmp(pair->key, name) == 0)
			return pair->value;
	return NULL;
}

void
pairs_set(struct pair_list *pairs, struct arena *arena, const char *name, const char *value)
{
	FOR_EACH(pair, pairs)
		if (strcmp(pair->key, name) == 0) {
			pair->value = value;
			return;
		}
	list_add(pairs, arena, (struct pair){ name, value });
}

struct pair_list
pairs_copy(struct arena *arena, const struct pair_list *pairs)
{
	struct pair_list copy = { 0 };

	FOR_EACH(pair, pairs)
		list_add(&copy, arena, *pair);
	return copy;
}

struct text_list
pairs_copy_texts(struct arena *arena, const struct text_list *texts)
{
	struct text_list copy = { 0 };

	FOR_EACH(text, texts)
		list_add(&copy, arena, *text);
	return copy;
}

struct pair_list
pairs_from_texts(struct arena *arena, const struct text_list *texts)
{
	struct pair_list pairs = { 0 };

	FOR_EACH(text, texts) {
		const char *equals = strchr(*text, '=');
		if (equals != NULL && equals != *text)
			pairs_set(&pairs, arena,
				  arena_copy(arena, *text, (size_t) (equals - *text)), equals + 1);
	}
	return pairs;
}

struct text_list
pairs_to_texts(struct arena *arena, const struct pair_list *pairs)
{
	struct text_list texts = { 0 };

	FOR_EACH(pair, pairs)
		list_add(&texts, arena, arena_format(arena, "%s=%s", pair->key, pair->value));
	return texts;
}

void
pairs_add_text_once(struct text_list *texts, struct arena *arena, const char *text)
{
	FOR_EACH(known, texts)
		if (text_equal(*known, text))
			return;
	list_add(texts, arena, text);
}
