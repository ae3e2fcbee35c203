/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one command has in the store while it runs: its directory in tmp/ and its lease, locked as long
 * as the process lives. What is not locked was left by somebody who is dead.
 *
 * For this room only.
 */
#ifndef COOPERAGE_SESSION_H
#define COOPERAGE_SESSION_H

#include "builder/store/store.h"

/* Makes the directory when it is first asked for. Returns the fd, which stays the store's. */
int session_directory(struct store *store, struct error *err);

/* A name in it that is not taken. */
void session_fresh_name(struct store *store, char name[STORE_NAME_SIZE]);

/* From now on no sweep removes this digest's blob or layer. To be called with the store's lock held. */
int session_use(struct store *store, const char *digest, struct error *err);

/* What all other running commands use. To be called with the lock held exclusively. */
int session_read_uses(struct keyset *uses, struct store *store, struct arena *arena, struct error *err);

/* Removes what dead commands left, if nobody is in the way. */
int session_clean_up(struct store *store, struct error *err);

/* Our own goes. */
void session_end(struct store *store);

#endif
