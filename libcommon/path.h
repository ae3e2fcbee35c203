/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lexical paths: what can be said of a path without asking the kernel. Makes no system call but
 * for path_absolute, which reads the working directory.
 */
#ifndef COOPERAGE_PATH_H
#define COOPERAGE_PATH_H

#include "libcommon/arena.h"
#include "libcommon/error.h"

/* Without ".", empty and ".." components where that can be told; "" becomes ".". */
char *path_clean(struct arena *arena, const char *path);

/* base/path, cleaned; path alone if it is absolute or the base is "". */
char *path_join(struct arena *arena, const char *base, const char *path);

/* From the working directory if it is relative; cleaned. */
int path_absolute(char **absolute, struct arena *arena, const char *path, struct error *err);

/* What follows the last slash. */
const char *path_base(const char *path);

/* True if the cleaned path leaves where it starts: "..", "../x". */
bool path_climbs(const char *cleaned);

#endif
