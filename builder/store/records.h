/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small texts by key, that outlive a command: what a step of a build gave last time, which blob is a
 * layer compressed. A record is a hint: one that is damaged or lost is absent.
 *
 * A kind is a directory in cache/ ("steps", "compressed"). Keys are any text; what they mean is the
 * caller's. A record appears at once and whole; the last writer wins.
 */
#ifndef COOPERAGE_RECORDS_H
#define COOPERAGE_RECORDS_H

#include "builder/store/store.h"
#include "libcommon/list.h"

/* Returns 1 if there is none. Marks it as used now, for sweep. */
int records_get(const char **value, struct store *store, const char *kind, const char *key,
		struct arena *arena, struct error *err);

int records_set(struct store *store, const char *kind, const char *key, const char *value,
		struct error *err);

/* Nothing there is no error. */
int records_remove(struct store *store, const char *kind, const char *key, struct error *err);

struct record {
	const char *key, *value;
	struct timespec used; /* last written or got */
};

struct record_list {
	struct record *items;
	size_t count;
};

/* The kinds that there are. */
int records_list_kinds(struct text_list *kinds, struct store *store, struct arena *arena, struct error *err);

/* All of a kind, the longest unused first. */
int records_list(struct record_list *list, struct store *store, const char *kind, struct arena *arena,
		 struct error *err);

#endif
