/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/kernel/cgroup_path.h"

#include <string.h>

#include "libcommon/path.h"
#include "libcommon/text.h"

static int
check(const char *name, const char *wish, struct error *err)
{
	scoped_arena arena = { 0 };

	if (strchr(wish, '\n') != NULL)
		return fail(err, "%s: a line break cannot be part of a cgroup's name", name);

	struct text_list parts = text_split(&arena, wish, '/');
	FOR_EACH(part, &parts) {
		if (text_equal(*part, ".."))
			return fail(err, "%s: \"%s\" must not contain \"..\"", name, wish);
	}
	return 0;
}

int
cgroup_path_check(const char *wish, struct error *err)
{
	scoped_arena arena = { 0 };

	if (text_is_empty(wish))
		return 0;
	TRY(check("cgroupsPath", wish, err));
	const char *clean = path_clean(&arena, wish);
	if (text_equal(clean, "/") || text_equal(clean, "."))
		return fail(err, "cgroupsPath: \"%s\" is no cgroup of its own", wish);
	return 0;
}

int
cgroup_path_check_below(const char *wish, struct error *err)
{
	return check("cgroup", wish, err);
}

bool
cgroup_path_is_relative(const char *wish)
{
	return text_is_empty(wish) || wish[0] != '/';
}

char *
cgroup_path_base(struct arena *arena, const char *own, bool beside)
{
	/* "/../x": our cgroup namespace does not reach up to us, so only its root is left. */
	if (strstr(own, "/..") != NULL)
		return arena_text(arena, "/");

	char *base = path_clean(arena, own);
	char *slash = strrchr(base, '/');
	if (beside && slash != NULL)
		slash[slash == base] = '\0';
	return base;
}

char *
cgroup_path_choose(struct arena *arena, const char *wish, const char *id, const char *base)
{
	if (!cgroup_path_is_relative(wish))
		return path_clean(arena, wish);
	return path_clean(arena,
			  arena_format(arena, "%s/%s", base, text_is_empty(wish) ? id : wish));
}
