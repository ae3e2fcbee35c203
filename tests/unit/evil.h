/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Archives as nobody should make them, built field by field.
 *
 *	struct evil evil = { 0 };
 *	evil_file(&evil, "../../etc/passwd", "root::0:0");
 *	evil_end(&evil);
 */
#ifndef COOPERAGE_EVIL_H
#define COOPERAGE_EVIL_H

#include <stdio.h>
#include <string.h>

#include "builder/layer/tar_block.h"
#include "libcommon/buffer.h"

struct evil {
	struct buffer bytes;
};

static inline void
evil_done(struct evil *evil)
{
	buffer_done(&evil->bytes);
}
#define scoped_evil scoped(evil_done) struct evil

static inline void
evil_put(char *field, size_t size, const char *text)
{
	size_t n = strlen(text);

	memcpy(field, text, n < size ? n : size);
}

static inline union tar_block
evil_block(char type, const char *name, uint64_t size)
{
	union tar_block block = { .type = type };

	evil_put(block.name, sizeof(block.name), name);
	(void) snprintf(block.mode, 8, "%07o", type == TAR_DIRECTORY ? 0755 : 0644);
	(void) snprintf(block.uid, 8, "%07o", 0);
	(void) snprintf(block.gid, 8, "%07o", 0);
	(void) snprintf(block.size, 12, "%011llo", (unsigned long long) size & 077777777777);
	(void) snprintf(block.mtime, 12, "%011o", 1000);
	memcpy(block.magic, "ustar", 6);
	memcpy(block.version, "00", 2);
	return block;
}

/* With the checksum that it needs. */
static inline void
evil_add(struct evil *evil, union tar_block block)
{
	(void) snprintf(block.checksum, 8, "%06o", tar_block_sum(&block));
	block.checksum[7] = ' ';
	buffer_add(&evil->bytes, &block, sizeof(block));
}

static inline void
evil_body(struct evil *evil, const void *bytes, size_t n)
{
	static const char zeroes[TAR_BLOCK];

	buffer_add(&evil->bytes, bytes, n);
	buffer_add(&evil->bytes, zeroes, tar_block_padding(n));
}

static inline void
evil_file(struct evil *evil, const char *name, const char *content)
{
	evil_add(evil, evil_block(TAR_FILE, name, strlen(content)));
	evil_body(evil, content, strlen(content));
}

static inline void
evil_directory(struct evil *evil, const char *name)
{
	evil_add(evil, evil_block(TAR_DIRECTORY, name, 0));
}

static inline void
evil_link(struct evil *evil, char type, const char *name, const char *target)
{
	union tar_block block = evil_block(type, name, 0);

	evil_put(block.link, sizeof(block.link), target);
	evil_add(evil, block);
}

static inline void
evil_symlink(struct evil *evil, const char *name, const char *target)
{
	evil_link(evil, TAR_SYMLINK, name, target);
}

static inline void
evil_hard_link(struct evil *evil, const char *name, const char *target)
{
	evil_link(evil, TAR_LINK, name, target);
}

static inline void
evil_device(struct evil *evil, char type, const char *name, unsigned major, unsigned minor)
{
	union tar_block block = evil_block(type, name, 0);

	(void) snprintf(block.major, 8, "%07o", major);
	(void) snprintf(block.minor, 8, "%07o", minor);
	evil_add(evil, block);
}

/* A header of any type with this body: x, g, L, K. */
static inline void
evil_extra(struct evil *evil, char type, const void *body, size_t n)
{
	evil_add(evil, evil_block(type, "././@Extra", n));
	evil_body(evil, body, n);
}

/* One right record. */
static inline void
evil_record(struct buffer *records, const char *key, const void *value, size_t n)
{
	size_t length = strlen(key) + n + 3, digits = 1;

	while ((size_t) snprintf(NULL, 0, "%zu", length + digits) > digits)
		digits++;
	buffer_add_format(records, "%zu %s=", length + digits, key);
	buffer_add(records, value, n);
	buffer_add_char(records, '\n');
}

static inline void
evil_pax(struct evil *evil, const char *key, const char *value)
{
	scoped_buffer records = { 0 };

	evil_record(&records, key, value, strlen(value));
	evil_extra(evil, TAR_PAX, records.bytes, records.length);
}

static inline void
evil_end(struct evil *evil)
{
	static const char zeroes[2 * TAR_BLOCK];

	buffer_add(&evil->bytes, zeroes, sizeof(zeroes));
}

#endif
