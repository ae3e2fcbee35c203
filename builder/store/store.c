/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "builder/store/owners.h"
#include "builder/store/session.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/lock.h"
#include "libcommon/log.h"
#include "libcommon/number.h"
#include "libcommon/text.h"
#include "libcommon/tree.h"

#define FORMAT_VERSION 1
#define FORMAT_SIZE    64
#define PROBE	       "tmp/probe"

static const char *const directories[] = {
	"blobs", "blobs/sha256", "layers", "cache", "leases", "tmp", "quarantine",
};

/* A user who made himself root of a user namespace is still a user, and /var/lib is not his. */
static bool
is_root_of_machine(void)
{
	struct stat about;

	return geteuid() == 0 && (stat("/var/lib", &about) < 0 || about.st_uid == 0);
}

int
store_default_path(const char **path, struct arena *arena, struct error *err)
{
	const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

	if (is_root_of_machine())
		*path = "/var/lib/cooper";
	else if (data != NULL && data[0] == '/')
		*path = arena_format(arena, "%s/cooper", data);
	else if (home != NULL && home[0] == '/')
		*path = arena_format(arena, "%s/.local/share/cooper", home);
	else
		return fail(err, "find the store: neither XDG_DATA_HOME nor HOME says where, so --root must");
	return 0;
}

/* ---- a new store ------------------------------------------------------------------------------ */

/* On a file system that takes "A" for "a", one layer's files would overwrite each other. */
static int
check_case(int probe, const char *path, struct error *err)
{
	struct stat about;
	scoped_fd fd = GET(file_create(probe, "a", 0600, err));

	if (fstatat(probe, "A", &about, AT_SYMLINK_NOFOLLOW) == 0)
		return fail(err, "%s is on a file system that does not tell \"A\" from \"a\"", path);
	return 0;
}

static int
find_dialect(enum whiteout_dialect *dialect, int probe, const char *path, struct error *err)
{
	for (*dialect = WHITEOUT_TRUSTED; *dialect <= WHITEOUT_USER; (*dialect)++)
		if (fsetxattr(probe, whiteout_opaque_attribute(*dialect), "y", 1, 0) == 0)
			return 0;
	return fail_errno(err, "%s is on a file system that keeps no extended attributes", path);
}

static int
probe_file_system(struct store *store, int probe, struct error *err)
{
	TRY(check_case(probe, store->path, err));
	return find_dialect(&store->dialect, probe, store->path, err);
}

static int
write_aside(int session, const char *name, const struct buffer *bytes, bool synced, struct error *err)
{
	scoped_fd fd = GET(file_create(session, name, 0600, err));

	TRY(file_write(fd, name, bytes->bytes, bytes->length, err));
	return synced && fsync(fd) < 0 ? fail_errno(err, "write %s to disk", name) : 0;
}

static int
write_document(struct store *store, int probe, const char *name, const char *text, struct error *err)
{
	const struct buffer bytes = { .bytes = (char *) (uintptr_t) text, .length = strlen(text) };

	if (write_aside(probe, name, &bytes, true, err) < 0)
		return error_prefix(err, store->path);
	return renameat(probe, name, store->root, name) < 0 ? fail_errno(err, "make %s/%s", store->path, name) : 0;
}

/*
 * `format` comes last: without it there is no store, and the next one begins anew; but what is there is
 * not thrown away, since it could be that only `format` was lost.
 */
static int
write_documents(struct store *store, int probe, struct error *err)
{
	char format[FORMAT_SIZE];

	TRY(write_document(store, probe, "oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}", err));
	if (GET(file_look_for(store->root, "index.json", err)) == 1)
		TRY(write_document(store, probe, "index.json",
				   "{\"schemaVersion\":2,"
				   "\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}",
				   err));
	(void) snprintf(format, sizeof(format), "cooper store %d %s\n", FORMAT_VERSION,
			store->dialect == WHITEOUT_USER ? "user" : "trusted");
	TRY(write_document(store, probe, "format", format, err));
	return file_sync_parent(store->root, "format", err);
}

