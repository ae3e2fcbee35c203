/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small files in a cgroup's directory: a number, a word, or lines of "key value".
 *
 * Owns nothing. Knows no version and no controller.
 */
#ifndef COOPERAGE_CGROUP_FILE_H
#define COOPERAGE_CGROUP_FILE_H

#include <sys/types.h>

#include "libcommon/base.h"

/*
 * Reads the file into `text`, without the last newline and NUL-terminated; what is longer is cut.
 * Returns its length, or -1 with errno: a file that is not there is an answer more often than an
 * error.
 */
ssize_t cgroup_file_read(int dir, const char *name, char *text, size_t size);

/* Writes in one write. Returns -1 with errno. */
int cgroup_file_write(int dir, const char *name, const char *text);

/* The number after the key in lines of "key value"; false if there is none. */
bool cgroup_file_key(const char *text, const char *key, uint64_t *value);

/* The number that the whole file is; false if there is none ("max" is UINT64_MAX). */
bool cgroup_file_number(int dir, const char *name, uint64_t *value);

/* True if the list of words contains the word: "cpu,cpuacct" with ',' or "cpu io" with ' '. */
bool cgroup_file_lists(const char *list, char separator, const char *word);

#endif
