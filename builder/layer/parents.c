/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/layer/parents.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builder/layer/attributes.h"
#include "builder/layer/entry.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"

#define LINKS_MAX    40 /* as many as the kernel follows */
#define IMPLIED_MODE 0755

void
parents_init(struct parents *parents, int root, const struct stack *below)
{
	*parents = (struct parents){ .root = root, .below = below, .fd = -1 };
	parents->implied.arena = &parents->memory;
}

void
parents_done(struct parents *parents)
{
	fd_close(&parents->fd);
	buffer_done(&parents->path);
	arena_done(&parents->memory);
}

void
parents_forget(struct parents *parents)
{
	fd_close(&parents->fd);
}

const char *
parents_leaf(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* ---- opening ---------------------------------------------------------------------------------- */

/* The kernel takes no path longer than PATH_MAX at once, so long ones are walked in pieces. */
int
parents_open_directory(int *fd, int root, const char *path, int flags, struct error *err)
{
	scoped_fd here = -1;
	char part[PATH_MAX];

	while (strlen(path) >= sizeof(part)) {
		size_t n = sizeof(part) - 1;
		while (n > 0 && path[n] != '/')
			n--;
		memcpy(part, path, n);
		part[n] = '\0';
		int next = -1;
		if (GET(beneath_open_if_there(&next, here >= 0 ? here : root, part, O_PATH | O_DIRECTORY, err)) == 1)
			return 1;
		fd_close(&here);
		here = next;
		path += n + 1;
	}
	return beneath_open_if_there(fd, here >= 0 ? here : root, path, flags | O_DIRECTORY, err);
}

static const char *
directory_of(struct buffer *directory, const char *path)
{
	const char *leaf = parents_leaf(path);

	buffer_clear(directory);
	if (leaf > path)
		buffer_add(directory, path, (size_t) (leaf - path - 1));
	else
		buffer_add_char(directory, '.');
	return directory->bytes;
}

static void
keep_open(struct parents *parents, const char *directory, int fd /* taken */)
{
	fd_close(&parents->fd);
	parents->fd = fd;
	buffer_clear(&parents->path);
	buffer_add_text(&parents->path, directory);
}

static bool
is_open(const struct parents *parents, const char *directory)
{
	return parents->fd >= 0 && strcmp(buffer_text(&parents->path), directory) == 0;
}

/* ---- making ----------------------------------------------------------------------------------- */

struct way {
	struct buffer here; /* where we are: a path without links in it; "" is the root */
	struct buffer rest; /* what is still to be walked */
	unsigned links;
};

static void
leave_way(struct way *way)
{
	buffer_done(&way->here);
	buffer_done(&way->rest);
}

/* What one will see at the path: in the tree, or else in what is below. Returns 1 if nothing. */
static int
look(const struct parents *parents, const char *path, struct stat *about, int *which, struct error *err)
{
	struct stack tree = { .directories = &parents->root, .count = 1 };
	size_t where = 0;

	*which = parents->root;
	if (GET(stack_look(&tree, path, about, NULL, err)) == 0)
		return 0;
	if (parents->below == NULL || GET(stack_look(parents->below, path, about, &where, err)) == 1)
		return 1;
	*which = parents->below->directories[where];
	return 0;
}

/* Owner, mode, attributes and time of a directory further down. */
static int
dress_as(int made, int below, const char *path, struct error *err)
{
	scoped_fd model = -1;
	struct attributes attributes = { .count = 0 };
	struct stat about;

	if (GET(parents_open_directory(&model, below, path, O_RDONLY, err)) == 1 || fstat(model, &about) < 0)
		return fail_errno(err, "look at a layer's \"%s\"", entry_shown(path).text);
	int result = attributes_read(&attributes, model, path, err);
	struct entry entry = { .path = path, .attributes = attributes.items, .attribute_count = attributes.count };
	if (result == 0 && (fchown(made, about.st_uid, about.st_gid) < 0 || fchmod(made, about.st_mode & 07777) < 0))
		result = fail_errno(err, "make \"%s\" as it is further down", entry_shown(path).text);
	if (result == 0)
		result = attributes_write(made, &entry, err);
	attributes_done(&attributes);
	return result;
}

static int
make_directory(struct parents *parents, const char *path, int model, struct error *err)
{
	scoped_buffer directory = { 0 };
	scoped_fd parent = -1;
	const char *kept = arena_text(&parents->memory, path);

	if (GET(parents_open_directory(&parent, parents->root, directory_of(&directory, path), O_PATH, err)) == 1 ||
	    mkdirat(parent, parents_leaf(path), IMPLIED_MODE) < 0)
		return fail_errno(err, "make directory \"%s\"", entry_shown(path).text);

	scoped_fd made = openat(parent, parents_leaf(path), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (made < 0)
		return fail_errno(err, "open directory \"%s\"", entry_shown(path).text);
	if (model != parents->root)
		return dress_as(made, model, path, err);
	if (keyset_add(&parents->implied, 0, kept, strlen(kept)))
		parents->guessed++;
	return fchmod(made, IMPLIED_MODE) < 0 ? fail_errno(err, "set the mode of \"%s\"", entry_shown(path).text) : 0;
}

static void
climb(struct buffer *path)
{
	while (path->length > 0 && path->bytes[--path->length] != '/')
		;
	if (path->bytes != NULL)
		path->bytes[path->length] = '\0';
}

/* The link's target takes the place of the component; an absolute one begins at the root again. */
static int
follow(struct way *way, int where, struct error *err)
{
	scoped_buffer directory = { 0 }, rest = { 0 };
	scoped_fd parent = -1;
	char target[PATH_MAX];

	if (++way->links > LINKS_MAX)
		return fail(err, "\"%s\": too many links", entry_shown(way->here.bytes).text);
	if (GET(parents_open_directory(&parent, where, directory_of(&directory, way->here.bytes), O_PATH, err)) == 1)
		return fail(err, "\"%s\": its directory went away", entry_shown(way->here.bytes).text);
	ssize_t n = readlinkat(parent, parents_leaf(way->here.bytes), target, sizeof(target) - 1);
	if (n < 0)
		return fail_errno(err, "read link \"%s\"", entry_shown(way->here.bytes).text);
	buffer_add(&rest, target, (size_t) n);
	buffer_add_char(&rest, '/');
	buffer_add(&rest, way->rest.bytes, way->rest.length);
	buffer_clear(&way->rest);
	buffer_add(&way->rest, rest.bytes, rest.length);
	climb(&way->here);
	if (target[0] == '/') {
		buffer_clear(&way->here);
		buffer_add_text(&way->here, "");
	}
	return 0;
}

/* One component of the rest: into a directory that is there, or is made now. */
static int
step(struct parents *parents, struct way *way, struct error *err)
{
	char *rest = way->rest.bytes;
	size_t n = strcspn(rest, "/");
	struct stat about;
	int where;

	if (n == 2 && rest[0] == '.' && rest[1] == '.') {
		climb(&way->here);
	} else if (n > 0 && !(n == 1 && rest[0] == '.')) {
		if (way->here.length > 0)
			buffer_add_char(&way->here, '/');
		buffer_add(&way->here, rest, n);
	}
	bool stays = n == 0 || (rest[0] == '.' && (n == 1 || (n == 2 && rest[1] == '.')));
	size_t used = n + (rest[n] == '/');
	memmove(rest, rest + used, way->rest.length - used + 1);
	way->rest.length -= used;
	if (stays)
		return 0;
	if (GET(look(parents, way->here.bytes, &about, &where, err)) == 1)
		return make_directory(parents, way->here.bytes, parents->root, err);
	if (S_ISLNK(about.st_mode))
		return follow(way, where, err);
	if (!S_ISDIR(about.st_mode))
		return fail(err, "\"%s\" is no directory", entry_shown(way->here.bytes).text);
	return where == parents->root ? 0 : make_directory(parents, way->here.bytes, where, err);
}

/* Returns the fd of the directory. */
static int
make_way(struct parents *parents, const char *directory, struct error *err)
{
	scoped(leave_way) struct way way = { .links = 0 };
	int fd;

	buffer_add_text(&way.here, "");
	buffer_add_text(&way.rest, directory);
	while (way.rest.length > 0)
		TRY(step(parents, &way, err));
	const char *end = way.here.length > 0 ? way.here.bytes : ".";
	if (GET(parents_open_directory(&fd, parents->root, end, O_PATH, err)) == 1)
		return fail(err, "\"%s\" was made and is not there", entry_shown(end).text);
	return fd;
}

/* ---- what is asked ---------------------------------------------------------------------------- */

int
parents_find(int *fd, struct parents *parents, const char *path, struct error *err)
{
	scoped_buffer directory = { 0 };
	const char *name = directory_of(&directory, path);
	int opened;

	if (!is_open(parents, name)) {
		if (GET(parents_open_directory(&opened, parents->root, name, O_PATH, err)) == 1)
			return 1;
		keep_open(parents, name, opened);
	}
	*fd = parents->fd;
	return 0;
}

int
parents_open(struct parents *parents, const char *path, struct error *err)
{
	scoped_buffer directory = { 0 };
	const char *name = directory_of(&directory, path);
	int fd;

	if (GET(parents_find(&fd, parents, path, err)) == 0)
		return fd;
	keep_open(parents, name, GET(make_way(parents, name, err)));
	return parents->fd;
}

void
parents_note_entry(struct parents *parents, const char *path)
{
	if (parents->guessed == 0)
		return;
	const char *kept = arena_text(&parents->memory, path);
	if (!keyset_add(&parents->implied, 0, kept, strlen(kept)) &&
	    keyset_add(&parents->implied, 1, kept, strlen(kept)))
		parents->guessed--;
}