static int
make_store(struct store *store, struct error *err)
{
	for (size_t i = 0; i < COUNT(directories); i++)
		if (mkdirat(store->root, directories[i], 0700) < 0 && errno != EEXIST)
			return fail_errno(err, "make %s/%s", store->path, directories[i]);
	TRY(tree_remove(store->root, PROBE, err)); /* of one who was killed here */
	if (mkdirat(store->root, PROBE, 0700) < 0)
		return fail_errno(err, "make %s/" PROBE, store->path);
	scoped_fd probe = GET(file_open(store->root, PROBE, O_RDONLY | O_DIRECTORY, err));
	TRY(probe_file_system(store, probe, err));
	TRY(write_documents(store, probe, err));
	return tree_remove(store->root, PROBE, err);
}

static const char *const others[] = {
	"lock", "oci-layout", "index.json", "owners", "lost+found",
	"contexts", "mounts", "runtime", "containers",
};

/* What is not a store and not empty belongs to somebody else. */
static int
is_strange(struct store *store, struct error *err)
{
	scoped_directory dir = NULL;
	struct dirent *entry;

	TRY(directory_open(&dir, store->root, ".", err));
	while (GET(directory_next(&entry, dir, store->path, err)) == 1) {
		const char *name = entry->d_name;
		bool ours = false;
		for (size_t i = 0; i < COUNT(others); i++)
			ours = ours || strcmp(name, others[i]) == 0;
		for (size_t i = 0; i < COUNT(directories); i++)
			ours = ours || strcmp(name, directories[i]) == 0;
		if (!ours)
			return fail(err, "%s is no store of cooper's, and holds \"%s\"", store->path, name);
	}
	return 0;
}

/* ---- an old one ------------------------------------------------------------------------------- */

static int
judge_format(struct store *store, const char *text, struct error *err)
{
	int version = 0;
	char dialect[16] = "";

	if (sscanf(text, "cooper store %d %15s", &version, dialect) < 1 || version < 1)
		return fail(err, "%s/format says nothing that makes sense", store->path);
	if (version > FORMAT_VERSION)
		return fail(err, "%s was made by a newer cooper: its format is %d, and %d is the newest known here",
			    store->path, version, FORMAT_VERSION);
	if (strcmp(dialect, "trusted") != 0 && strcmp(dialect, "user") != 0)
		return fail(err, "%s/format says nothing that makes sense", store->path);
	store->dialect = strcmp(dialect, "user") == 0 ? WHITEOUT_USER : WHITEOUT_TRUSTED;
	return 0;
}

/* Returns 1 if there is no format yet. */
static int
read_format(struct store *store, struct error *err)
{
	scoped_fd fd = -1;
	char *text;
	int found = file_open_regular(&fd, store->root, "format", err);

	if (found == 2)
		return fail(err, "%s/format is no file", store->path);
	if (found == 0)
		found = file_read(fd, "format", FORMAT_SIZE, &store->memory, &text, NULL, err);
	if (found != 0)
		return found < 0 ? error_prefix(err, store->path) : 1;
	return judge_format(store, text, err);
}

static int
find_or_make(struct store *store, struct error *err)
{
	struct error ignored;

	if (GET(read_format(store, err)) == 0)
		return 0;
	if (is_strange(store, err) < 0) /* or it became a store while we looked */
		return read_format(store, &ignored) == 0 ? 0 : -1;
	scoped_fd lock = GET(store_lock_exclusive(store, err));
	return GET(read_format(store, err)) == 0 ? 0 : make_store(store, err);
}

/* A tree in it that was made by others has other owners than we would give it. */
static int
check_owner(const char *path, const struct stat *about, struct error *err)
{
	if (about->st_uid == geteuid())
		return 0;
	return fail(err, "the store %s belongs to user %u, not to user %u, whom we are", path, about->st_uid,
		    geteuid());
}

