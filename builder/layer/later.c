/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/later.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "builder/layer/attributes.h"
#include "builder/layer/parents.h"
#include "libcommon/fd.h"
#include "libcommon/keyset.h"

#define DEFAULT_ACL "system.posix_acl_default"

void
later_done(struct later *later)
{
	arena_done(&later->memory);
}

int
later_note(struct later *later, int directory, const struct entry *entry, mode_t mode, struct timespec mtime,
	   struct error *err)
{
	struct later_directory note = { arena_text(&later->memory, entry->path), mtime, mode, { 0 } };

	for (size_t i = 0; i < entry->attribute_count; i++) {
		const struct entry_attribute *attribute = &entry->attributes[i];
		struct entry alone = { .path = entry->path, .attributes = attribute, .attribute_count = 1 };
		if (strcmp(attribute->name, DEFAULT_ACL) == 0)
			note.acl = (struct entry_attribute){
				DEFAULT_ACL, arena_copy(&later->memory, attribute->value, attribute->size),
				attribute->size
			};
		else
			TRY(attributes_write(directory, &alone, err));
	}
	list_add(&later->directories, &later->memory, note);
	return 0;
}

/* Returns 1 if it was replaced by something else later on, and has nothing to get. */
static int
refuse_noted(int code, const char *path, struct error *err)
{
	if (code == ENOENT || code == ENOTDIR || code == ELOOP)
		return 1;
	errno = code;
	return fail_errno(err, "open \"%s\"", entry_shown(path).text);
}

/* Returns what refuse_noted does. */
static int
open_noted(int *fd, int root, const char *path, struct error *err)
{
	scoped_fd parent = -1;
	scoped_buffer directory = { 0 };
	const char *leaf = parents_leaf(path);
	struct error failure;

	buffer_add(&directory, path, (size_t) (leaf - path));
	buffer_add_char(&directory, '.');
	int missing = parents_open_directory(&parent, root, directory.bytes, O_PATH, &failure);
	if (missing != 0)
		return missing == 1 ? 1 : refuse_noted(failure.code, path, err);
	*fd = openat(parent, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return *fd < 0 ? refuse_noted(errno, path, err) : 0;
}

static int
settle(const struct later_directory *note, int root, bool modes, struct error *err)
{
	struct entry entry = { .path = note->path, .attributes = &note->acl,
			       .attribute_count = note->acl.name != NULL };
	struct timespec times[2] = { note->mtime, note->mtime };
	scoped_fd fd = -1;

	if (GET(open_noted(&fd, root, note->path, err)) == 1)
		return 0;
	TRY(attributes_write(fd, &entry, err));
	if (modes && fchmod(fd, note->mode) < 0)
		return fail_errno(err, "\"%s\": set its mode", entry_shown(note->path).text);
	if (futimens(fd, times) < 0)
		return fail_errno(err, "\"%s\": set its time", entry_shown(note->path).text);
	return 0;
}

/*
 * The deepest first, since one who is not root may take from himself the right to enter. Of one that
 * was noted twice the last note counts, which is the first that is met this way.
 */
int
later_settle(struct later *later, int root, bool modes, struct error *err)
{
	struct keyset met = { .arena = &later->memory };

	for (size_t i = later->directories.count; i-- > 0;) {
		const struct later_directory *note = &later->directories.items[i];
		if (keyset_add(&met, 0, note->path, strlen(note->path)))
			TRY(settle(note, root, modes, err));
	}
	return 0;
}
