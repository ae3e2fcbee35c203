/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/path.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Drops the last component of what is written so far, if it may be dropped. */
static bool
step_back(char *clean, size_t *length, size_t root)
{
	size_t at = *length;

	if (at == root)
		return root == 1; /* "/.." is "/" */
	while (at > root && clean[at - 1] != '/')
		at--;
	if (strcmp(clean + at, "..") == 0)
		return false;
	*length = at > root ? at - 1 : at;
	clean[*length] = '\0';
	return true;
}

char *
path_clean(struct arena *arena, const char *path)
{
	char *clean = arena_alloc(arena, strlen(path) + 3);
	size_t length = path[0] == '/' ? 1 : 0;
	const size_t root = length;

	if (root == 1)
		clean[0] = '/';
	while (*path != '\0') {
		size_t n = strcspn(path, "/");
		bool dot = n == 1 && path[0] == '.';
		bool back = n == 2 && path[0] == '.' && path[1] == '.';

		if (n > 0 && !dot && !(back && step_back(clean, &length, root))) {
			if (length > root)
				clean[length++] = '/';
			memcpy(clean + length, path, n);
			length += n;
			clean[length] = '\0';
		}
		path += n + (path[n] == '/');
	}
	if (length == 0)
		clean[length++] = '.';
	clean[length] = '\0';
	return clean;
}

char *
path_join(struct arena *arena, const char *base, const char *path)
{
	if (path[0] == '/' || base[0] == '\0')
		return path_clean(arena, path);
	return path_clean(arena, arena_format(arena, "%s/%s", base, path));
}

int
path_absolute(char **absolute, struct arena *arena, const char *path, struct error *err)
{
	if (path[0] == '/') {
		*absolute = path_clean(arena, path);
		return 0;
	}

	char *here = getcwd(NULL, 0);
	if (here == NULL)
		return fail_errno(err, "find the working directory");
	*absolute = path_join(arena, here, path);
	free(here);
	return 0;
}

const char *
path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

bool
path_climbs(const char *cleaned)
{
	return cleaned[0] == '.' && cleaned[1] == '.' && (cleaned[2] == '/' || cleaned[2] == '\0');
}
