/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/listing.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "builder/layer/entry.h"
#include "builder/layer/whiteout.h"
#include "libcommon/directory.h"
#include "libcommon/fd.h"

void
listing_done(struct listing *listing)
{
	for (size_t i = 0; i < listing->directory_count; i++)
		fd_close(&listing->directories[i]);
	free(listing->directories);
	free(listing->items);
	buffer_done(&listing->names);
	*listing = (struct listing){ 0 };
}

static void *
grow(void *items, size_t count, size_t item)
{
	void *bigger = reallocarray(items, count, item);

	if (bigger == NULL)
		abort();
	return bigger;
}

void
listing_add_directory(struct listing *listing, int fd)
{
	listing->directories = grow(listing->directories, listing->directory_count + 1, sizeof(int));
	listing->directories[listing->directory_count++] = fd;
}

/* Only a character device can be a whiteout, and only few files are one. */
static int
is_whiteout(int directory, const struct dirent *entry, struct error *err)
{
	struct stat about;

	if (entry->d_type != DT_CHR && entry->d_type != DT_UNKNOWN)
		return 0;
	if (fstatat(directory, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(err, "look at \"%s\"", entry_shown(entry->d_name).text);
	return whiteout_is_device(&about);
}

static int
read_directory(struct listing *listing, size_t from, bool whiteouts, const char *path, struct error *err)
{
	int fd = listing->directories[from];
	scoped_directory stream = NULL;
	struct dirent *entry;

	TRY(directory_open(&stream, fd, ".", err));
	while (GET(directory_next(&entry, stream, path, err)) == 1) {
		if (listing->count == listing->room) {
			listing->room = listing->room == 0 ? 16 : listing->room * 2;
			listing->items = grow(listing->items, listing->room, sizeof(*listing->items));
		}
		bool is_gone = whiteouts && GET(is_whiteout(fd, entry, err)) != 0;
		listing->items[listing->count++] =
			(struct listing_item){ .name = listing->names.length, .from = from, .is_gone = is_gone };
		buffer_add(&listing->names, entry->d_name, strlen(entry->d_name) + 1);
	}
	return 0;
}

static int
compare(const void *a, const void *b, void *data)
{
	const struct listing_item *one = a, *other = b;
	const struct listing *listing = data;
	int order = strcmp(listing_name(listing, one), listing_name(listing, other));

	return order != 0 ? order : (one->from > other->from) - (one->from < other->from);
}

static int
compare_whiteouts_first(const void *a, const void *b, void *data)
{
	const struct listing_item *one = a, *other = b;

	return one->is_gone != other->is_gone ? other->is_gone - one->is_gone : compare(a, b, data);
}

int
listing_read(struct listing *listing, enum listing_order order, const char *path, struct error *err)
{
	for (size_t i = 0; i < listing->directory_count; i++)
		TRY(read_directory(listing, i, order != LISTING_PLAIN, path, err));
	if (listing->count > 1)
		qsort_r(listing->items, listing->count, sizeof(*listing->items),
			order == LISTING_WHITEOUTS_FIRST ? compare_whiteouts_first : compare, listing);
	return 0;
}
