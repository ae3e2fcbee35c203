/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libcommon/beneath.h"
#include "libcommon/buffer.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"

#define LINKS_MAX 40 /* as the kernel */

struct way {
	struct buffer done; /* "a/b", all of it there and none of it a link */
	struct buffer left; /* "c/../d", still to be walked */
	int root;
	unsigned links;
	bool missing; /* `done` has left what exists */
};

static void
end_way(struct way *way)
{
	buffer_done(&way->done);
	buffer_done(&way->left);
}

static void
step_back(struct way *way)
{
	size_t n = way->done.length;

	while (n > 0 && way->done.bytes[n - 1] != '/')
		n--;
	way->done.length = n > 0 ? n - 1 : 0;
	if (way->done.bytes != NULL)
		way->done.bytes[way->done.length] = '\0';
}

/* What the link at `done` says goes in front of what is left. */
static int
follow(struct way *way, int fd, struct error *err)
{
	char target[PATH_MAX];
	scoped_buffer left = { 0 };
	ssize_t n = readlinkat(fd, "", target, sizeof(target) - 1);

	if (n < 0)
		return fail_errno(err, "read the link %s", buffer_text(&way->done));
	if (++way->links > LINKS_MAX)
		return fail(err, "%s: too many links", buffer_text(&way->done));
	target[n] = '\0';
	if (target[0] == '/')
		buffer_clear(&way->done);
	else
		step_back(way);
	buffer_add_format(&left, "%s/%s", target, buffer_text(&way->left));
	buffer_clear(&way->left);
	buffer_add_text(&way->left, buffer_text(&left));
	return 0;
}

static int
look(struct way *way, struct error *err)
{
	struct stat about;
	scoped_fd fd = -1;

	way->missing = GET(beneath_open_if_there(&fd, way->root, buffer_text(&way->done),
						 O_PATH | O_NOFOLLOW, err)) > 0;
	if (way->missing)
		return 0;
	if (fstat(fd, &about) < 0)
		return fail_errno(err, "look at %s", buffer_text(&way->done));
	return S_ISLNK(about.st_mode) ? follow(way, fd, err) : 0;
}

/* Takes the next component from what is left. */
static char *
next_component(struct way *way, struct arena *arena)
{
	const char *left = buffer_text(&way->left);
	size_t skip = strspn(left, "/");
	size_t n = strcspn(left + skip, "/");
	char *component = arena_copy(arena, left + skip, n);

	if (way->left.length > 0) {
		memmove(way->left.bytes, left + skip + n, way->left.length - skip - n + 1);
		way->left.length -= skip + n;
	}
	return component;
}

int
links_resolve(const char **resolved, int root, const char *path, struct arena *arena,
	      struct error *err)
{
	scoped(end_way) struct way way = { .root = root };

	buffer_add_text(&way.left, path);
	for (;;) {
		const char *component = next_component(&way, arena);

		if (component[0] == '\0')
			break;
		if (text_equal(component, "."))
			continue;
		if (text_equal(component, "..")) {
			step_back(&way);
			if (way.missing && way.done.length > 0)
				TRY(look(&way, err));
			else
				way.missing = false; /* the root is always there */
			continue;
		}
		if (way.done.length > 0)
			buffer_add_char(&way.done, '/');
		buffer_add_text(&way.done, component);
		if (!way.missing)
			TRY(look(&way, err));
	}
	*resolved = arena_text(arena, way.done.length == 0 ? "." : buffer_text(&way.done));
	return way.missing ? 1 : 0;
}
