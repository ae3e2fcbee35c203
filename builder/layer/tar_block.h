/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 512 bytes that precede each member of a tar archive, as POSIX (ustar) and GNU lay them out.
 *
 * For tar_write and tar_read only; says where things stand, not what they mean.
 */
#ifndef COOPERAGE_TAR_BLOCK_H
#define COOPERAGE_TAR_BLOCK_H

#include <string.h>

#include "libcommon/base.h"

#define TAR_BLOCK 512

struct tar_piece { /* of an old GNU sparse map */
	char offset[12], size[12];
};

union tar_block {
	struct {
		char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
		char type;
		char link[100];
		char magic[6], version[2];
		char user[32], group[32], major[8], minor[8];
		union {
			char prefix[155];
			struct {
				char atime[12], ctime[12], offset[12], long_names[4], unused;
				struct tar_piece pieces[4];
				char more, real_size[12];
			} gnu;
		};
	};
	struct {
		struct tar_piece pieces[21];
		char more;
	} extension; /* what follows a sparse header whose map did not fit */
	unsigned char bytes[TAR_BLOCK];
};

_Static_assert(sizeof(union tar_block) == TAR_BLOCK, "a tar block is 512 bytes");

enum tar_type {
	TAR_FILE = '0',
	TAR_FILE_V7 = '\0',
	TAR_LINK = '1',
	TAR_SYMLINK = '2',
	TAR_CHARACTER = '3',
	TAR_BLOCK_DEVICE = '4',
	TAR_DIRECTORY = '5',
	TAR_FIFO = '6',
	TAR_CONTIGUOUS = '7',
	TAR_PAX = 'x',
	TAR_PAX_GLOBAL = 'g',
	TAR_GNU_NAME = 'L',
	TAR_GNU_LINK = 'K',
	TAR_GNU_SPARSE = 'S',
	TAR_GNU_VOLUME = 'V',
};

/* The sum of all bytes, with blanks in place of the checksum itself. */
static inline unsigned
tar_block_sum(const union tar_block *block)
{
	unsigned sum = 8 * ' ';

	for (size_t i = 0; i < TAR_BLOCK; i++)
		sum += block->bytes[i];
	for (size_t i = 0; i < sizeof(block->checksum); i++)
		sum -= (unsigned char) block->checksum[i];
	return sum;
}

static inline size_t
tar_block_padding(uint64_t size)
{
	return (size_t) (-size % TAR_BLOCK);
}

#endif
