/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record is a file: the digest of what follows, the length of the key, the key, the value. The
 * digest makes what a crash leaves behind as good as nothing; the key is there to be listed.
 */
#include "builder/store/records.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/layer/hash.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "oci-spec/digest.h"

#define PATH_SIZE    192
#define RECORD_LIMIT ((size_t) 4 * 1024 * 1024)

static void
name_record(char path[PATH_SIZE], const char *kind, const char *key)
{
	char digest[HASH_TEXT_SIZE];

	hash_bytes(digest, HASH_SHA256, key, strlen(key));
	(void) snprintf(path, PATH_SIZE, "cache/%s/%s", kind, digest_encoded(digest));
}

/* Returns 1 if it is no whole record. */
static int
parse(struct record *record, char *text, size_t n, struct arena *arena)
{
	char digest[HASH_TEXT_SIZE];
	char *end = strchr(text, '\n');
	uint64_t length;
	int used = 0;

	if (end == NULL)
		return 1;
	hash_bytes(digest, HASH_SHA256, end + 1, n - (size_t) (end + 1 - text));
	if (strlen(digest) != (size_t) (end - text) || memcmp(digest, text, strlen(digest)) != 0)
		return 1;
	if (sscanf(end + 1, "%" SCNu64 "\n%n", &length, &used) != 1 || length > n)
		return 1;
	const char *key = strchr(end + 1, '\n') + 1;
	if (length > n - (size_t) (key - text))
		return 1;
	record->key = arena_copy(arena, key, (size_t) length);
	record->value = key + length;
	return 0;
}

/* Returns 1 if there is none. */
static int
read_record(struct record *record, int dir, const char *path, struct arena *arena, struct error *err)
{
	scoped_fd fd = -1;
	struct stat about;
	char *text;
	size_t n;

	if (GET(file_open_regular(&fd, dir, path, err)) > 0)
		return 1;
	TRY(file_read(fd, path, RECORD_LIMIT, arena, &text, &n, err));
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", path);
	record->used = about.st_mtim;
	return parse(record, text, n, arena);
}

int
records_get(const char **value, struct store *store, const char *kind, const char *key, struct arena *arena,
	    struct error *err)
{
	char path[PATH_SIZE];
	struct record record;

	name_record(path, kind, key);
	if (GET(read_record(&record, store->root, path, arena, err)) == 1 || strcmp(record.key, key) != 0)
		return 1;
	(void) utimensat(store->root, path, NULL, AT_SYMLINK_NOFOLLOW); /* only sweep's order depends on it */
	*value = record.value;
	return 0;
}

int
records_set(struct store *store, const char *kind, const char *key, const char *value, struct error *err)
{
	char path[PATH_SIZE], digest[HASH_TEXT_SIZE];
	scoped_buffer body = { 0 }, record = { 0 };

	buffer_add_format(&body, "%zu\n%s%s", strlen(key), key, value);
	if (body.length + HASH_TEXT_SIZE > RECORD_LIMIT)
		return fail(err, "a record of %zu bytes is too large", body.length);
	hash_bytes(digest, HASH_SHA256, body.bytes, body.length);
	buffer_add_format(&record, "%s\n", digest);
	buffer_add(&record, body.bytes, body.length);

	(void) snprintf(path, sizeof(path), "cache/%s", kind);
	if (mkdirat(store->root, path, 0700) < 0 && errno != EEXIST)
		return fail_errno(err, "make %s/%s", store->path, path);
	name_record(path, kind, key);
	return store_replace(store, path, &record, false, err);
}

int
records_remove(struct store *store, const char *kind, const char *key, struct error *err)
{
	char path[PATH_SIZE];

	name_record(path, kind, key);
	if (unlinkat(store->root, path, 0) < 0 && errno != ENOENT)
		return fail_errno(err, "remove %s/%s", store->path, path);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct timespec *one = &((const struct record *) a)->used, *other = &((const struct record *) b)->used;

	if (one->tv_sec != other->tv_sec)
		return one->tv_sec < other->tv_sec ? -1 : 1;
	return (one->tv_nsec > other->tv_nsec) - (one->tv_nsec < other->tv_nsec);
}

int
records_list(struct record_list *list, struct store *store, const char *kind, struct arena *arena,
	     struct error *err)
{
	char path[PATH_SIZE];
	scoped_directory stream = NULL;
	struct dirent *entry;
	struct record record;

	*list = (struct record_list){ 0 };
	(void) snprintf(path, sizeof(path), "cache/%s", kind);
	if (GET(file_look_for(store->root, path, err)) == 1)
		return 0;
	TRY(directory_open(&stream, store->root, path, err));
	while (GET(directory_next(&entry, stream, path, err)) == 1)
		if (GET(read_record(&record, dirfd(stream), entry->d_name, arena, err)) == 0)
			list_add(list, arena, record);
	if (list->count > 1)
		qsort(list->items, list->count, sizeof(*list->items), compare);
	return 0;
}

int
records_list_kinds(struct text_list *kinds, struct store *store, struct arena *arena, struct error *err)
{
	scoped_directory stream = NULL;
	struct dirent *entry;

	*kinds = (struct text_list){ 0 };
	TRY(directory_open(&stream, store->root, "cache", err));
	while (GET(directory_next(&entry, stream, "cache", err)) == 1)
		list_add(kinds, arena, arena_text(arena, entry->d_name));
	return 0;
}
