/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Written by hand and not by a library: what stands here decides the digest of every layer we make,
 * and a digest must not change because a library was updated. What libarchive's pax writer adds
 * (locale conversion of names, its own attributes) would have to be kept out anyway.
 */
#include "builder/layer/tar_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/types.h>
#include <unistd.h>

#include "builder/layer/tar_block.h"
#include "libcommon/path.h"

static int
take_file(struct entry_taker *taker, const struct entry *entry, int content, struct error *err)
{
	return tar_write_file((struct tar_writer *) taker, entry, content, err);
}

void
tar_write_init(struct tar_writer *writer, struct sink *sink)
{
	*writer = (struct tar_writer){ .taker.take = take_file, .sink = sink };
}

void
tar_write_done(struct tar_writer *writer)
{
	buffer_done(&writer->records);
	buffer_done(&writer->block);
}

/* ---- fields ----------------------------------------------------------------------------------- */

/* Octal, filled up with zeroes, NUL at the end. False if it does not fit; the field is the largest then. */
static bool
put_octal(char *field, size_t size, uint64_t number)
{
	bool fits = size - 1 >= 22 || number < UINT64_C(1) << (3 * (size - 1));

	if (!fits)
		number = UINT64_MAX;
	for (size_t i = size - 1; i-- > 0; number >>= 3)
		field[i] = (char) ('0' + (number & 7));
	field[size - 1] = '\0';
	return fits;
}

/* As GNU writes large numbers: so that who knows no PAX finds the next header all the same. */
static void
put_binary(char *field, size_t size, uint64_t number)
{
	for (size_t i = size; i-- > 1; number >>= 8)
		field[i] = (char) (number & 0xff);
	field[0] = (char) 0x80;
}

/* The length of a record counts its own digits. */
static void
add_record(struct buffer *records, const char *keyword, const char *rest, const void *value, size_t n)
{
	size_t length = 1 + strlen(keyword) + strlen(rest) + 1 + n + 1, digits = 1;

	while (snprintf(NULL, 0, "%zu", length + digits) > (int) digits)
		digits++;
	buffer_add_format(records, "%zu %s%s=", length + digits, keyword, rest);
	buffer_add(records, value, n);
	buffer_add_char(records, '\n');
}

static void
add_text_record(struct buffer *records, const char *keyword, const char *text)
{
	add_record(records, keyword, "", text, strlen(text));
}

static void
add_number_record(struct buffer *records, const char *keyword, int64_t number)
{
	char text[24];

	(void) snprintf(text, sizeof(text), "%" PRId64, number);
	add_text_record(records, keyword, text);
}

/* The name whole, or cut at a slash into prefix and name. False if neither fits. */
static bool
put_name(union tar_block *block, const char *name)
{
	size_t n = strlen(name);

	if (n <= sizeof(block->name)) {
		memcpy(block->name, name, n);
		return true;
	}
	for (size_t cut = n - 1 - sizeof(block->name); cut < n - 1 && cut <= sizeof(block->prefix); cut++) {
		if (name[cut] != '/' || cut == 0)
			continue;
		memcpy(block->prefix, name, cut);
		memcpy(block->name, name + cut + 1, n - cut - 1);
		return true;
	}
	memcpy(block->name, name, sizeof(block->name));
	return false;
}

static bool
put_link(union tar_block *block, const char *link)
{
	size_t n = strlen(link);

	memcpy(block->link, link, n < sizeof(block->link) ? n : sizeof(block->link));
	return n <= sizeof(block->link);
}

static char
type_of(const struct entry *entry)
{
	if (entry->is_hard_link)
		return TAR_LINK;
	switch (entry->mode & S_IFMT) {
	case S_IFDIR:
		return TAR_DIRECTORY;
	case S_IFLNK:
		return TAR_SYMLINK;
	case S_IFCHR:
		return TAR_CHARACTER;
	case S_IFBLK:
		return TAR_BLOCK_DEVICE;
	case S_IFIFO:
		return TAR_FIFO;
	default:
		assert(S_ISREG(entry->mode));
		return TAR_FILE;
	}
}

/* ---- headers ---------------------------------------------------------------------------------- */

