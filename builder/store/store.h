/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: one directory in which cooper keeps everything, and which is an OCI image layout.
 *
 *	oci-layout index.json        names → manifests (names.h)
 *	blobs/sha256/…               content by digest (blobs.h)
 *	layers/<hex of diff id>/     layers unpacked as overlayfs stacks them (snapshots.h)
 *	cache/                       what steps of builds gave (records.h)
 *	leases/                      what running commands use: sweep keeps it
 *	tmp/                         what is not finished; a directory for each running command
 *	quarantine/                  blobs that were found damaged
 *	format                       version and spelling of whiteouts; of a newer cooper: hands off
 *	lock                         held shared to take something into use, exclusively to change names
 *	                             or to sweep; for moments, never while a network or a RUN is waited for
 *
 * Ownership: a struct store holds a session: its directory in tmp/ and its lease, both locked while
 * it lives. What a killed command left is removed by the next one. A process that forks must open
 * the store anew in the child. Nothing here knows Dockerfiles or registries.
 */
#ifndef COOPERAGE_STORE_H
#define COOPERAGE_STORE_H

#include "builder/layer/whiteout.h"
#include "libcommon/arena.h"
#include "libcommon/error.h"

enum store_sync {
	STORE_SYNC_NAMES, /* before a name is set, all it stands on is on disk */
	STORE_SYNC_NONE,  /* the kernel writes when it likes: for stores that may be lost */
};

struct store {
	int root; /* the directory */
	const char *path;
	int session;             /* tmp/<name>: our own, removed by store_close */
	int lease;               /* leases/<name>: a line for each digest in use */
	char name[32];           /* of the session */
	unsigned long made;      /* names given out in the session's directory */
	enum whiteout_dialect dialect;
	enum store_sync sync;
	char boot[40];           /* which run of the machine this is */
	struct arena memory;
};

/* /var/lib/cooper for root, else $XDG_DATA_HOME/cooper or ~/.local/share/cooper. */
int store_default_path(const char **path, struct arena *arena, struct error *err);

/*
 * Opens the store and makes it if there is none: mode 0700, on a file system that keeps names apart
 * by case and keeps attributes. Removes what dead commands left.
 */
int store_open(struct store *store, const char *path, struct error *err);
void store_close(struct store *store); /* harmless on { .root = -1, .session = -1, .lease = -1 } */
#define STORE_CLOSED { .root = -1, .session = -1, .lease = -1 }
#define scoped_store scoped(store_close) struct store

/* ---- for this room --------------------------------------------------------------------------- */

/* The lock, until the fd closes. Who waits long is told who holds it. Returns the fd. */
int store_lock_shared(struct store *store, struct error *err);
int store_lock_exclusive(struct store *store, struct error *err);

/* A name in the session's directory that is not taken. */
void store_fresh_name(struct store *store, char name[32]);

/* From now on no sweep removes this digest's blob or layer. To be called with the lock held shared. */
int store_use(struct store *store, const char *digest, struct error *err);

/* Everything finished so far is on disk when this returns; layers are marked so. One syncfs. */
int store_settle(struct store *store, struct error *err);

/* Is there something running that uses this digest? Called by sweep, with the lock held. */
struct store_uses {
	const char **digests; /* sorted */
	size_t count;
};
int store_read_uses(struct store_uses *uses, struct store *store, struct arena *arena, struct error *err);
bool store_is_used(const struct store_uses *uses, const char *digest);

#endif
