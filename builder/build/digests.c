/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/digests.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "builder/build/epoch.h"
#include "builder/layer/attributes.h"
#include "builder/layer/hash.h"
#include "libcommon/fd.h"
#include "libcommon/file.h"
#include "oci-spec/digest.h"

#define DIRECTORY "contexts"
#define MAGIC "cooper contexts 1\n"
#define FILE_LIMIT ((size_t) 1 << 30)

/* The kernel stamps files with a clock that ticks; some file systems keep whole or even seconds only. */
#define TICK_NANOSECONDS 20000000
#define TICK_SECONDS 2

struct digest_slot {
	uint64_t device, inode; /* inode 0: empty */
	int64_t size;
	struct timespec modified, changed;
	uint32_t type;
	bool asked; /* for, by this build; false on disk */
	char text[DIGESTS_TEXT_SIZE];
};

void
digests_done(struct digests *digests)
{
	free(digests->slots);
	*digests = (struct digests){ 0 };
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct digest_slot *
find_slot(const struct digests *digests, uint64_t device, uint64_t inode)
{
	size_t mask = digests->size - 1;
	size_t at = (size_t) ((inode ^ (device << 32)) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;

	while (digests->slots[at].inode != 0 &&
	       (digests->slots[at].inode != inode || digests->slots[at].device != device))
		at = (at + 1) & mask;
	return &digests->slots[at];
}

static void put_slot(struct digests *digests, const struct digest_slot *slot);

static void
grow(struct digests *digests)
{
	struct digests bigger = { .size = digests->size == 0 ? 1024 : digests->size * 2 };

	bigger.slots = calloc(bigger.size, sizeof(*bigger.slots));
	if (bigger.slots == NULL)
		abort();
	for (size_t i = 0; i < digests->size; i++)
		if (digests->slots[i].inode != 0)
			put_slot(&bigger, &digests->slots[i]);
	free(digests->slots);
	digests->slots = bigger.slots;
	digests->size = bigger.size;
}

static void
put_slot(struct digests *digests, const struct digest_slot *slot)
{
	if (2 * (digests->count + 1) > digests->size)
		grow(digests);
	struct digest_slot *place = find_slot(digests, slot->device, slot->inode);
	digests->count += place->inode == 0;
	*place = *slot;
}

/* ---- the file -------------------------------------------------------------------------------- */

static const char *
name_file(char text[HASH_TEXT_SIZE], const char *context)
{
	hash_bytes(text, HASH_SHA256, context, strlen(context));
	return digest_encoded(text);
}

int
digests_load(struct digests *digests, struct store *store, const char *context, struct error *err)
{
	scoped_arena arena = { 0 };
	scoped_fd directory = -1, file = -1;
	char text[HASH_TEXT_SIZE], *bytes;
	const size_t head = sizeof(MAGIC) - 1;
	struct digest_slot slot;
	size_t n;

	if (GET(file_open_if_there(&directory, store->root, DIRECTORY, O_PATH | O_DIRECTORY, err)) >
		    0 ||
	    GET(file_open_regular(&file, directory, name_file(text, context), err)) > 0)
		return 0;
	TRY(file_read(file, "remembered digests", FILE_LIMIT, &arena, &bytes, &n, err));
	if (n < head || memcmp(bytes, MAGIC, head) != 0 || (n - head) % sizeof(slot) != 0)
		return 0;
	for (size_t at = head; at < n; at += sizeof(slot)) {
		memcpy(&slot, bytes + at, sizeof(slot));
		if (slot.inode != 0 && slot.text[DIGESTS_TEXT_SIZE - 1] == '\0')
			put_slot(digests, &slot);
	}
	return 0;
}

static size_t
count_asked(const struct digests *digests)
{
	size_t n = 0;

	for (size_t i = 0; i < digests->size; i++)
		n += digests->slots[i].inode != 0 && digests->slots[i].asked;
	return n;
}

/* When most of what is remembered was not asked for, it is of files that are gone. */
static void
write_slots(struct buffer *bytes, const struct digests *digests)
{
	bool all = 2 * count_asked(digests) >= digests->count;

	buffer_add_text(bytes, MAGIC);
	for (size_t i = 0; i < digests->size; i++) {
		struct digest_slot slot = digests->slots[i];

		if (slot.inode == 0 || (!all && !slot.asked))
			continue;
		slot.asked = false;
		buffer_add(bytes, &slot, sizeof(slot));
	}
}

int
digests_save(struct digests *digests, struct store *store, const char *context, struct error *err)
{
	scoped_buffer bytes = { 0 };
	char text[HASH_TEXT_SIZE], path[HASH_TEXT_SIZE + sizeof(DIRECTORY)];

	if (!digests->changed)
		return 0;
	if (mkdirat(store->root, DIRECTORY, 0700) < 0 && errno != EEXIST)
		return fail_errno(err, "make the store's directory " DIRECTORY);
	write_slots(&bytes, digests);
	(void) snprintf(path, sizeof(path), DIRECTORY "/%s", name_file(text, context));
	TRY(store_replace(store, path, &bytes, false, err));
	digests->changed = false;
	return 0;
}

/* ---- digests --------------------------------------------------------------------------------- */

static struct digest_slot
slot_of(const struct stat *about)
{
	struct digest_slot slot;

	memset(&slot, 0,
	       sizeof(slot)); /* it goes to disk as it lies in memory: no padding from the stack */
	slot.device = about->st_dev;
	slot.inode = about->st_ino;
	slot.size = about->st_size;
	slot.modified = about->st_mtim;
	slot.changed = about->st_ctim;
	slot.type = about->st_mode & S_IFMT;
	return slot;
}

static bool
same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool
is_same(const struct digest_slot *a, const struct digest_slot *b)
{
	return a->device == b->device && a->inode == b->inode && a->size == b->size &&
	       a->type == b->type && same_time(a->modified, b->modified) &&
	       same_time(a->changed, b->changed);
}

/* Would a change from now on be seen in the file's times? */
static bool
is_settled(const struct stat *about, struct timespec when)
{
	struct timespec latest =
		epoch_is_later(about->st_mtim, about->st_ctim) ? about->st_mtim : about->st_ctim;
	bool coarse = about->st_mtim.tv_nsec == 0 && about->st_ctim.tv_nsec == 0;

	latest.tv_nsec += TICK_NANOSECONDS;
	latest.tv_sec += latest.tv_nsec / 1000000000 + (coarse ? TICK_SECONDS : 0);
	latest.tv_nsec %= 1000000000;
	return epoch_is_later(when, latest);
}

static int
hash_attributes(struct hash *hash, int fd, const char *name, struct error *err)
{
	scoped(attributes_done) struct attributes set = { 0 };

	TRY(attributes_read(&set, fd, name, err));
	for (size_t i = 0; i < set.count; i++) {
		hash_add_text(hash, set.items[i].name);
		hash_add_number(hash, set.items[i].size);
		hash_add(hash, set.items[i].value, set.items[i].size);
	}
	return 0;
}

static int
hash_content(struct hash *hash, int fd, struct error *err)
{
	char block[128 * 1024];

	for (;;) {
		ssize_t n = read(fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(err, "read it");
		if (n == 0)
			return 0;
		hash_add(hash, block, (size_t) n);
	}
}

/* Opened without waiting: what was a file a moment ago may be a fifo now. */
static int
hash_opened(struct hash *hash, int directory, const char *name, const struct stat *about,
	    struct error *err)
{
	struct stat now;
	scoped_fd fd =
		openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(err, "open it");
	hash_add_number(hash, (uint64_t) about->st_size * S_ISREG(about->st_mode));
	if (S_ISREG(about->st_mode))
		TRY(hash_content(hash, fd, err));
	TRY(hash_attributes(hash, fd, name, err));
	if (fstat(fd, &now) < 0)
		return fail_errno(err, "look at it");

	struct digest_slot before = slot_of(about), after = slot_of(&now);
	if (S_ISREG(about->st_mode) && !is_same(&before, &after))
		return fail(err, "it changed while it was read");
	return 0;
}

static int
hash_file(char text[DIGESTS_TEXT_SIZE], int directory, const char *name, const struct stat *about,
	  struct error *err)
{
	scoped_hash hash = { 0 };
	char whole[HASH_TEXT_SIZE], link[PATH_MAX];

	hash_init(&hash, HASH_SHA256);
	if (S_ISREG(about->st_mode) || S_ISDIR(about->st_mode))
		TRY(hash_opened(&hash, directory, name, about, err));
	else if (S_ISLNK(about->st_mode)) {
		ssize_t n = readlinkat(directory, name, link, sizeof(link));
		if (n < 0)
			return fail_errno(err, "read the link");
		hash_add(&hash, link, (size_t) n);
	} else if (S_ISCHR(about->st_mode) || S_ISBLK(about->st_mode)) {
		hash_add_number(&hash, major(about->st_rdev));
		hash_add_number(&hash, minor(about->st_rdev));
	}
	hash_finish(&hash, whole);
	memcpy(text, digest_encoded(whole), DIGESTS_TEXT_SIZE);
	return 0;
}

int
digests_of(char text[DIGESTS_TEXT_SIZE], struct digests *digests, int directory, const char *name,
	   const struct stat *about, struct error *err)
{
	struct digest_slot wanted = slot_of(about);
	struct timespec now = epoch_now();

	if (digests != NULL && digests->size > 0) {
		struct digest_slot *known = find_slot(digests, wanted.device, wanted.inode);
		if (is_same(known, &wanted)) {
			known->asked = true;
			memcpy(text, known->text, DIGESTS_TEXT_SIZE);
			return 0;
		}
	}
	TRY(hash_file(text, directory, name, about, err));
	if (digests != NULL && is_settled(about, now)) {
		memcpy(wanted.text, text, DIGESTS_TEXT_SIZE);
		wanted.asked = true;
		put_slot(digests, &wanted);
		digests->changed = true;
	}
	return 0;
}
