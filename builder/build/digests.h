/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in a file, as a digest: its bytes, or where it links to, and its attributes. Not its mode,
 * owner or times.
 *
 * For the build context digests are remembered between builds, so that a build in which nothing
 * changed opens no file: what is known of an inode holds as long as its size and both its times do.
 * A file that changed within the same tick of the clock in which it was read would keep its times;
 * so what was that fresh when it was read is not remembered, as in git's index.
 *
 * Ownership: digests_done frees all. What is remembered is a hint: damaged, it is forgotten.
 */
#ifndef COOPERAGE_DIGESTS_H
#define COOPERAGE_DIGESTS_H

#include <sys/stat.h>

#include "builder/store/store.h"

#define DIGESTS_TEXT_SIZE 65 /* sha256 in hexadecimal */

struct digest_slot;

struct digests {
	struct digest_slot *slots; /* a hash table, NULL: nothing is remembered */
	size_t size, count;
	bool changed;
};

void digests_done(struct digests *digests);
#define scoped_digests scoped(digests_done) struct digests

/* What an earlier build remembered of this context. */
int digests_load(struct digests *digests, struct store *store, const char *context,
		 struct error *err);
int digests_save(struct digests *digests, struct store *store, const char *context,
		 struct error *err);

/*
 * The digest of a file in this directory, which looked like `about`. `digests` may be NULL: nothing
 * is remembered then. Fails if the file changes while it is read.
 */
int digests_of(char text[DIGESTS_TEXT_SIZE], struct digests *digests, int directory,
	       const char *name, const struct stat *about, struct error *err);

#endif
