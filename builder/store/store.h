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
 *	contexts/ mounts/ runtime/ containers/
 *	                             of the rooms above: what builds remember, show and run
 *	quarantine/                  blobs that were found damaged
 *	format                       version and spelling of whiteouts; of a newer cooper: hands off
 *	owners                       how ids were mapped, if in a user namespace (owners.h)
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
#include "libcommon/buffer.h"
#include "libcommon/error.h"
#include "libcommon/keyset.h"

/* Of a name in a session's directory. */
#define STORE_NAME_SIZE 24

enum store_sync {
	STORE_SYNC_NAMES, /* before a name is set, all it stands on is on disk */
	STORE_SYNC_NONE,  /* the kernel writes when it likes: for stores that may be lost */
};

struct store {
	int root; /* the directory */
	const char *path;
	int session;         /* tmp/<name>: made when it is first needed, removed by store_close */
	int lease;           /* leases/<name>: a line for each digest in use */
	char name[40];       /* of the session */
	unsigned long given; /* names given out in the session's directory */
	struct keyset in_use;
	int held;            /* the lock, while sweep has it for all it calls; -1 */
	enum whiteout_dialect dialect;
	enum store_sync sync;
	struct arena memory;
};

/* /var/lib/cooper for root (of a user namespace: if /var/lib is his), else $XDG_DATA_HOME/cooper or ~/.local/share/cooper. */
int store_default_path(const char **path, struct arena *arena, struct error *err);

/*
 * Opens the store and makes it if there is none: mode 0700, on a file system that keeps names apart
 * by case and keeps attributes. Removes what dead commands left.
 */
int store_open(struct store *store, const char *path, struct error *err);
void store_close(struct store *store); /* harmless on STORE_CLOSED */
#define STORE_CLOSED { .root = -1, .session = -1, .lease = -1, .held = -1 }
#define scoped_store scoped(store_close) struct store

/*
 * The file appears at once with all of this, or is not touched; synced, it is on disk before this returns.
 * What is not finished lies in the session's directory, where the next command finds it.
 */
int store_replace(struct store *store, const char *path, const struct buffer *bytes, bool synced,
		  struct error *err);

/* ---- for this room --------------------------------------------------------------------------- */

/* The lock, until the fd closes. Gives up after a minute, and says who holds it. Returns the fd. */
int store_lock_shared(struct store *store, struct error *err);
int store_lock_exclusive(struct store *store, struct error *err);

/* Which run of the machine this is. */
#define STORE_BOOT_SIZE 40
int store_boot(char boot[STORE_BOOT_SIZE], struct error *err);

#endif
