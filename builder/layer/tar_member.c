/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/tar_member.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "builder/layer/tar_number.h"
#include "builder/layer/tar_path.h"

#define ID_MAX    INT64_C(4294967294) /* the one above means "leave it" to chown */
#define MAJOR_MAX 0xfff               /* what fits the kernel's 32 bits */
#define MINOR_MAX 0xfffff

void
tar_member_done(struct tar_member *member)
{
	tar_pax_done(&member->pax);
	buffer_done(&member->gnu_name);
	buffer_done(&member->gnu_link);
	buffer_done(&member->path);
	buffer_done(&member->link);
	buffer_done(&member->raw);
}

void
tar_member_forget(struct tar_member *member)
{
	tar_pax_clear(&member->pax);
	member->has_gnu_name = member->has_gnu_link = false;
}

bool
tar_member_is_announced(const struct tar_member *member)
{
	return member->pax.there || member->has_gnu_name || member->has_gnu_link;
}

/* ---- names ------------------------------------------------------------------------------------ */

static bool
is_ustar(const union tar_block *block)
{
	return memcmp(block->magic, "ustar", 6) == 0;
}

static bool
is_gnu(const union tar_block *block)
{
	return memcmp(block->magic, "ustar  ", 8) == 0;
}

/* star keeps times in the last bytes of the prefix, and says so at the very end. */
static bool
is_star(const union tar_block *block)
{
	return is_ustar(block) && memcmp(block->bytes + 508, "tar", 4) == 0;
}

static void
add_field(struct buffer *text, const char *field, size_t size)
{
	buffer_add(text, field, strnlen(field, size));
}

/* Go wrote a prefix into GNU headers for years: it is one if it cannot be the time that stands there. */
static bool
has_mistaken_prefix(const union tar_block *block)
{
	struct error ignored;
	int64_t number;

	return is_gnu(block) && block->gnu.atime[0] != '\0' &&
	       tar_number_field(&number, block->gnu.atime, sizeof(block->gnu.atime), "", &ignored) < 0;
}

const char *
tar_member_name(struct tar_member *member, const union tar_block *block)
{
	size_t prefix = is_star(block)                                  ? 131
			: is_ustar(block) || has_mistaken_prefix(block) ? sizeof(block->prefix)
									: 0;

	if (member->pax.sparse_name != NULL)
		return member->pax.sparse_name;
	if (member->pax.path != NULL)
		return member->pax.path;
	if (member->has_gnu_name)
		return buffer_text(&member->gnu_name);
	buffer_clear(&member->raw);
	add_field(&member->raw, block->prefix, prefix);
	if (member->raw.length > 0)
		buffer_add_char(&member->raw, '/');
	add_field(&member->raw, block->name, sizeof(block->name));
	return buffer_text(&member->raw);
}

static const char *
link_of(struct tar_member *member, const union tar_block *block)
{
	if (member->pax.link != NULL)
		return member->pax.link;
	if (member->has_gnu_link)
		return buffer_text(&member->gnu_link);
	buffer_clear(&member->raw);
	add_field(&member->raw, block->link, sizeof(block->link));
	return buffer_text(&member->raw);
}

/* ---- numbers ---------------------------------------------------------------------------------- */

int
tar_member_number(int64_t *number, const char *record, const char *field, size_t size, const char *what,
		  struct error *err)
{
	if (record != NULL)
		return tar_number_decimal(number, record, what, err);
	return tar_number_field(number, field, size, what, err);
}

static int
read_id(uint32_t *id, const char *record, const char *field, size_t size, const char *what, struct error *err)
{
	int64_t number;

	TRY(tar_member_number(&number, record, field, size, what, err));
	if (number < 0 || number > ID_MAX)
		return fail(err, "its %s is %" PRId64 ", which is none", what, number);
	*id = (uint32_t) number;
	return 0;
}

static int
read_time(struct timespec *when, const struct tar_pax *pax, const union tar_block *block, struct error *err)
{
	int64_t seconds;

	if (pax->mtime != NULL)
		return tar_number_time(when, pax->mtime, err);
	TRY(tar_number_field(&seconds, block->mtime, sizeof(block->mtime), "mtime", err));
	*when = (struct timespec){ .tv_sec = seconds };
	return 0;
}

