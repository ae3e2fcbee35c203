/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/tar_path.h"

#include <limits.h>
#include <string.h>

/* Takes back the last component. Returns 1 if there is none. */
static int
climb(struct buffer *path)
{
	if (path->length == 0)
		return 1;
	while (path->length > 0 && path->bytes[--path->length] != '/')
		;
	path->bytes[path->length] = '\0';
	return 0;
}

static int
add_component(struct buffer *path, const char *name, size_t n, struct error *err)
{
	if (n == 1 && name[0] == '.')
		return 0;
	if (n == 2 && name[0] == '.' && name[1] == '.')
		return climb(path) == 0 ? 0 : fail(err, "its name climbs above the root");
	if (n > NAME_MAX)
		return fail(err, "its name has a component of %zu bytes, and %d are the most there can be", n,
			    NAME_MAX);
	if (path->length > 0)
		buffer_add_char(path, '/');
	buffer_add(path, name, n);
	return 0;
}

static size_t
count_components(const struct buffer *path)
{
	size_t count = 1;

	for (size_t i = 0; i < path->length; i++)
		count += path->bytes[i] == '/';
	return count;
}

int
tar_path_clean(struct buffer *path, const char *name, const struct tar_limits *limits, struct error *err)
{
	buffer_clear(path);
	if (name[0] == '\0')
		return fail(err, "it has no name");
	if (strlen(name) > limits->path)
		return fail(err, "its name has more than %zu bytes", limits->path);
	for (const char *at = name; *at != '\0';) {
		size_t n = strcspn(at, "/");
		if (n > 0)
			TRY(add_component(path, at, n, err));
		at += n + (at[n] == '/');
	}
	if (count_components(path) > limits->depth)
		return fail(err, "it lies deeper than %zu directories", limits->depth);
	if (path->length == 0)
		buffer_add_char(path, '.');
	return 0;
}
