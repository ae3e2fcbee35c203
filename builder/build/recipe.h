/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A recipe is everything that a step's result depends on, written as lines: a label, for some a
 * name, and a value. What `--print=plan` shows is what the cache hashes, and when a step was not
 * found there, the first line that differs from last time's says why.
 *
 * Values are quoted, so that no value can look like a line of its own. Knows nothing of what the
 * labels mean but how to say them.
 */
#ifndef COOPERAGE_RECIPE_H
#define COOPERAGE_RECIPE_H

#include "libcommon/buffer.h"

struct recipe {
	struct buffer text;
};

void recipe_done(struct recipe *recipe);
#define scoped_recipe scoped(recipe_done) struct recipe

/* `cwd "/src"`; nothing if the value is NULL. */
void recipe_add(struct recipe *recipe, const char *label, const char *value);

/* `env PATH "/bin"`: several lines may have this label, but no two this name. */
void recipe_add_named(struct recipe *recipe, const char *label, const char *name,
		      const char *value);

/* Quotes a text as values and names are quoted. */
void recipe_quote(struct buffer *out, const char *text);

/*
 * Says in words what is different: "the file \"src/a.c\" changed". Returns false if nothing is.
 * Texts are recipes; lines are compared label by label and name by name.
 */
bool recipe_difference(struct buffer *out, const char *was, const char *is);

#endif