/* Go before 1.9 put the file's type above the permissions, as stat has it; anything else there is strange. */
static int
read_mode(mode_t *mode, mode_t type, bool is_hard_link, const union tar_block *block, struct error *err)
{
	int64_t number;

	TRY(tar_number_field(&number, block->mode, sizeof(block->mode), "mode", err));
	int64_t above = number & ~INT64_C(07777);
	if (number < 0 || (above != 0 && above != (int64_t) type && !(is_hard_link && above == (above & S_IFMT))))
		return fail(err, "its mode is %" PRIo64 ", which is none", (uint64_t) number);
	*mode = type | (mode_t) (number & 07777);
	return 0;
}

static int
read_device(struct entry *entry, const union tar_block *block, struct error *err)
{
	int64_t upper, lower;

	TRY(tar_number_field(&upper, block->major, sizeof(block->major), "device number", err));
	TRY(tar_number_field(&lower, block->minor, sizeof(block->minor), "device number", err));
	if (upper < 0 || upper > MAJOR_MAX || lower < 0 || lower > MINOR_MAX)
		return fail(err, "it is a device %" PRId64 ":%" PRId64 ", which cannot be", upper, lower);
	entry->major = (uint32_t) upper;
	entry->minor = (uint32_t) lower;
	return 0;
}

/* Returns 1 if it is of no type that we know. */
static int
find_type(mode_t *mode, const union tar_block *block, const char *name)
{
	size_t n = strlen(name);

	switch (block->type) {
	case TAR_FILE:
	case TAR_FILE_V7:
	case TAR_CONTIGUOUS:
		/* before ustar a directory was a file whose name ends so */
		*mode = n > 0 && name[n - 1] == '/' ? S_IFDIR : S_IFREG;
		return 0;
	case TAR_LINK:
	case TAR_GNU_SPARSE:
		*mode = S_IFREG;
		return 0;
	case TAR_SYMLINK:
		*mode = S_IFLNK;
		return 0;
	case TAR_CHARACTER:
		*mode = S_IFCHR;
		return 0;
	case TAR_BLOCK_DEVICE:
		*mode = S_IFBLK;
		return 0;
	case TAR_DIRECTORY:
		*mode = S_IFDIR;
		return 0;
	case TAR_FIFO:
		*mode = S_IFIFO;
		return 0;
	default:
		return 1;
	}
}

/* ---- all of it -------------------------------------------------------------------------------- */

static int
read_link(struct tar_member *member, struct entry *entry, const union tar_block *block,
	  const struct tar_limits *limits, struct error *err)
{
	const char *link;

	if (!entry->is_hard_link && !S_ISLNK(entry->mode))
		return 0;
	link = link_of(member, block);
	if (link[0] == '\0')
		return fail(err, "it is a link to nothing");
	if (!entry->is_hard_link && strlen(link) >= PATH_MAX)
		return fail(err, "it is a link to a name of %zu bytes", strlen(link));
	if (entry->is_hard_link) {
		if (tar_path_clean(&member->link, link, limits, err) < 0)
			return error_prefix(err, "what it links to");
	} else {
		buffer_clear(&member->link);
		buffer_add_text(&member->link, link);
	}
	entry->link = buffer_text(&member->link);
	return 0;
}

int
tar_member_fill(struct tar_member *member, struct entry *entry, const union tar_block *block, const char *name,
		const struct tar_limits *limits, struct error *err)
{
	mode_t type;

	if (find_type(&type, block, name) == 1)
		return fail(err, "it is of a type that is not known: '%s'",
			    entry_shown((char[]){ block->type, '\0' }).text);
	entry->is_hard_link = block->type == TAR_LINK;
	TRY(tar_path_clean(&member->path, name, limits, err));
	entry->path = buffer_text(&member->path);
	TRY(read_mode(&entry->mode, type, entry->is_hard_link, block, err));
	if (strcmp(entry->path, ".") == 0 && !S_ISDIR(entry->mode))
		return fail(err, "it stands for the root, and is no directory");
	TRY(read_id(&entry->uid, member->pax.uid, block->uid, sizeof(block->uid), "user id", err));
	TRY(read_id(&entry->gid, member->pax.gid, block->gid, sizeof(block->gid), "group id", err));
	TRY(read_time(&entry->mtime, &member->pax, block, err));
	TRY(read_link(member, entry, block, limits, err));
	if (S_ISCHR(entry->mode) || S_ISBLK(entry->mode))
		TRY(read_device(entry, block, err));
	entry->attributes = member->pax.attributes;
	entry->attribute_count = member->pax.attribute_count;
	return 0;
}
