/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/store/blobs.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/store/session.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "libcommon/log.h"
#include "oci-spec/digest.h"

#define PATH_SIZE    192
#define PENDING_SIZE STREAM_BLOCK

/* A digest of ours is safe as a name: its grammar was checked. */
static int
name_blob(char path[PATH_SIZE], const char *where, const char *digest, struct error *err)
{
	TRY(digest_check_known(digest, err));
	(void) snprintf(path, PATH_SIZE, "%s/%.*s/%s", where, (int) digest_algorithm_length(digest), digest,
			digest_encoded(digest));
	return 0;
}

/* ---- writing ---------------------------------------------------------------------------------- */

static int
flush(struct blob_writer *self, struct error *err)
{
	hash_add(&self->hash, self->pending.bytes, self->pending.length);
	TRY(file_write(self->fd, "a blob", self->pending.bytes, self->pending.length, err));
	buffer_clear(&self->pending);
	return 0;
}

static int
write_blob(struct sink *sink, const void *bytes, size_t n, struct error *err)
{
	struct blob_writer *self = (struct blob_writer *) sink;

	self->size += (int64_t) n;
	if (self->expected_size >= 0 && self->size > self->expected_size)
		return fail(err, "size mismatch: expected %" PRId64 " bytes, found more", self->expected_size);
	if (self->pending.length + n > PENDING_SIZE)
		TRY(flush(self, err));
	if (n < PENDING_SIZE) {
		buffer_add(&self->pending, bytes, n);
		return 0;
	}
	hash_add(&self->hash, bytes, n);
	return file_write(self->fd, "a blob", bytes, n, err);
}

static int
judge(const struct blob_writer *self, struct error *err)
{
	if (self->expected_size >= 0 && self->size != self->expected_size)
		return fail(err, "size mismatch: expected %" PRId64 " bytes, found %" PRId64, self->expected_size,
			    self->size);
	if (self->expected != NULL && strcmp(self->expected, self->digest) != 0)
		return fail(err, "digest mismatch: expected %s, found %s", self->expected, self->digest);
	return 0;
}

/* A file of the wrong size under this digest is what a crash may leave: it gives way. */
static int
replace_damaged(struct store *store, int session, const char *name, const char *path, int64_t size,
		struct error *err)
{
	struct stat about;

	if (fstatat(store->root, path, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "look at %s/%s", store->path, path);
	if (S_ISREG(about.st_mode) && about.st_size == size)
		return 0;
	log_warn("%s/%s was damaged and is replaced, continuing", store->path, path);
	return renameat(session, name, store->root, path) < 0
		       ? fail_errno(err, "replace %s/%s", store->path, path)
		       : 0;
}

static int
publish(struct blob_writer *self, struct error *err)
{
	struct store *store = self->store;
	char path[PATH_SIZE];
	int session = GET(session_directory(store, err));
	scoped_fd lock = GET(store_lock_shared(store, err));

	TRY(name_blob(path, "blobs", self->digest, err));
	TRY(session_use(store, self->digest, err));
	if (linkat(session, self->name, store->root, path, 0) == 0)
		return 0;
	if (errno == ENOENT && self->hash.algorithm == HASH_SHA512) {
		(void) mkdirat(store->root, "blobs/sha512", 0700); /* the link will tell */
		if (linkat(session, self->name, store->root, path, 0) == 0)
			return 0;
	}
	if (errno != EEXIST)
		return fail_errno(err, "make %s/%s", store->path, path);
	return replace_damaged(store, session, self->name, path, self->size, err);
}

static int
finish_blob(struct sink *sink, struct error *err)
{
	struct blob_writer *self = (struct blob_writer *) sink;

	TRY(flush(self, err));
	hash_finish(&self->hash, self->digest);
	TRY(judge(self, err));
	return publish(self, err);
}

int
blobs_create(struct blob_writer *writer, struct store *store, const char *expected, int64_t expected_size,
	     struct error *err)
{
	enum hash_algorithm algorithm = HASH_SHA256;

