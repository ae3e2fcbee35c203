/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of files: written in pieces, and copied from file to file as cheaply as the kernel can.
 *
 * Ownership: fds are the caller's, and stand where they stood or anywhere. Paths are for messages.
 */
#ifndef COOPERAGE_CONTENTS_H
#define COOPERAGE_CONTENTS_H

#include "libcommon/error.h"

int contents_write(int to, const void *bytes, size_t n, uint64_t offset, const char *path,
		   struct error *err);

/*
 * The first `size` bytes into an empty file, to the same places: sharing blocks if possible, holes left
 * out.
 */
int contents_copy(int to, int from, uint64_t size, const char *path, struct error *err);

#endif
