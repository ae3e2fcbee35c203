/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session is made with the store's lock held shared, and the dead are buried with it held
 * exclusively: so nobody is taken for dead who is only being born. Without its own lock it would be: it
 * waits for that, as others who look for the dead may have it for a moment.
 */
#include "builder/store/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/timestamp.h"
#include "libcommon/tree.h"

#define LEASE_LIMIT ((size_t) 64 * 1024 * 1024)

/* ---- our own ---------------------------------------------------------------------------------- */

/* One name for both. The pid would keep us apart on one machine, but a store may be shared by several. */
static void
ensure_name(struct store *store)
{
	uint64_t chance = 0;

	if (store->name[0] != '\0')
		return;
	if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
		chance = (uint64_t) timestamp_now().tv_nsec;
	(void) snprintf(store->name, sizeof(store->name), "%d-%016" PRIx64, (int) getpid(), chance);
}

static int
make_lease(struct store *store, struct error *err)
{
	char path[64];

	ensure_name(store);
	(void) snprintf(path, sizeof(path), "leases/%s", store->name);
	scoped_fd lease = openat(store->root, path, O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (lease < 0)
		return fail_errno(err, "make %s/%s", store->path, path);
	TRY(lock_exclusive(lease, path, err));
	store->lease = fd_take(&lease);
	return 0;
}

static int
make_session(struct store *store, struct error *err)
{
	char path[64];

	ensure_name(store);
	(void) snprintf(path, sizeof(path), "tmp/%s", store->name);
	if (mkdirat(store->root, path, 0700) < 0)
		return fail_errno(err, "make %s/%s", store->path, path);
	scoped_fd session = GET(file_open(store->root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, err));
	TRY(lock_exclusive(session, path, err));
	store->session = fd_take(&session);
	return 0;
}

int
session_directory(struct store *store, struct error *err)
{
	if (store->session >= 0)
		return store->session;

	scoped_fd lock = GET(store_lock_shared(store, err));
	TRY(make_session(store, err));
	return store->session;
}

void
session_fresh_name(struct store *store, char name[STORE_NAME_SIZE])
{
	(void) snprintf(name, STORE_NAME_SIZE, "%lu", ++store->given);
}

void
session_end(struct store *store)
{
	char path[64];
	struct error ignored;

	if (store->session >= 0) {
		(void) snprintf(path, sizeof(path), "tmp/%s", store->name);
		(void) tree_remove(store->root, path, &ignored); /* the next command will try again */
	}
	if (store->lease >= 0) {
		(void) snprintf(path, sizeof(path), "leases/%s", store->name);
		(void) unlinkat(store->root, path, 0); /* likewise */
	}
	fd_close(&store->session);
	fd_close(&store->lease);
}

/* ---- leases ----------------------------------------------------------------------------------- */

int
session_use(struct store *store, const char *digest, struct error *err)
{
	char line[256];
	const char *kept = arena_text(&store->memory, digest);

	if (store->lease < 0)
		TRY(make_lease(store, err));
	if (!keyset_add(&store->in_use, 0, kept, strlen(kept)))
		return 0;
	int n = snprintf(line, sizeof(line), "%s\n", digest);
	assert(n > 0 && (size_t) n < sizeof(line));
	return file_write(store->lease, "the lease", line, (size_t) n, err);
}

static void
add_lines(struct keyset *uses, char *text)
{
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
		*end = '\0';
		(void) keyset_add(uses, 0, line, (size_t) (end - line));
	}
}

int
session_read_uses(struct keyset *uses, struct store *store, struct arena *arena, struct error *err)
{
	scoped_fd leases = GET(file_open(store->root, "leases", O_RDONLY | O_DIRECTORY, err));
	scoped_directory stream = NULL;
	struct dirent *entry;
	char *text;

	TRY(directory_open(&stream, leases, ".", err));
	while (GET(directory_next(&entry, stream, "leases", err)) == 1) {
		if (strcmp(entry->d_name, store->name) == 0)
			continue;
		scoped_fd fd = -1;
		if (GET(file_open_if_there(&fd, leases, entry->d_name, O_RDONLY | O_NOFOLLOW, err)) == 1 ||
		    GET(lock_try_exclusive(fd, entry->d_name, err)) == 0)
			continue; /* of one that has ended, or is dead */
		TRY(file_read(fd, entry->d_name, LEASE_LIMIT, arena, &text, NULL, err));
		add_lines(uses, text);
	}
	return 0;
}

/* ---- the dead --------------------------------------------------------------------------------- */

#define DEAD_MAX 64 /* at a time; the next command finds the rest */

struct dead {
	struct {
		int lock; /* ours until it is gone, so that nobody else buries the same one */
		const char *where;
		char name[256];
	} items[DEAD_MAX];
	size_t count;
};

static void
close_dead(struct dead *dead)
{
	while (dead->count > 0)
		fd_close(&dead->items[--dead->count].lock);
}

/* Returns the fd, which holds the lock, if nobody else does; else -1. */
static int
open_dead(int dir, const char *name)
{
	struct error ignored;
	scoped_fd fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	return fd >= 0 && lock_try_exclusive(fd, name, &ignored) == 0 ? fd_take(&fd) : -1;
}

static int
find_dead(struct dead *dead, struct store *store, const char *where, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	TRY(directory_open(&stream, store->root, where, err));
	while (dead->count < DEAD_MAX && GET(directory_next(&entry, stream, where, err)) == 1) {
		int lock = open_dead(dirfd(stream), entry->d_name);
		if (lock < 0)
			continue;
		__typeof__(&dead->items[0]) item = &dead->items[dead->count++];
		item->lock = lock;
		item->where = where;
		(void) snprintf(item->name, sizeof(item->name), "%s", entry->d_name);
	}
	return 0;
}

static int
find_all_dead(struct dead *dead, struct store *store, struct error *err)
{
	TRY(find_dead(dead, store, "tmp", err));
	return find_dead(dead, store, "leases", err);
}

/* What belongs to others is for a command that is root, of a user namespace at least. */
static bool
is_beyond_us(const struct error *failure)
{
	return geteuid() != 0 && (failure->code == EACCES || failure->code == EPERM);
}

static void
bury(struct store *store, const struct dead *dead)
{
	for (size_t i = 0; i < dead->count; i++) {
		struct error failure;
		char path[288];

		(void) snprintf(path, sizeof(path), "%s/%s", dead->items[i].where, dead->items[i].name);
		log_debug("removing what a dead command left in %s", path);
		if (tree_remove(store->root, path, &failure) < 0 && !is_beyond_us(&failure))
			log_warn("%s/%s: %s, continuing", store->path, path, failure.text);
	}
}

/* A look without the lock first: mostly there is nobody. */
int
session_clean_up(struct store *store, struct error *err)
{
	struct error ignored;
	scoped(close_dead) struct dead suspected = { .count = 0 }, dead = { .count = 0 };

	TRY(find_all_dead(&suspected, store, err));
	if (suspected.count == 0)
		return 0;
	close_dead(&suspected);

	scoped_fd lock = -1;
	if (GET(file_open_if_there(&lock, store->root, "lock", O_RDONLY | O_NOFOLLOW, err)) == 1)
		return 0;
	if (lock_try_exclusive(lock, "the store", &ignored) != 0)
		return 0; /* somebody is busy: the next one will do it */
	TRY(find_all_dead(&dead, store, err));
	fd_close(&lock);
	bury(store, &dead);
	return 0;
}
