/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressions that layers do not have, but that users' archives do: bzip2, xz, lzma, lz4.
 *
 * The only door to libarchive, which knows them all; nothing of it is used that would run a program.
 */
#ifndef COOPERAGE_FOREIGN_H
#define COOPERAGE_FOREIGN_H

#include "builder/layer/decompress.h"
#include "builder/layer/intake.h"

struct foreign;

/* What is in the intake is of this kind. */
int foreign_open(struct foreign **foreign, enum decompress_kind kind, struct intake *intake,
		 struct error *err);
void foreign_close(struct foreign *foreign);

/* Returns how many bytes came out; 0 at the end. */
ssize_t foreign_read(struct foreign *foreign, void *out, size_t room, struct error *err);

#endif
