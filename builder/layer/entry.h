/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file, directory, link or device as archives and trees both know it: what diff finds, tar_write
 * writes, tar_read reads and place puts into a tree.
 *
 * An entry owns nothing: it is valid until whoever made it makes the next one.
 */
#ifndef COOPERAGE_ENTRY_H
#define COOPERAGE_ENTRY_H

#include <sys/stat.h>
#include <time.h>

#include "libcommon/error.h"

struct entry_attribute {
	const char *name; /* "user.mime_type", "security.capability" */
	const void *value;
	size_t size;
};

struct entry {
	const char *path;     /* below the root: no "/" at either end, no "." or ".." in it; "." is the root */
	mode_t mode;          /* type and the lower twelve bits; of a hard link only the type counts */
	uint32_t uid, gid;
	uint64_t size;        /* of a regular file that is no hard link; else 0 */
	struct timespec mtime;
	const char *link;     /* where a symbolic link points; or, if is_hard_link, the path it shares */
	bool is_hard_link;
	uint32_t major, minor; /* of devices */
	const struct entry_attribute *attributes;
	size_t attribute_count;
};

/*
 * A path as people may see it: cut if it is long, with C's escapes for what a terminal would obey.
 * By value, to stand in a message: entry_shown(path).text.
 */
struct entry_shown {
	char text[512];
};
struct entry_shown entry_shown(const char *path);

/* Who takes entries one after the other, each with its bytes: an archive, a tree. */
struct entry_taker {
	/* `content` is a file to read from its start if the entry has a size, else -1. */
	int (*take)(struct entry_taker *taker, const struct entry *entry, int content, struct error *err);
};

#endif