/* Everything that the block cannot say becomes a record, in the order of their keywords. */
static void
fill_header(union tar_block *block, struct buffer *records, const struct entry *entry, const char *name)
{
	if (!entry->is_hard_link)
		for (size_t i = 0; i < entry->attribute_count; i++)
			add_record(records, "SCHILY.xattr.", entry->attributes[i].name,
				   entry->attributes[i].value, entry->attributes[i].size);
	if (!put_octal(block->gid, sizeof(block->gid), entry->gid))
		add_number_record(records, "gid", entry->gid);
	if (entry->link != NULL && !put_link(block, entry->link))
		add_text_record(records, "linkpath", entry->link);
	if (entry->mtime.tv_sec < 0)
		(void) put_octal(block->mtime, sizeof(block->mtime), 0);
	if (entry->mtime.tv_sec < 0 ||
	    !put_octal(block->mtime, sizeof(block->mtime), (uint64_t) entry->mtime.tv_sec))
		add_number_record(records, "mtime", entry->mtime.tv_sec);
	if (!put_name(block, name))
		add_text_record(records, "path", name);
	if (!put_octal(block->size, sizeof(block->size), entry->size)) {
		put_binary(block->size, sizeof(block->size), entry->size);
		add_number_record(records, "size", (int64_t) entry->size);
	}
	if (!put_octal(block->uid, sizeof(block->uid), entry->uid))
		add_number_record(records, "uid", entry->uid);
	(void) put_octal(block->mode, sizeof(block->mode), entry->mode & 07777);
	(void) put_octal(block->major, sizeof(block->major), entry->major);
	(void) put_octal(block->minor, sizeof(block->minor), entry->minor);
	block->type = type_of(entry);
}

static int
write_block(struct tar_writer *writer, union tar_block *block, struct error *err)
{
	memcpy(block->magic, "ustar", 6);
	memcpy(block->version, "00", 2);
	(void) snprintf(block->checksum, sizeof(block->checksum), "%06o", tar_block_sum(block));
	block->checksum[7] = ' ';
	return stream_write(writer->sink, block, sizeof(*block), err);
}

static int
write_padding(struct tar_writer *writer, size_t n, struct error *err)
{
	static const char zeroes[TAR_BLOCK];

	return stream_write(writer->sink, zeroes, n, err);
}

static int
write_records(struct tar_writer *writer, const char *name, struct error *err)
{
	union tar_block block = { .type = TAR_PAX };
	size_t n = writer->records.length;

	(void) snprintf(block.name, sizeof(block.name), "PaxHeaders.0/%s", path_base(name));
	(void) put_octal(block.mode, sizeof(block.mode), 0644);
	(void) put_octal(block.uid, sizeof(block.uid), 0);
	(void) put_octal(block.gid, sizeof(block.gid), 0);
	(void) put_octal(block.size, sizeof(block.size), n);
	(void) put_octal(block.mtime, sizeof(block.mtime), 0);
	(void) put_octal(block.major, sizeof(block.major), 0);
	(void) put_octal(block.minor, sizeof(block.minor), 0);
	TRY(write_block(writer, &block, err));
	TRY(stream_write(writer->sink, writer->records.bytes, n, err));
	return write_padding(writer, tar_block_padding(n), err);
}

int
tar_write_entry(struct tar_writer *writer, const struct entry *entry, struct error *err)
{
	union tar_block block = { 0 };
	scoped_buffer name = { 0 };

	assert(writer->left == 0 && (entry->size == 0 || (S_ISREG(entry->mode) && !entry->is_hard_link)));
	buffer_clear(&writer->records);
	buffer_add_text(&name, entry->path);
	if (S_ISDIR(entry->mode))
		buffer_add_char(&name, '/');
	fill_header(&block, &writer->records, entry, name.bytes);
	if (writer->records.length > 0)
		TRY(write_records(writer, entry->path, err));
	TRY(write_block(writer, &block, err));
	writer->left = entry->size;
	writer->padding = tar_block_padding(entry->size);
	return 0;
}

int
tar_write_data(struct tar_writer *writer, const void *bytes, size_t n, struct error *err)
{
	assert(n <= writer->left);
	TRY(stream_write(writer->sink, bytes, n, err));
	writer->left -= n;
	if (writer->left > 0 || writer->padding == 0)
		return 0;
	TRY(write_padding(writer, writer->padding, err));
	writer->padding = 0;
	return 0;
}

int
tar_write_file(struct tar_writer *writer, const struct entry *entry, int content, struct error *err)
{
	struct stream_from_fd from;
	char more;

	TRY(tar_write_entry(writer, entry, err));
	if (writer->left == 0)
		return 0;
	stream_from_fd(&from, content, entry->path);
	char *room = buffer_room(&writer->block, STREAM_BLOCK);
	while (writer->left > 0) {
		size_t wanted = writer->left < STREAM_BLOCK ? (size_t) writer->left : STREAM_BLOCK;
		ssize_t got = GET(stream_read(&from.source, room, wanted, err));
		if (got == 0)
			return fail(err, "\"%s\" changed while it was read: it became shorter", entry->path);
		TRY(tar_write_data(writer, room, (size_t) got, err));
	}
	if (GET(stream_read(&from.source, &more, 1, err)) > 0)
		return fail(err, "\"%s\" changed while it was read: it became longer", entry->path);
	return 0;
}

int
tar_write_end(struct tar_writer *writer, struct error *err)
{
	assert(writer->left == 0);
	TRY(write_padding(writer, TAR_BLOCK, err));
	return write_padding(writer, TAR_BLOCK, err);
}
