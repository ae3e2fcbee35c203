/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/attributes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>

#include "builder/layer/effigy.h"
#include "libcommon/log.h"
#include "libcommon/text.h"

#define CAPABILITY "security.capability"

/* As the kernel has them on disk: a word of version and flags, sets, and from version 3 a root id. */
#define CAPABILITY_V2_SIZE 20
#define CAPABILITY_V3_SIZE 24

void
attributes_done(struct attributes *set)
{
	buffer_done(&set->names);
	buffer_done(&set->values);
}

bool
attributes_travel(const char *name)
{
	if (strcmp(name, EFFIGY_ATTRIBUTE) == 0)
		return false;
	if (text_after(name, "user.") != NULL)
		return text_after(name, "user.overlay.") == NULL && strchr(name, '=') == NULL;
	return strcmp(name, CAPABILITY) == 0 || strcmp(name, "system.posix_acl_access") == 0 ||
	       strcmp(name, "system.posix_acl_default") == 0;
}

size_t
attributes_localise_capability(void *value, size_t size)
{
	unsigned char *bytes = value;

	if (size != CAPABILITY_V3_SIZE || bytes[3] != 3)
		return size;
	bytes[3] = 2;
	return CAPABILITY_V2_SIZE;
}

static bool
is_overlay_trick(const char *name)
{
	const char *rest = text_after(name, "trusted.overlay.");

	if (rest == NULL)
		rest = text_after(name, "user.overlay.");
	return rest != NULL && (strcmp(rest, "redirect") == 0 || strcmp(rest, "metacopy") == 0);
}

/* Lists change while one looks: ask for the size, and again if it was too small. */
static int
read_names(struct buffer *names, int fd, const char *path, struct error *err)
{
	buffer_clear(names);
	for (size_t room = 1024;; room *= 2) {
		ssize_t n = flistxattr(fd, buffer_room(names, room), room);
		if (n >= 0) {
			buffer_used(names, (size_t) n);
			return 0;
		}
		if (errno == ENOTSUP)
			return 0;
		if (errno != ERANGE || room > ((size_t) 1 << 20))
			return fail_errno(err, "list the attributes of \"%s\"", entry_shown(path).text);
	}
}

static int
read_value(struct buffer *values, struct entry_attribute *item, int fd, const char *path, struct error *err)
{
	ssize_t size = fgetxattr(fd, item->name, NULL, 0);

	if (size >= 0)
		size = fgetxattr(fd, item->name, buffer_room(values, (size_t) size), (size_t) size);
	if (size < 0)
		return fail_errno(err, "read attribute %s of \"%s\"", item->name, entry_shown(path).text);
	item->size = (size_t) size;
	if (strcmp(item->name, CAPABILITY) == 0)
		item->size = attributes_localise_capability(values->bytes + values->length, item->size);
	buffer_used(values, item->size);
	return 0;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(((const struct entry_attribute *) a)->name, ((const struct entry_attribute *) b)->name);
}

int
attributes_read(struct attributes *set, int fd, const char *path, struct error *err)
{
	set->count = 0;
	TRY(read_names(&set->names, fd, path, err));
	buffer_clear(&set->values);

	const char *end = set->names.bytes + set->names.length;
	for (const char *name = set->names.bytes; name < end; name += strlen(name) + 1) {
		if (is_overlay_trick(name))
			return fail(err, "\"%s\" has %s: the overlay was mounted with options that a layer cannot have",
				    entry_shown(path).text, name);
		if (!attributes_travel(name))
			continue;
		if (set->count == ATTRIBUTES_MAX)
			return fail(err, "\"%s\" has more than %d attributes", entry_shown(path).text,
				    ATTRIBUTES_MAX);
		set->items[set->count++].name = name;
	}
	if (set->count > 1)
		qsort(set->items, set->count, sizeof(set->items[0]), compare);
	for (size_t i = 0; i < set->count; i++)
		TRY(read_value(&set->values, &set->items[i], fd, path, err));

	/* The values moved while their buffer grew. */
	const char *value = set->values.bytes;
	for (size_t i = 0; i < set->count; value += set->items[i++].size)
		set->items[i].value = value;
	return 0;
}

static bool
is_beyond_us(int code)
{
	/* EINVAL: an access list with ids that are not mapped here; ENOTSUP: the file system has none */
	return code == ENOTSUP || code == EPERM || code == EINVAL;
}

static int
write_one(int fd, const struct entry *entry, const struct entry_attribute *attribute, struct error *err)
{
	unsigned char capability[CAPABILITY_V3_SIZE];
	const void *value = attribute->value;
	size_t size = attribute->size;

	if (strcmp(attribute->name, CAPABILITY) == 0 && size <= sizeof(capability)) {
		memcpy(capability, value, size);
		size = attributes_localise_capability(capability, size);
		value = capability;
	}
	if (fsetxattr(fd, attribute->name, value, size, 0) == 0)
		return 0;
	if (!is_beyond_us(errno))
		return fail_errno(err, "set attribute %s of \"%s\"", attribute->name,
				  entry_shown(entry->path).text);
	log_warn("attribute %s of \"%s\" cannot be set here: %s, continuing", attribute->name,
		 entry_shown(entry->path).text, strerror(errno));
	return 0;
}

int
attributes_write(int fd, const struct entry *entry, struct error *err)
{
	for (size_t i = 0; i < entry->attribute_count; i++)
		if (attributes_travel(entry->attributes[i].name))
			TRY(write_one(fd, entry, &entry->attributes[i], err));
	return 0;
}
