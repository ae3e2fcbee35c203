/* SPDX-License-Identifier: Apache-2.0 */
#include "builder/build/stubs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "builder/build/links.h"
#include "builder/layer/attributes.h"
#include "libcommon/beneath.h"
#include "libcommon/fd.h"
#include "libcommon/text.h"

/* Owner before mode, which chown would change; times last. */
static int
look_alike(int place, const char *leaf, int model, const char *path, struct error *err)
{
	scoped(attributes_done) struct attributes set = { 0 };
	scoped_fd made = openat(place, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat about;

	if (made < 0 || fstat(model, &about) < 0)
		return fail_errno(err, "look at %s", path);
	TRY(attributes_read(&set, model, path, err));
	const struct entry entry = { .path = path,
				     .mode = about.st_mode,
				     .attributes = set.items,
				     .attribute_count = set.count };
	const struct timespec times[2] = { about.st_atim, about.st_mtim };
	if (fchown(made, about.st_uid, about.st_gid) < 0 || fchmod(made, about.st_mode & 07777) < 0)
		return fail_errno(err, "make a stand-in for %s", path);
	TRY(attributes_write(made, &entry, err));
	if (futimens(made, times) < 0)
		return fail_errno(err, "make a stand-in for %s", path);
	return 0;
}

/* One directory on the way. Its times are put back after something was made in it. */
static int
make_directory(int place, int tree, const char *path, struct error *err)
{
	char leaf[256];
	scoped_fd parent = GET(beneath_open_parent(place, path, leaf, err));
	scoped_fd model = -1;

	if (mkdirat(parent, leaf, 0755) < 0 && errno != EEXIST)
		return fail_errno(err, "make a place to mount on: %s", path);
	if (GET(beneath_open_if_there(&model, tree, path, O_RDONLY | O_DIRECTORY, err)) > 0)
		return 0;
	return look_alike(parent, leaf, model, path, err);
}

static int
make_leaf(int place, const char *path, bool is_directory, struct error *err)
{
	char leaf[256];
	scoped_fd parent = GET(beneath_open_parent(place, path, leaf, err));

	if (is_directory) {
		if (mkdirat(parent, leaf, 0755) < 0 && errno != EEXIST)
			return fail_errno(err, "make a place to mount on: %s", path);
		return 0;
	}
	scoped_fd file = openat(parent, leaf, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (file < 0)
		return fail_errno(err, "make a place to mount on: %s", path);
	return 0;
}

/* All directories on the way. */
static int
make_way(int place, int tree, const char *path, struct error *err)
{
	char sofar[4096];

	for (size_t at = 1; path[at] != '\0'; at++) {
		if (path[at] != '/')
			continue;
		memcpy(sofar, path, at);
		sofar[at] = '\0';
		TRY(make_directory(place, tree, sofar, err));
	}
	return 0;
}

int
stubs_make(int place, int tree, const char *path, bool is_directory, struct error *err)
{
	scoped_arena arena = { 0 };
	const char *resolved;

	if (GET(links_resolve(&resolved, tree, path, &arena, err)) == 0)
		return 0;
	if (strlen(resolved) >= 4096)
		return fail(err, "\"%.100s…\": the path is too long", path);
	TRY(make_way(place, tree, resolved, err));
	TRY(make_leaf(place, resolved, is_directory, err));
	TRY(make_way(place, tree, resolved, err)); /* times again, now that it is made */
	return 1;
}