	*writer = (struct blob_writer){ .sink = { .write = write_blob, .finish = finish_blob },
					.store = store, .fd = -1, .expected = expected,
					.expected_size = expected_size };
	if (expected != NULL)
		TRY(hash_algorithm_of(&algorithm, expected, err));
	int session = GET(session_directory(store, err));
	session_fresh_name(store, writer->name);
	writer->fd = GET(file_create(session, writer->name, 0600, err));
	hash_init(&writer->hash, algorithm);
	return 0;
}

void
blobs_writer_done(struct blob_writer *writer)
{
	if (writer->fd >= 0)
		(void) unlinkat(writer->store->session, writer->name, 0); /* the session's end will do it too */
	fd_close(&writer->fd);
	hash_done(&writer->hash);
	buffer_done(&writer->pending);
}

int
blobs_put(struct store *store, const void *bytes, size_t n, char digest[HASH_TEXT_SIZE], struct error *err)
{
	scoped_blob_writer writer;

	TRY(blobs_create(&writer, store, NULL, -1, err));
	TRY(stream_write(&writer.sink, bytes, n, err));
	TRY(stream_finish(&writer.sink, err));
	(void) strcpy(digest, writer.digest);
	return 0;
}

/* ---- finding ---------------------------------------------------------------------------------- */

/* Returns 1 if there is no such file. */
static int
open_blob(int *fd, int64_t *size, struct store *store, const char *digest, struct error *err)
{
	char path[PATH_SIZE];
	struct stat about;

	TRY(name_blob(path, "blobs", digest, err));
	*fd = openat(store->root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (*fd < 0 && errno == ENOENT)
		return 1;
	if (*fd < 0 && errno != ELOOP)
		return fail_errno(err, "open %s/%s", store->path, path);
	if (*fd >= 0 && fstat(*fd, &about) < 0)
		return fail_errno(err, "look at %s/%s", store->path, path); /* no proof against the blob */
	if (*fd < 0 || !S_ISREG(about.st_mode)) {
		fd_close(fd);
		TRY(blobs_quarantine(store, digest, err));
		return 1;
	}
	*size = about.st_size;
	return 0;
}

/* One of the two is wrong, and only the bytes can tell which. Returns 1 if it was the blob. */
static int
judge_size(struct store *store, const char *digest, int64_t size, struct error *err)
{
	scoped_blob_reader reader = { .fd = -1 };

	if (GET(blobs_open(&reader, store, digest, err)) == 1)
		return 1;
	if (stream_drain(&reader.verified.source, err) < 0)
		return err->code != 0 || blobs_quarantine(store, digest, err) < 0 ? -1 : 1;
	return fail(err, "%s: it has %" PRId64 " bytes, and whoever names it says %" PRId64, digest, reader.size,
		    size);
}

int
blobs_find(struct store *store, const char *digest, int64_t size, struct error *err)
{
	scoped_fd fd = -1;
	int64_t found;
	scoped_fd lock = GET(store_lock_shared(store, err));

	if (GET(open_blob(&fd, &found, store, digest, err)) == 1)
		return 1;
	if (size >= 0 && found != size)
		return judge_size(store, digest, size, err);
	return session_use(store, digest, err);
}

static int
say_damaged(struct store *store, const char *digest, struct error *err)
{
	struct error failure = *err;

	TRY(blobs_quarantine(store, digest, err));
	return fail(err, "%s: it was moved to %s/quarantine; fetch or build it again", failure.text, store->path);
}

int
blobs_read(struct store *store, const char *digest, struct arena *arena, char **bytes, size_t *n,
	   struct error *err)
{
	enum hash_algorithm algorithm;
	char found[HASH_TEXT_SIZE];
	scoped_fd fd = -1;
	int64_t size;

	TRY(hash_algorithm_of(&algorithm, digest, err));
	if (GET(open_blob(&fd, &size, store, digest, err)) == 1)
		return 1;
	TRY(file_read(fd, digest, BLOBS_DOCUMENT_LIMIT, arena, bytes, n, err));
	hash_bytes(found, algorithm, *bytes, *n);
	if (strcmp(found, digest) == 0)
		return 0;
	(void) fail(err, "%s: digest mismatch: found %s", digest, found);
	return say_damaged(store, digest, err);
}

static ssize_t
read_blob(struct source *source, void *bytes, size_t n, struct error *err)
{
	struct blob_reader *self = (struct blob_reader *) source;
	ssize_t got = stream_read(&self->verified.source, bytes, n, err);

	/* A failed read of the disk is no proof against the blob. */
	if (got < 0 && err->code == 0)
		return say_damaged(self->store, self->digest, err);
	return got;
}

int
blobs_open(struct blob_reader *reader, struct store *store, const char *digest, struct error *err)
{
	*reader = (struct blob_reader){ .source.read = read_blob, .store = store, .fd = -1 };
	if (GET(open_blob(&reader->fd, &reader->size, store, digest, err)) == 1)
		return 1;
	(void) strcpy(reader->digest, digest); /* it was checked, so it fits */
	stream_from_fd(&reader->file, reader->fd, reader->digest);
	return hash_source_init(&reader->verified, &reader->file.source, reader->digest, reader->digest,
				reader->size, err);
}

void
blobs_reader_done(struct blob_reader *reader)
{
	hash_source_done(&reader->verified);
	fd_close(&reader->fd);
}

int
blobs_quarantine(struct store *store, const char *digest, struct error *err)
{
	char path[PATH_SIZE], aside[PATH_SIZE];

	TRY(name_blob(path, "blobs", digest, err));
	(void) snprintf(aside, sizeof(aside), "quarantine/%s", digest_encoded(digest));
	if (renameat(store->root, path, store->root, aside) < 0 && errno != ENOENT)
		return fail_errno(err, "move %s/%s to quarantine", store->path, path);
	log_warn("%s is damaged: moved to %s/%s, continuing", digest, store->path, aside);
	return 0;
}

/* ---- all -------------------------------------------------------------------------------------- */

static int
visit_all(struct store *store, const char *algorithm,
	  int (*visit)(void *, const char *digest, int64_t size, struct error *), void *data, struct error *err)
{
	char path[32], digest[320];
	scoped_directory stream = NULL;
	struct dirent *entry;
	struct error ignored;

	(void) snprintf(path, sizeof(path), "blobs/%s", algorithm);
	TRY(directory_open(&stream, store->root, path, err));
	while (GET(directory_next(&entry, stream, path, err)) == 1) {
		struct stat about;

		(void) snprintf(digest, sizeof(digest), "%s:%s", algorithm, entry->d_name);
		if (digest_check_known(digest, &ignored) < 0)
			continue; /* not ours to judge */
		if (fstatat(dirfd(stream), entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0) {
			if (errno == ENOENT)
				continue; /* gone meanwhile */
			return fail_errno(err, "look at %s/%s/%s", store->path, path, entry->d_name);
		}
		TRY(visit(data, digest, about.st_size, err));
	}
	return 0;
}

int
blobs_each(struct store *store, int (*visit)(void *, const char *digest, int64_t size, struct error *),
	   void *data, struct error *err)
{
	TRY(visit_all(store, "sha256", visit, data, err));
	if (GET(file_look_for(store->root, "blobs/sha512", err)) == 1)
		return 0;
	return visit_all(store, "sha512", visit, data, err);
}
