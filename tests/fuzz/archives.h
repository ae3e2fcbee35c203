/* SPDX-License-Identifier: Apache-2.0 */
/* Archives for fuzzers: checksums are made right, or nothing would get far. */
#ifndef COOPERAGE_ARCHIVES_H
#define COOPERAGE_ARCHIVES_H

#include "builder/layer/tar_block.h"
#include "libcommon/buffer.h"
#include "tests/fuzz/fuzz.h"

static inline void
archives_fix(struct buffer *bytes)
{
	union tar_block block;

	for (size_t at = 0; at + sizeof(block) <= bytes->length; at += sizeof(block)) {
		memcpy(&block, bytes->bytes + at, sizeof(block));
		if (memcmp(block.magic, "ustar", 5) != 0)
			continue;
		(void) snprintf(block.checksum, sizeof(block.checksum), "%06o",
				tar_block_sum(&block));
		block.checksum[7] = ' ';
		memcpy(bytes->bytes + at, &block, sizeof(block));
	}
}

#endif