static int
open_root(struct store *store, struct stat *about, struct error *err)
{
	const char *path = store->path;

	store->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (store->root < 0 && errno == ENOENT) {
		TRY(file_make_directories(AT_FDCWD, path, 0700, err));
		store->root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (store->root < 0 && errno == EACCES && stat(path, about) == 0)
		TRY(check_owner(path, about, err));
	if (store->root < 0 || fstat(store->root, about) < 0)
		return fail_errno(err, "open the store %s", path);
	return check_owner(path, about, err);
}

int
store_open(struct store *store, const char *path, struct error *err)
{
	struct stat about;

	*store = (struct store)STORE_CLOSED;
	store->path = arena_text(&store->memory, path);
	store->in_use.arena = &store->memory;
	TRY(open_root(store, &about, err));
	TRY(find_or_make(store, err));
	if (geteuid() == 0) /* anybody else makes and reads no trees */
		TRY(owners_settle(store, err));

	/* Layers hold set-uid programs of strangers: nobody else may come near them. */
	if ((about.st_mode & 077) != 0 && fchmod(store->root, about.st_mode & 0700) < 0)
		return fail_errno(err, "close %s to others", path);
	return session_clean_up(store, err);
}

void
store_close(struct store *store)
{
	session_end(store);
	fd_close(&store->root);
	arena_done(&store->memory);
}

/* None of ours: it goes with the session. */
static int
replace_directory(struct store *store, int session, const char *name, const char *path, struct error *err)
{
	char aside[STORE_NAME_SIZE];

	session_fresh_name(store, aside);
	log_warn("%s/%s is a directory and is replaced, continuing", store->path, path);
	if (renameat(store->root, path, session, aside) < 0 || renameat(session, name, store->root, path) < 0)
		return fail_errno(err, "replace %s/%s", store->path, path);
	return 0;
}

int
store_replace(struct store *store, const char *path, const struct buffer *bytes, bool synced, struct error *err)
{
	char name[STORE_NAME_SIZE];
	int session = GET(session_directory(store, err));

	session_fresh_name(store, name);
	if (write_aside(session, name, bytes, synced, err) < 0)
		return error_prefixf(err, "replace %s/%s", store->path, path);
	if (renameat(session, name, store->root, path) < 0) {
		if (errno != EISDIR)
			return fail_errno(err, "replace %s/%s", store->path, path);
		TRY(replace_directory(store, session, name, path, err));
	}
	return synced ? file_sync_parent(store->root, path, err) : 0;
}

int
store_boot(char boot[STORE_BOOT_SIZE], struct error *err)
{
	scoped_fd fd = GET(file_open(AT_FDCWD, "/proc/sys/kernel/random/boot_id", O_RDONLY, err));
	ssize_t n = read(fd, boot, STORE_BOOT_SIZE - 1);

	if (n < 0)
		return fail_errno(err, "read which boot this is");
	boot[n] = '\0';
	boot[strcspn(boot, "\n")] = '\0';
	return 0;
}

/* ---- the lock --------------------------------------------------------------------------------- */

#define LOCK_PATIENCE 60   /* seconds */
#define LOCK_SILENCE  2    /* seconds, before it is said what is waited for */
#define LOCK_NAP      5000 /* microseconds */

/* /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF" */
static long
find_holder(int fd)
{
	struct stat about;
	char line[256], wanted[32];
	FILE *locks = fopen("/proc/locks", "re");
	long holder = 0, pid;

	if (locks == NULL || fstat(fd, &about) < 0)
		about = (struct stat){ 0 };
	(void) snprintf(wanted, sizeof(wanted), ":%" PRIu64 " ", (uint64_t) about.st_ino);
	while (locks != NULL && holder == 0 && fgets(line, sizeof(line), locks) != NULL)
		if (strstr(line, wanted) != NULL && sscanf(line, "%*s FLOCK %*s %*s %ld", &pid) == 1)
			holder = pid;
	if (locks != NULL)
		(void) fclose(locks);
	return holder;
}

static int
lock(struct store *store, int (*try)(int fd, const char *what, struct error *err), struct error *err)
{
	if (store->held >= 0)
		return fd_copy(store->held, err);
	scoped_fd fd = openat(store->root, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool said = false;
	if (fd < 0)
		return fail_errno(err, "open %s/lock", store->path);
	for (uint64_t waited = 0; GET(try(fd, "the store", err)) == 1; waited += LOCK_NAP) {
		if (waited > LOCK_SILENCE * UINT64_C(1000000) && !said) {
			log_warn("%s is locked by process %ld, waiting and continuing", store->path, find_holder(fd));
			said = true;
		}
		if (waited > LOCK_PATIENCE * UINT64_C(1000000))
			return fail(err, "%s is locked by process %ld since more than %d seconds", store->path,
				    find_holder(fd), LOCK_PATIENCE);
		(void) usleep(LOCK_NAP);
	}
	return fd_take(&fd);
}

int
store_lock_shared(struct store *store, struct error *err)
{
	return lock(store, lock_try_shared, err);
}

int
store_lock_exclusive(struct store *store, struct error *err)
{
	return lock(store, lock_try_exclusive, err);
}
