/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that tests read: goldens of ours, and public test data that lies outside the project.
 *
 * What is returned lives in the arena given.
 */
#ifndef COOPERAGE_CORPUS_H
#define COOPERAGE_CORPUS_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "libcommon/arena.h"
#include "libcommon/file.h"
#include "libcommon/list.h"

static inline const char *
corpus_source(void)
{
	const char *source = getenv("SOURCE");

	return source != NULL ? source : ".";
}

/* Where the public data lies, or NULL, said in words, if it does not. */
static inline const char *
corpus_data(struct arena *arena, const char *what)
{
	const char *data = getenv("COOPERAGE_DATA");
	const char *path =
		data != NULL ? arena_format(arena, "%s/%s", data, what)
			     : arena_format(arena, "%s/../shared/data/%s", corpus_source(), what);
	DIR *dir = opendir(path);

	if (dir == NULL) {
		printf("# skipped: there is no %s; COOPERAGE_DATA says where the data lies\n",
		       path);
		return NULL;
	}
	(void) closedir(dir);
	return path;
}

/* The whole file with a NUL behind it, or NULL if it cannot be read. */
static inline char *
corpus_read(struct arena *arena, const char *path, size_t *length)
{
	char *bytes = NULL;
	struct error err;

	return file_read_at(AT_FDCWD, path, 1 << 24, arena, &bytes, length, &err) == 0 ? bytes
										       : NULL;
}

static inline int
corpus_compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* The names in a directory, sorted, without those that begin with a dot. */
static inline struct text_list
corpus_list(struct arena *arena, const char *path)
{
	struct text_list names = { 0 };
	DIR *dir = opendir(path);

	for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;)
		if (entry->d_name[0] != '.')
			list_add(&names, arena, arena_text(arena, entry->d_name));
	if (dir != NULL)
		(void) closedir(dir);
	if (names.count > 0)
		qsort(names.items, names.count, sizeof(*names.items), corpus_compare);
	return names;
}

#endif
