/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading what is in a directory, entry by entry, without "." and "..".
 *
 * Ownership: the stream is the caller's; an entry is valid until the next.
 */
#ifndef COOPERAGE_DIRECTORY_H
#define COOPERAGE_DIRECTORY_H

#include <dirent.h>

#include "libcommon/error.h"

void directory_close(DIR **stream);
#define scoped_directory scoped(directory_close) DIR *

/* A link as the last component is not followed; "." is the directory fd itself, from its beginning. */
int directory_open(DIR **stream, int dir, const char *path, struct error *err);

/* Returns 1 with an entry, 0 at the end. The path is for messages. */
int directory_next(struct dirent **entry, DIR *stream, const char *path, struct error *err);

#endif
