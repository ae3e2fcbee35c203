/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/cache.h"

#include <stdio.h>
#include <string.h>

#include "builder/store/blobs.h"
#include "builder/store/records.h"
#include "oci-spec/digest.h"

#define FOUND "steps"
#define RECIPES "recipes"

/* A record is read whole; nobody compares hundreds of thousands of files to learn why. */
#define RECIPE_LIMIT ((size_t) 3 * 1024 * 1024)

/* Counts up when what a recipe means changes, so that no result of another meaning is found. */
#define MEANING "cooper step 1"

void
cache_key(char key[HASH_TEXT_SIZE], const struct step *step, const struct recipe *recipe)
{
	scoped_hash hash = { 0 };

	hash_init(&hash, HASH_SHA256);
	hash_add_text(&hash, MEANING);
	hash_add_text(&hash, step->op->name);
	hash_add_text(&hash, buffer_text(&recipe->text));
	hash_finish(&hash, key);
}

static bool
read_record(struct cached *cached, const char *text)
{
	struct layer *layer = &cached->layer;
	long long seconds, size;
	unsigned long long entries, bytes;
	struct error unused;

	if (sscanf(text, "layer %135s size %lld entries %llu bytes %llu epoch %lld.%ld",
		   layer->diff_id, &size, &entries, &bytes, &seconds, &cached->epoch.tv_nsec) != 6)
		return false;
	layer->size = size;
	layer->entries = entries;
	layer->bytes = bytes;
	cached->epoch.tv_sec = (time_t) seconds;
	return digest_check_known(layer->diff_id, &unused) == 0;
}

int
cache_find(struct cached *cached, struct solver *solver, const char *key, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *text;

	if (GET(records_get(&text, solver->store, FOUND, key, &arena, err)) > 0)
		return 1;
	if (!read_record(cached, text))
		return 1;
	return blobs_find(solver->store, cached->layer.diff_id, cached->layer.size, err);
}

int
cache_keep(const struct cached *cached, struct solver *solver, const char *key, struct error *err)
{
	scoped_arena arena = { 0 };
	const struct layer *layer = &cached->layer;
	const char *text = arena_format(
		&arena, "layer %s size %lld entries %llu bytes %llu epoch %lld.%09ld\n",
		layer->diff_id, (long long) layer->size, (unsigned long long) layer->entries,
		(unsigned long long) layer->bytes, (long long) cached->epoch.tv_sec,
		cached->epoch.tv_nsec);

	return records_set(solver->store, FOUND, key, text, err);
}

/* The same step of the same Dockerfile, whatever it says today. */
static const char *
slot_of(const struct solver *solver, const struct step *step, struct arena *arena)
{
	return arena_format(arena, "%s\n%s\n%zu", solver->slot, step->stage->name, step->position);
}

int
cache_explain(struct buffer *out, struct solver *solver, const struct step *step,
	      const struct recipe *recipe, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *last;

	if (GET(records_get(&last, solver->store, RECIPES, slot_of(solver, step, &arena), &arena,
			    err)) > 0)
		return 0;
	if (!recipe_difference(out, last, buffer_text(&recipe->text)))
		buffer_add_text(out, "what it gave last time is gone");
	return 0;
}

int
cache_remember(struct solver *solver, const struct step *step, const struct recipe *recipe,
	       struct error *err)
{
	scoped_arena arena = { 0 };

	if (recipe->text.length > RECIPE_LIMIT)
		return 0;
	return records_set(solver->store, RECIPES, slot_of(solver, step, &arena),
			   buffer_text(&recipe->text), err);
}
